package packet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// checkTransport is Transport, after making sure that its twin and the vector forms say the same, that Headers says so of what has no
// wrong sum, and that no byte behind the datagram matters.
func checkTransport(t testing.TB, p []byte) Flaw {
	t.Helper()
	var m buffer.Meta
	if parse(p, &m) != FaultNone {
		return FlawNone
	}
	got, headers := Transport(p, &m), Headers(p, &m)
	if want := twinFlaw(p, m, true); got != want {
		t.Fatalf("%s: %v, twin %v", packetline.String(p), got, want)
	}
	if want := twinFlaw(p, m, false); headers != want {
		t.Fatalf("%s: without sums %v, twin %v", packetline.String(p), headers, want)
	}
	if m.IsIP4 || m.IsIP6 {
		other := bytes.Clone(p)
		for i := range other[m.End:] {
			other[int(m.End)+i] ^= 0xa5
		}
		for _, q := range [][]byte{other, tight(p[:m.End])} {
			if f := Transport(q, &m); f != got {
				t.Fatalf("%s: padding matters: %v, with other padding %v", packetline.String(p), got, f)
			}
			checkVector(t, q, m, got, headers)
		}
	}
	checkVector(t, p, m, got, headers)
	return got
}

// checkVector demands that the vector forms say of a packet what Transport and Headers do.
func checkVector(t testing.TB, p []byte, m buffer.Meta, one, headers Flaw) {
	t.Helper()
	testPoolMu.Lock()
	defer testPoolMu.Unlock()
	pool := testPool()
	if !pool.Put(0, p) {
		return // too long for it
	}
	got := pool.Meta(0)
	m.Off, m.Len = got.Off, got.Len
	for _, flags := range []uint8{0, buffer.FlagLooked, buffer.FlagPartial} {
		*got = m
		got.Flags = flags
		for _, f := range []struct {
			vector func(buffer.View, []buffer.Index, []Flaw) int
			want   Flaw
		}{{TransportVector, one}, {HeadersVector, headers}} {
			want, wantBad := f.want, 2
			if flags == buffer.FlagLooked {
				want = FlawNone
			}
			if want == FlawNone {
				wantBad = 0
			}
			flaws := [3]Flaw{NumFlaws, NumFlaws, NumFlaws}
			bad := f.vector(pool.View(), []buffer.Index{0, 0}, flaws[:])
			if flaws != [3]Flaw{want, want, NumFlaws} || bad != wantBad {
				t.Fatalf("%s: alone %v; in a vector %v, %d bad", packetline.String(p), want, flaws, bad)
			}
		}
	}
}

// sctpOf is the line of an SCTP packet with these chunks, in hex.
func sctpOf(chunks string) string { return "sctp " + at4 + "id 7 data " + chunks }

var transportLines = []struct {
	line string
	want Flaw
}{
	{"udp " + at4 + "len 18", FlawNone},
	{"udp " + at4 + "len 5", FlawNone},
	{"udp " + at4, FlawNone},
	{"udp " + at4 + "len 18 badl4sum", FlawSum},
	{"udp " + at4 + "len 3 badl4sum", FlawSum},
	{"udp " + at4 + "len 18 nosum", FlawNone},
	{"udp " + at4 + "len 18 partial", FlawSum},
	{"udp " + at4 + "len 18 opt 01010101", FlawNone},
	{"udp " + at4 + "len 18 opt 01010101 badl4sum", FlawSum},
	{"udp " + at4 + "len 18 frag 0+ badl4sum", FlawNone},
	{"udp " + to4 + "frag 3", FlawNone},
	{"udp " + at6 + "len 18", FlawNone},
	{"udp " + at6 + "len 18 badl4sum", FlawSum},
	{"udp " + at6 + "len 18 nosum", FlawNone},
	{"udp " + at6 + "ext hbh,dst,rt len 1401", FlawNone},
	{"udp " + at6 + "ext hbh len 1401 badl4sum", FlawSum},
	{"udp " + at6 + "frag 0+ len 16 badl4sum", FlawNone},
	{"udp " + at6 + "ext frag len 16 badl4sum", FlawSum}, // atomic
	{"udp " + at6 + "ext hbh,frag len 16", FlawNone},
	{"ip proto 17 " + to4 + "len 7", FlawShort},
	{"ip proto 17 " + to4 + "len 0", FlawShort},
	{"ip proto 17 " + to4 + "data 0001000200070000", FlawUDPLength},
	{"ip proto 17 " + to4 + "data 0001000200090000", FlawUDPLength},
	{"ip proto 17 " + to4 + "data 0001000200080000ffff", FlawNone}, // more data than the length says, no checksum
	{"ip proto 17 " + to4 + "data 0001000200080001ffff", FlawSum},
	{"ip proto 17 " + to4 + "data 00010002ffff00010102030405060708", FlawUDPLength},

	{"tcp " + at4 + "[S]", FlawNone},
	{"tcp " + at4 + "[S] badl4sum", FlawSum},
	{"tcp " + at4 + "[A] len 1460", FlawNone},
	{"tcp " + at4 + "[A] len 1459 badl4sum", FlawSum},
	{"tcp " + at6 + "[A] len 1440", FlawNone},
	{"tcp " + at6 + "[SF] badl4sum", FlawSum},
	{"ip proto 6 " + to4 + "len 19", FlawShort},
	{"ip proto 6 " + to4 + "len 13", FlawShort},
	{"ip proto 6 " + to4 + "len 3", FlawShort},
	{"ip proto 6 " + to4 + "data 0001000200000000000000004002000000000000", FlawTCPOffset},
	{"ip proto 6 " + to4 + "data 0001000200000000000000006002000000000000", FlawTCPOffset},
	{"ip proto 6 " + to4 + "data 000100020000000000000000f002000000000000" + "00000000000000000000000000000000000000000000000000000000000000000000000000000000", FlawSum},

	{"icmp " + to4, FlawNone},
	{"icmp " + to4 + "badl4sum", FlawSum},
	{"icmp " + to4 + "type 3 len 28", FlawNone},
	{"icmp " + to4 + "type 1", FlawICMPType},
	{"icmp " + to4 + "type 18", FlawNone},
	{"icmp " + to4 + "type 19", FlawICMPType},
	{"icmp " + to4 + "type 19 badl4sum", FlawSum},
	{"icmp " + to4 + "code 9", FlawNone},
	{"ip proto 1 " + to4 + "len 7", FlawShort},
	{"icmpv6 " + to4, FlawICMPFamily},
	{"icmp " + to6, FlawICMPFamily},
	{"icmpv6 " + to6, FlawNone},
	{"icmpv6 " + to6 + "badl4sum", FlawSum},
	{"icmpv6 " + to6 + "type 135 len 16", FlawNone},
	{"icmpv6 " + to6 + "type 137 len 64", FlawNone},
	{"icmpv6 " + to6 + "type 1 len 64", FlawNone},
	{"icmpv6 " + to6 + "type 144", FlawICMPType},
	{"icmpv6 " + to6 + "type 255", FlawICMPType},
	{"ip proto 58 " + to6 + "len 7", FlawShort},

	{"udplite " + at4 + "len 9", FlawNone},
	{"udplite " + at4 + "len 9 nosum", FlawNoSum},
	{"udplite " + at4 + "len 9 badl4sum", FlawSum},
	{"udplite " + at6 + "len 90", FlawNone},
	{"ip proto 136 " + to4 + "data 00010002000700010000", FlawCoverage},
	{"ip proto 136 " + to4 + "data 00010002000b00010000", FlawCoverage},
	{"ip proto 136 " + to4 + "data 00010002", FlawShort},

	{sctpOf("00000004"), FlawNone},
	{sctpOf("0000000400000005aa000000"), FlawNone},
	{"sctp " + at4 + "id 7", FlawChunks},
	{sctpOf("00000000"), FlawChunks},
	{sctpOf("0100001400000001000100000001000100000001"), FlawNone},
	{sctpOf("010000140000000100010000000100010000000100000004"), FlawChunks},
	{sctpOf("000000040b000004"), FlawChunks}, // COOKIE ACK not first
	{sctpOf("0b00000400000004"), FlawNone},
	{sctpOf("0000000402000004"), FlawChunks},
	{sctpOf("0e000004"), FlawNone},
	{sctpOf("0e00000400000004"), FlawChunks},
	{"ip proto 132 " + to4 + "len 11", FlawShort},
	{"ip proto 132 " + to4 + "data 000100020000000700000000" + "00000004", FlawSum},

	{"udp " + at4 + "len 30 udplen 20", FlawNone}, // the checksum is that of all
	{"udp " + at6 + "len 30 udplen 39", FlawUDPLength},
	{"udplite " + at4 + "len 30 udplen 12", FlawNone},
	{"udplite " + at6 + "len 30 udplen 8", FlawNone},
	{"udplite " + at6 + "len 30 udplen 13 badl4sum", FlawSum},
	{"tcp " + at4 + "[S] mss 1460 sackok ts 1:0 nop wscale 7", FlawNone},
	{"tcp " + at4 + "[S] doff 15 len 39", FlawTCPOffset},
	{"tcp " + at6 + "[A] nop nop sack 5-9", FlawNone},
	{"tcp " + at6 + "[S] ext hbh,ah", FlawNone},
	{"tcp " + at6 + "[S] ext hbh,ah badl4sum", FlawSum},
	{"udp " + at6 + "ext ah frag 0+", FlawNoProtocol},
	{"udp " + at6 + "ext ah,frag badl4sum", FlawSum},
	{"udp " + at6 + "ext " + strings.Repeat("dst,", MaxExtensions-1) + "rt", FlawNone},
	{"udp " + at6 + "ext " + strings.Repeat("dst,", MaxExtensions) + "rt", FlawHeaders},
	{"udplite " + at4 + "len 30 udplen 12 nosum", FlawNoSum},
	{"udplite " + at6 + "len 30 udplen 12 nosum", FlawNoSum},
	{"sctp " + at4 + "id 0x140000 chunk data,body=0102030405060708 badl4sum", FlawSum}, // a good length and no checksum, were it UDP
	{"sctp " + at6 + "id 0x140000 chunk data,body=0102030405060708 badl4sum", FlawSum},
	{"sctp " + at6 + "chunk init,tag=5", FlawNone},
	{"sctp " + at6 + "chunk init,tag=5 nosum", FlawSum},
	{"sctp " + at6 + "chunk data chunk data,len=0", FlawChunks},
	{"gre " + to4, FlawNone},
	{"ip proto 47 " + to4 + "data 0000", FlawNone},
	{"ip proto 47 " + to4 + "data 3001880b00040005", FlawNone},
	{"ip proto 47 " + to4 + "data 3001880b000400", FlawNone},
	{"ip proto 47 " + to4 + "data 3001080000040005", FlawGRE},
	{"esp " + to4, FlawNone},
	{"ah " + to4, FlawNone},
	{"dccp " + at4 + "badl4sum", FlawNone},
	{"ip proto 59 " + to4, FlawNone},
	{"ip proto 59 " + to6, FlawNoProtocol},
	{"ip proto 0 " + to6, FlawNoProtocol},
	{"ip proto 0 " + to6 + "data 0601000000000000", FlawNoProtocol},
	{"ah " + to6, FlawNoProtocol},
	{"ip proto 51 " + to6 + "data 0604", FlawNoProtocol},
	{"ip proto 51 " + to6 + "data 840100000000000100000001" + "00010002", FlawShort},
	{"ip proto 51 " + to6 + "data 320100000000000100000001", FlawNone},
	{"eth 0x0806 len 46", FlawNone},
}

func TestTransport(t *testing.T) {
	for _, c := range transportLines {
		if got := checkTransport(t, packetline.MustBuild(c.line)); got != c.want {
			t.Errorf("%s: %v, want %v", c.line, got, c.want)
		}
	}
}

// TestTransportLengths: sums of any length, at any place, with any one byte changed.
func TestTransportLengths(t *testing.T) {
	for n := range 800 {
		if n > 330 {
			n *= 2 // up to 1598
		}
		for _, line := range []string{"udp " + at4, "udp " + at6, "tcp " + at4 + "[A] ", "tcp " + at6 + "[A] "} {
			p := packetline.MustBuild(fmt.Sprintf("%slen %d", line, n))
			if got := checkTransport(t, p); got != FlawNone {
				t.Fatalf("%s: %v", packetline.String(p), got)
			}
			p[len(p)-1-n/2] ^= 1 << (n & 7)
			if got := checkTransport(t, p); got == FlawNone {
				t.Fatalf("%s: no flaw with a bit turned around", packetline.String(p))
			}
		}
	}
}

func TestTCPFlags(t *testing.T) {
	good := 0
	for flags := range 256 {
		p := packetline.MustBuild("tcp " + at4 + "[]")
		var m buffer.Meta
		parse(p, &m)
		sum := be16(p[50:]) // HC' = HC + ~m' : the flags are the low byte of their word
		p[47] = byte(flags)
		sum -= uint16(flags)
		if be16(p[50:]) < uint16(flags) {
			sum--
		}
		p[50], p[51] = byte(sum>>8), byte(sum)
		switch f := checkTransport(t, p); f {
		case FlawNone:
			good++
		case FlawTCPFlags:
		default:
			t.Fatalf("%#x: %v", flags, f)
		}
	}
	if good != 9*8 {
		t.Errorf("%d sets of flags are good, want 9, each with and without PSH, ECE, CWR", good)
	}
}

func TestFlawTexts(t *testing.T) {
	seen := map[string]bool{}
	for f := range NumFlaws + 1 {
		if s := f.String(); s == "" || seen[s] {
			t.Errorf("flaw %d has the text %q", f, s)
		} else {
			seen[s] = true
		}
	}
}
