package pcapport

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// ngFile is a capture of two interfaces, the second described after the first packet.
func ngFile(t testing.TB) (file []byte, packets []NGPacket) {
	t.Helper()
	var out bytes.Buffer
	w, err := NewNG(&out, "test", Section{"amd64", "Linux 6", "gvpp"})
	if err != nil {
		t.Fatal(err)
	}
	if n := w.Interface("left", "", LinkEthernet); n != 0 {
		t.Errorf("interface %d", n)
	}
	for i, n := range []int{0, 1, 2, 3, 4, 5, 60, 1500, MaxSnap} {
		p := NGPacket{Interface: i % 2, Time: int64(i) << 40, Data: bytes.Repeat([]byte{byte(i)}, n), Direction: Direction(i % 3), ID: uint64(i), Comment: strings.Repeat("ä", i)}
		if i == 7 {
			p.OrigLen = 9000
		}
		if i == 1 {
			if n := w.Interface("right", "another one", LinkEthernet); n != 1 {
				t.Errorf("interface %d", n)
			}
		}
		if err := w.Write(&p); err != nil {
			t.Fatal(err)
		}
		packets = append(packets, p)
	}
	if err := w.Flush(); err != nil || w.Octets() != int64(out.Len()) {
		t.Errorf("%v, %d octets of %d", err, w.Octets(), out.Len())
	}
	return out.Bytes(), packets
}

func TestNGReadByGopacket(t *testing.T) {
	file, packets := ngFile(t)
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.SectionInfo(); s.Hardware != "amd64" || s.OS != "Linux 6" || s.Application != "gvpp" {
		t.Errorf("%+v", s)
	}
	for i, want := range packets {
		data, info, err := r.ReadPacketData()
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		if !bytes.Equal(data, want.Data) || info.InterfaceIndex != want.Interface || info.Timestamp.UnixNano() != want.Time || info.Length != max(len(want.Data), want.OrigLen) {
			t.Errorf("packet %d: %d bytes, %+v, want %d", i, len(data), info, len(want.Data))
		}
	}
	if _, _, err := r.ReadPacketData(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	for i, name := range []string{"left", "right"} {
		if f, err := r.Interface(i); err != nil || f.Name != name || f.LinkType != layers.LinkTypeEthernet || f.TimestampResolution != 9 {
			t.Errorf("interface %d: %+v, %v", i, f, err)
		}
	}
}

func TestNGReadByUs(t *testing.T) {
	file, packets := ngFile(t)
	r, err := NewReader(bytes.NewReader(file), "test")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range packets {
		p, err := r.Next()
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		if !bytes.Equal(p.Data, want.Data) || p.Interface != want.Interface || p.Time != want.Time || p.OrigLen != max(len(want.Data), want.OrigLen) {
			t.Errorf("packet %d: %d bytes at %d", i, len(p.Data), p.Time)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestNGRefuses(t *testing.T) {
	var out bytes.Buffer
	w, err := NewNG(&out, "test", Section{})
	if err != nil {
		t.Fatal(err)
	}
	i := w.Interface("left", "", LinkEthernet)
	for want, p := range map[error]NGPacket{ErrNoInterface: {Interface: i + 1}, ErrTime: {Time: -1}, ErrLong: {Data: make([]byte, MaxSnap+1)}} {
		if err := w.Write(&p); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	long := NGPacket{Comment: strings.Repeat("€", 5000)}
	if err := w.Write(&long); err != nil {
		t.Error(err)
	}
	if err := w.Flush(); err != nil {
		t.Error(err)
	}
	at := bytes.Index(out.Bytes(), []byte("€"))
	n := int(out.Bytes()[at-2]) | int(out.Bytes()[at-1])<<8
	if n > maxComment || n < maxComment-utf8.UTFMax || !utf8.Valid(out.Bytes()[at:at+n]) {
		t.Errorf("a comment of %d bytes", n)
	}
}

// What cannot be written is told once and ever after, and nothing is written behind it.
func TestNGWriteFails(t *testing.T) {
	if _, err := NewNG(failing{}, "full", Section{}); err == nil || !strings.Contains(err.Error(), `"full"`) {
		t.Errorf("%v", err)
	}
	w, err := NewNG(&late{}, "full", Section{})
	if err != nil {
		t.Fatal(err)
	}
	w.Interface("left", "", LinkEthernet)
	failed := 0
	for range 10 {
		if err := w.Write(&NGPacket{Data: make([]byte, MaxSnap/2)}); err != nil {
			failed++
		}
	}
	if failed == 0 || w.Flush() == nil {
		t.Errorf("%d failed", failed)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no room") }

// late takes the first write.
type late struct{ n int }

func (l *late) Write(p []byte) (int, error) {
	if l.n++; l.n > 1 {
		return 0, errors.New("no room")
	}
	return len(p), nil
}

// A packet takes no memory of its own once the buffer has its size.
func TestNGWriteDoesNotAllocate(t *testing.T) {
	w, err := NewNG(io.Discard, "test", Section{})
	if err != nil {
		t.Fatal(err)
	}
	p := NGPacket{Interface: w.Interface("left", "", LinkEthernet), Data: make([]byte, 1500), Direction: Inbound, ID: 1, Comment: "path: a b c"}
	if n := testing.AllocsPerRun(1000, func() {
		if err := w.Write(&p); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// small is a file on a disk with room for so many bytes.
type small struct {
	bytes.Buffer
	room int
}

func (f *small) Write(p []byte) (int, error) {
	n, _ := f.Buffer.Write(p[:min(len(p), f.room-f.Len())])
	if n < len(p) {
		return n, errors.New("disk full")
	}
	return n, nil
}

func (f *small) Truncate(size int64) error { f.Buffer.Truncate(int(size)); return nil }

// Where the disk becomes full, the file has whole packets, and says so.
func TestNGOnAFullDisk(t *testing.T) {
	for room := 300; room < 700; room += 3 {
		f := &small{room: room}
		w, err := NewNG(f, "x", Section{})
		if err != nil {
			t.Fatal(err)
		}
		w.Interface("a", "", LinkEthernet)
		n := 0
		for ; err == nil; err = w.Flush() {
			if w.Octets() < int64(f.Len()) {
				t.Fatalf("room for %d: %d octets of %d", room, w.Octets(), f.Len())
			}
			n++
			if e := w.Write(&NGPacket{Data: make([]byte, 60), Comment: "so"}); e != nil {
				t.Fatal(e)
			}
		}
		if !strings.Contains(err.Error(), "disk full") || w.Flush() == nil || w.Octets() != int64(f.Len()) {
			t.Errorf("room for %d: %v, %d octets of %d", room, err, w.Octets(), f.Len())
		}
		r, err := NewReader(&f.Buffer, "x")
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, err = r.Next(); err == nil; _, err = r.Next() {
			got++
		}
		if !errors.Is(err, io.EOF) || got != n-1 || w.Packets() != got {
			t.Errorf("room for %d: %d packets of %d, %v", room, got, n-1, err)
		}
	}
}
