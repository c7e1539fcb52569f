package packet

import (
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// segment is what SegmentOf says of the packet in p.
func segment(p []byte) (Segment, bool) {
	var m buffer.Meta
	if parse(p, &m) != FaultNone || m.Proto != ProtoTCP || !m.HasProto || m.LaterFragment {
		return Segment{}, false
	}
	return SegmentOf(p, &m)
}

func TestSegment(t *testing.T) {
	for _, c := range []struct {
		line string
		want Segment
		opts TCPOptions
		sack uint32 // with the segment's Ack
	}{
		{"[S] seq 7 win 1024", Segment{Seq: 7, End: 8, Window: 1024}, TCPOptions{}, 0},
		{"[A] seq 7 ack 9 len 5", Segment{Seq: 7, Ack: 9, End: 12, Window: 65535}, TCPOptions{}, 9},
		{"[FA] seq 7 ack 9 len 5 pad 20", Segment{Seq: 7, Ack: 9, End: 13, Window: 65535}, TCPOptions{}, 9},
		{"[S] seq 4294967295 len 5 mss 1460 wscale 7 nop sackok", Segment{Seq: 4294967295, End: 5, Window: 65535}, TCPOptions{7, true, true}, 0},
		{"[SF] seq 4294967295", Segment{Seq: 4294967295, End: 1, Window: 65535}, TCPOptions{}, 0},
		{"[S] wscale 15", Segment{End: 1, Window: 65535}, TCPOptions{14, true, false}, 0},
		{"[S] wscale 3 wscale 0", Segment{End: 1, Window: 65535}, TCPOptions{0, true, false}, 0},
		{"[S] tcpopt 03020307 sackok", Segment{End: 1, Window: 65535}, TCPOptions{SACK: false}, 0},   // of 2 bytes; then "03 07" runs out
		{"[S] tcpopt 0402fe01030307", Segment{End: 1, Window: 65535}, TCPOptions{SACK: true}, 0},     // a length of 1 ends all
		{"[S] tcpopt 0402fe09030307", Segment{End: 1, Window: 65535}, TCPOptions{SACK: true}, 0},     // one that runs over, too
		{"[S] tcpopt 000402", Segment{End: 1, Window: 65535}, TCPOptions{}, 0},                       // and the end
		{"[S] tcpopt 0404010103040707", Segment{End: 1, Window: 65535}, TCPOptions{}, 0},             // lengths that those options do not have
		{"[A] ack 9 nop nop ts 1:2", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 9},                // what most segments have
		{"[A] ack 9 nop nop sack 20-30,5-40,7-35", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 40}, // in any order
		{"[A] ack 90 nop nop sack 20-30", Segment{Ack: 90, Window: 65535}, TCPOptions{}, 90},         // below the acknowledgement
		{"[A] ack 4294967290 sack 0-10", Segment{Ack: 4294967290, Window: 65535}, TCPOptions{}, 10},  // around zero
		{"[A] ack 9 sack 0-2147483657", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 2147483657},    // half around
		{"[A] ack 9 sack 0-2147483658", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 9},
		{"[A] ack 9 ts 1:2 sack 20-30", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 30},              // behind others
		{"[A] ack 9 sack 20-30 sack 40-50", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 30},          // the first counts
		{"[A] ack 9 tcpopt 0502 sack 20-30", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 30},         // one that has a block
		{"[A] ack 9 tcpopt 050600000000 sack 20-30", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 30}, // of whole blocks
		{"[A] ack 9 nop nop tcpopt 0812 sack 20-30", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 9},  // runs over
		{"[A] ack 9 tcpopt 01 ts 1:2 tcpopt 050a0000000900000063", Segment{Ack: 9, Window: 65535}, TCPOptions{}, 99},
	} {
		p := packetline.MustBuild("tcp " + at4 + c.line)
		var m buffer.Meta
		parse(p, &m)
		got, ok := SegmentOf(p, &m)
		opts, sack := TCPOptionsOf(got.Options), HighestSACK(got.Options, got.Ack)
		c.want.Flags = m.TCPFlags
		options := got.Options
		got.Options = nil
		if !ok || !slices.Equal(options, p[54:14+20+20+len(options)]) || got.Seq != c.want.Seq || got.Ack != c.want.Ack || got.End != c.want.End || got.Window != c.want.Window || got.Flags != c.want.Flags {
			t.Errorf("%s: %v %+v, want %+v", c.line, ok, got, c.want)
		}
		if opts != c.opts || sack != c.sack {
			t.Errorf("%s: options %+v, acknowledged %d, want %+v, %d", c.line, opts, sack, c.opts, c.sack)
		}
	}
	for _, line := range []string{"tcp " + at4 + "[A] doff 4", "tcp " + at4 + "[A] doff 6", "ip proto 6 " + to4 + "len 19"} {
		if s, ok := segment(packetline.MustBuild(line)); ok {
			t.Errorf("%s: %+v", line, s)
		}
	}
}

// checkSegment holds a segment against gopacket, where that can read it, and its options against reading them one byte at a time.
func checkSegment(t *testing.T, p []byte) {
	var m buffer.Meta
	if parse(p, &m) != FaultNone || !m.HasTCPFlags {
		return
	}
	s, ok := SegmentOf(p, &m)
	head := 0
	if m.L4+12 < m.End {
		head = int(p[m.L4+12]>>4) * 4
	}
	if want := int(m.End-m.L4) >= head && head >= 20; ok != want {
		t.Fatalf("%s: a segment: %v", packetline.String(p), ok)
	}
	if !ok {
		return
	}
	opts, sack := twinOptions(s.Options, s.Ack)
	if got := TCPOptionsOf(s.Options); got != opts || HighestSACK(s.Options, s.Ack) != sack {
		t.Fatalf("%x: %+v, acknowledged %d, twin %+v, %d", s.Options, got, HighestSACK(s.Options, s.Ack), opts, sack)
	}
	var tcp layers.TCP
	if tcp.DecodeFromBytes(p[m.L4:m.End], gopacket.NilDecodeFeedback) != nil {
		return // a wrong option is a wrong packet to it
	}
	end := tcp.Seq + uint32(len(tcp.Payload))
	for _, one := range []bool{tcp.SYN, tcp.FIN} {
		if one {
			end++
		}
	}
	if s.Seq != tcp.Seq || s.Ack != tcp.Ack || s.Window != tcp.Window || s.End != end {
		t.Fatalf("%s: %+v, gopacket %+v", packetline.String(p), s, tcp)
	}
}

// twinOptions are TCPOptionsOf and HighestSACK, with a cursor.
func twinOptions(o []byte, ack uint32) (opts TCPOptions, sack uint32) {
	sack = ack
	seen := false
	for at := 0; at < len(o) && o[at] != 0; {
		if o[at] == 1 {
			at++
			continue
		}
		if at+1 >= len(o) || o[at+1] < 2 || at+int(o[at+1]) > len(o) {
			break
		}
		n := int(o[at+1])
		switch {
		case o[at] == 3 && n == 3:
			opts.HasScale, opts.Scale = true, o[at+2]
			if opts.Scale > 14 {
				opts.Scale = 14
			}
		case o[at] == 4 && n == 2:
			opts.SACK = true
		case o[at] == 5 && n >= 10 && (n-2)%8 == 0 && !seen:
			seen = true
			for b := at + 2; b < at+n; b += 8 {
				right := uint32(o[b+4])<<24 + uint32(o[b+5])<<16 + uint32(o[b+6])<<8 + uint32(o[b+7])
				if right-sack-1 < 1<<31 {
					sack = right
				}
			}
		}
		at += n
	}
	return opts, sack
}

func FuzzSegment(f *testing.F) {
	for _, line := range []string{
		"[S] mss 1460 sackok ts 1:0 nop wscale 7", "[A] nop nop sack 20-30,40-50 len 3", "[FA] len 5", "[A] tcpopt fe01", "[A] tcpopt 0812", "[A] doff 15",
	} {
		f.Add(packetline.MustBuild("tcp " + at4 + line))
		f.Add(packetline.MustBuild("tcp " + at6 + line))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) < 1<<16 {
			checkSegment(t, tight(p))
		}
	})
}
