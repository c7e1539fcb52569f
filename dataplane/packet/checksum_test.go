package packet

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

func TestChecksum(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 2048)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	ones := bytes.Repeat([]byte{0xff}, len(b))
	for n := range 300 {
		for _, from := range []int{0, 1, 7} {
			for _, all := range [][]byte{b, ones} {
				p := all[from : from+n]
				if got, want := Checksum(p, 0), ^naiveSum(p); got != want {
					t.Fatalf("%d bytes: %#04x, want %#04x", n, got, want)
				}
			}
		}
	}
	if got, want := Checksum(b, 0xffff1234), ^naiveSum(append([]byte{0xff, 0xff, 0x12, 0x34}, b...)); got != want {
		t.Errorf("with an initial sum: %#04x, want %#04x", got, want)
	}
	if got := Checksum(nil, 0); got != 0xffff {
		t.Errorf("of nothing: %#04x, want 0xffff", got)
	}
}

// TestPseudoSums: the checksum of a right packet is 0.
func TestPseudoSums(t *testing.T) {
	for _, line := range []string{"tcp " + at4 + "[S] len 77", "tcp " + at6 + "[S] len 77", "udp " + at6 + "ext hbh len 5"} {
		p := packetline.MustBuild(line)
		var m buffer.Meta
		parse(p, &m)
		n := m.End - m.L4
		var sum uint32
		if m.IsIP4 {
			src, dst := Addrs4(p, &m)
			sum = PseudoSum4(src, dst, m.Proto, n)
		} else {
			src, dst := Addrs6(p, &m)
			sum = PseudoSum6(src, dst, m.Proto, n)
		}
		if got := Checksum(p[m.L4:m.End], sum); got != 0 {
			t.Errorf("%s: %#04x", line, got)
		}
	}
}

func TestCompletePartial(t *testing.T) {
	for _, line := range []string{
		"tcp " + at4 + "[S]", "tcp " + at4 + "[A] len 1448 pad 4", "udp " + at4, "udp " + at4 + "len 33 vlan 9",
		"tcp " + at6 + "[S]", "udp " + at6 + "len 1400", "udp " + at6 + "ext dst,hbh len 3",
	} {
		want := packetline.MustBuild(line)
		p := packetline.MustBuild(line + " partial")
		var m buffer.Meta
		parse(p, &m)
		if !CompletePartial(p, &m) || !bytes.Equal(p, want) {
			t.Errorf("%s: became %s", line, packetline.String(p))
		}
		if CompletePartial(p, &m) {
			t.Errorf("%s: completed twice", line)
		}
	}
}

// TestCompletePartialAllSums goes through all values of a checksum: the one of UDP is never 0, and one that is right but
// looks like a partial one stays.
func TestCompletePartialAllSums(t *testing.T) {
	for _, proto := range []string{"tcp ", "udp "} {
		p := packetline.MustBuild(proto + at4 + "len 2")
		var m buffer.Meta
		parse(p, &m)
		field, data := int(m.L4)+6, p[m.End-2:]
		if m.Proto == ProtoTCP {
			field = int(m.L4) + 16
		}
		for v := range 1 << 16 {
			data[0], data[1] = byte(v>>8), byte(v)
			part := pseudo(p, &m, int(m.End-m.L4))
			p[field], p[field+1] = byte(part>>8), byte(part)
			if !CompletePartial(p, &m) {
				t.Fatalf("data %#04x: not completed", v)
			}
			sum, whole := be16(p[field:]), append(pseudoHeader(p, &m), p[m.L4:m.End]...)
			if sum == 0 && m.Proto == ProtoUDP || naiveSum(whole) != 0xffff {
				t.Fatalf("data %#04x: completed to %#04x", v, sum)
			}
		}
	}
}

func pseudoHeader(p []byte, m *buffer.Meta) []byte {
	n := m.End - m.L4
	return append(append([]byte(nil), p[m.L3+12:m.L3+20]...), 0, m.Proto, byte(n>>8), byte(n))
}

func TestCompletePartialLeavesAlone(t *testing.T) {
	for _, line := range []string{
		"tcp " + at4 + "[S]", "tcp " + at4 + "[S] badl4sum", "udp " + at4, "udp " + at4 + "nosum", "udp " + at4 + "badl4sum",
		"udp " + at4 + "partial frag 0+ len 8", "udp " + at6 + "partial ext frag", "udp " + at6 + "frag 3 len 40",
		"sctp " + at4, "udplite " + at4 + "partial", "icmp " + to4, "icmpv6 " + to6, "esp " + to4, "ip proto 6 " + to4 + "len 17",
		"ip proto 17 " + to4 + "len 6", "ip proto 17 " + to6 + "len 6", "eth 0x0806 len 28",
	} {
		p := packetline.MustBuild(line)
		want := bytes.Clone(p)
		var m buffer.Meta
		parse(p, &m)
		if CompletePartial(p, &m) || !bytes.Equal(p, want) {
			t.Errorf("%s: became %s", line, packetline.String(p))
		}
	}
}
