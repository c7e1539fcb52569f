package pcapport

import (
	"bytes"
	"errors"
	"hash/maphash"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"
)

// corpus is the captures beside the checkout: what real networks and fuzzers of other programs have made.
func corpus(t *testing.T) []string {
	t.Helper()
	const dir = "../../../shared/data/pcap"
	files, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no captures in %s", dir)
	}
	return files
}

// record is a Packet with its data summed, to keep and compare.
type record struct {
	Packet
	sum uint64
	n   int
}

var seed = maphash.MakeSeed()

func readAll(s Source) (all []record, err error) {
	for {
		p, err := s.Next()
		if err != nil {
			return all, err
		}
		r := record{Packet: p, sum: maphash.Bytes(seed, p.Data), n: len(p.Data)}
		r.Data = nil
		all = append(all, r)
	}
}

func readFile(path string) ([]record, error) {
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readAll(r)
}

func TestCorpusTwice(t *testing.T) {
	ends := map[string]int{}
	for _, path := range corpus(t) {
		first, err1 := readFile(path)
		again, err2 := readFile(path)
		if !equal(first, again) || err1.Error() != err2.Error() {
			t.Errorf("%s: read twice: %d packets, %v; then %d packets, %v", path, len(first), err1, len(again), err2)
		}
		var broken *FormatError
		var link *LinkTypeError
		switch {
		case err1 == io.EOF:
			ends["sound"]++
		case errors.As(err1, &broken):
			ends["broken"]++
			t.Log(err1)
		case errors.As(err1, &link):
			ends["not Ethernet"]++
		default:
			t.Errorf("%s: unexpected kind of error: %v", path, err1)
		}
	}
	t.Log(ends)
}

func equal(a, b []record) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}

func same(a, b record) bool {
	return a.sum == b.sum && a.n == b.n && a.Time == b.Time && a.OrigLen == b.OrigLen &&
		a.Offset == b.Offset && a.LinkType == b.LinkType && a.Interface == b.Interface
}

// oracle reads with gopacket. Its packets have neither offset nor interface.
func oracle(data []byte) (all []record, err error) {
	var next func() ([]byte, gopacket.CaptureInfo, error)
	if r, err := pcapgo.NewReader(bytes.NewReader(data)); err == nil {
		next = r.ReadPacketData
	} else if r, err := pcapgo.NewNgReader(bytes.NewReader(data), pcapgo.NgReaderOptions{WantMixedLinkType: true}); err == nil {
		next = r.ReadPacketData
	} else {
		return nil, err
	}
	for {
		data, ci, err := next()
		if err != nil {
			return all, err
		}
		stamp := ci.Timestamp
		if stamp == (time.Time{}) {
			stamp = time.Unix(0, 0)
		}
		all = append(all, record{
			Packet: Packet{Time: stamp.UnixNano(), OrigLen: ci.Length, Interface: ci.InterfaceIndex},
			sum:    maphash.Bytes(seed, data), n: len(data),
		})
	}
}

// sameTime allows for gopacket's overflows: it multiplies a classic fraction in 32 bits, and seconds beyond the year 2262.
func sameTime(got, gopacket int64) bool {
	return got == gopacket || (got-gopacket)%(1<<32) == 0 || got == math.MaxInt64
}

func TestCorpusAgainstGopacket(t *testing.T) {
	compared := 0
	for _, path := range corpus(t) {
		ours, err := readFile(path)
		var link *LinkTypeError
		if errors.As(err, &link) || len(ours) > 0 && ours[0].LinkType != linkEthernet {
			continue
		}
		data, rerr := os.ReadFile(path)
		if rerr != nil {
			t.Fatal(rerr)
		}
		theirs, terr := oracle(data)
		if terr == io.EOF && err != io.EOF {
			t.Errorf("%s: gopacket reads all %d packets, we %d, then %v", path, len(theirs), len(ours), err)
		}
		if len(theirs) > len(ours) {
			t.Errorf("%s: %d packets (%v), gopacket %d (%v)", path, len(ours), err, len(theirs), terr)
			continue
		}
		for i, want := range theirs {
			got := ours[i]
			if got.n != want.n || got.sum != want.sum || got.OrigLen != want.OrigLen || !sameTime(got.Time, want.Time) || got.Interface != want.Interface {
				t.Errorf("%s: packet %d: %+v, gopacket %+v", path, i, got, want)
				break
			}
			compared++
		}
	}
	t.Logf("%d packets compared", compared)
}
