package packet

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// FuzzEthernet holds the parser against its twin, changes the bytes that must not matter, and uses everything else.
func FuzzEthernet(f *testing.F) {
	for _, c := range lines {
		f.Add(packetline.MustBuild(c.line))
	}
	for _, c := range transportLines {
		f.Add(packetline.MustBuild(c.line))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) > 1<<16-1 {
			return
		}
		p = tight(p)
		m := checkParse(t, p)
		checkPadding(t, p, m)
		FormatIP(p, &m)
		ICMPID(p, &m)
		before := bytes.Clone(p)
		if changed := CompletePartial(p, &m); !changed && !bytes.Equal(p, before) {
			t.Fatalf("%x: changed though it says it has not: %x", before, p)
		}
		checkTransport(t, p)
		if again := checkParse(t, p); again != m {
			t.Fatalf("completing its checksum changed %+v to %+v", m, again)
		}
	})
}

// checkParse parses p with parser and twin.
func checkParse(t *testing.T, p []byte) (m buffer.Meta) {
	t.Helper()
	got := parse(p, &m)
	twin, want := twinParse(p)
	if !m.HasProto { // nothing looks at them then
		m.L4, twin.L4 = 0, 0
	}
	if got != want || m != twin {
		t.Fatalf("%x: %v\n%+v, twin %v\n%+v", p, got, m, want, twin)
	}
	if !m.IsIP4 && !m.IsIP6 {
		return m
	}
	if int(m.End) > len(p) || m.HasProto && (m.L4 > m.End || m.L4 < m.L3) {
		t.Fatalf("%x: offsets out of order: %+v", p, m)
	}
	if m.IsIP4 {
		Addrs4(p, &m)
	} else {
		Addrs6(p, &m)
	}
	return m
}

// checkPadding demands the same metadata with other bytes, and with none, behind the datagram.
func checkPadding(t *testing.T, p []byte, m buffer.Meta) {
	t.Helper()
	if !m.IsIP4 && !m.IsIP6 {
		return
	}
	other := bytes.Clone(p)
	for i := range other[m.End:] {
		other[int(m.End)+i] ^= byte(0xa5 + i)
	}
	for _, q := range [][]byte{other, tight(p[:m.End])} {
		var n buffer.Meta
		parse(q, &n)
		if !n.HasProto {
			n.L4 = 0
		}
		if n != m {
			t.Fatalf("%x: padding matters: %+v, with other padding %+v", p, m, n)
		}
	}
}

// FuzzChecksum holds the sums against adding up word by word.
func FuzzChecksum(f *testing.F) {
	f.Add([]byte{}, uint32(0))
	f.Add(bytes.Repeat([]byte{0xff}, 67), uint32(0xffffffff))
	f.Fuzz(func(t *testing.T, p []byte, initial uint32) {
		start := []byte{byte(initial >> 24), byte(initial >> 16), byte(initial >> 8), byte(initial)}
		if got, want := Checksum(p, initial), ^naiveSum(append(start, p...)); got != want {
			t.Fatalf("%#04x, want %#04x", got, want)
		}
	})
}

// FuzzTransport gives the check of transport headers what begins with one, behind IP headers that are right, with the right checksum
// where sum asks for that.
func FuzzTransport(f *testing.F) {
	for _, c := range transportLines {
		p := packetline.MustBuild(c.line)
		var m buffer.Meta
		if parse(p, &m); m.HasProto && !m.LaterFragment {
			f.Add(m.Proto, m.IsIP6, true, p[m.L4:m.End])
			f.Add(m.Proto, m.IsIP6, false, p[m.L4:m.End])
		}
	}
	f.Fuzz(func(t *testing.T, proto uint8, ip6, sum bool, b []byte) {
		if len(b) > 3000 {
			return
		}
		where := to4
		if ip6 {
			where = to6
		}
		p := tight(packetline.MustBuild(fmt.Sprintf("ip proto %d %s len %d", proto, where, len(b))))
		copy(p[len(p)-len(b):], b)
		var m buffer.Meta
		if parse(p, &m); sum && m.HasPorts {
			d := p[m.L4:]
			if at := map[uint8]int{ProtoTCP: 16, ProtoUDP: 6}[m.Proto]; at != 0 && len(d) >= at+2 {
				d[at], d[at+1] = 0, 0
				c := Checksum(d, uint32(pseudo(p, &m, len(d))))
				d[at], d[at+1] = byte(c>>8), byte(c)
			}
		}
		checkTransport(t, p)
	})
}
