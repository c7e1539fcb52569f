package packet

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

func TestPieceOf(t *testing.T) {
	for line, want := range map[string]Piece{
		"udp 10.0.0.1:1 > 10.0.0.2:2 frag 0+ ipid 7 len 8 tos 2":             {ID: 7, Data: 34, Proto: 17, ECN: 4, More: true},
		"udp 10.0.0.1:1 > 10.0.0.2:2 frag 185 ipid 65535 len 8 vlan 5 tos 3": {ID: 65535, Offset: 1480, Data: 38, Proto: 17, ECN: 8},
		"tcp 10.0.0.1:1 > 10.0.0.2:2 frag 8191+ len 8 opt 01010101 tos 253":  {Offset: 65528, Data: 38, Proto: 6, ECN: 2, More: true},
		"udp [::1]:1 > [::2]:2 frag 0+ ipid 99999 len 8 tos 2":               {ID: 99999, Data: 62, Proto: 17, ECN: 4, More: true},
		"udp [::1]:1 > [::2]:2 frag 8191 ipid 4 len 8":                       {ID: 4, Offset: 65528, Data: 62, Proto: 17, ECN: 1},
		"udp [::1]:1 > [::2]:2 ext hbh,rt,frag frag 9+ len 8":                {Offset: 72, Data: 78, Proto: 17, ECN: 1, More: true},
		"udp [::1]:1 > [::2]:2 ext hbh,frag,dst frag 0+ len 8":               {Data: 70, Proto: ProtoDestOpts, ECN: 1, More: true},
		"udp [::1]:1 > [::2]:2 frag 0+ cut 69":                               {Data: 62, Proto: 17, ECN: 1, More: true, Cut: true},
		"udp [::1]:1 > [::2]:2 ext frag,dst frag 0+ cut 77":                  {Data: 62, Proto: ProtoDestOpts, ECN: 1, More: true, Cut: true},
		"udp [::1]:1 > [::2]:2 ext frag,dst frag 0+ cut 63":                  {Data: 62, Proto: ProtoDestOpts, ECN: 1, More: true}, // the chain runs out: Linux lets it be
		"tcp [::1]:1 > [::2]:2 ext frag frag 0+ cut 81":                      {Data: 62, Proto: 6, ECN: 1, More: true, Cut: true},
		"tcp [::1]:1 > [::2]:2 ext frag frag 0+":                             {Data: 62, Proto: 6, ECN: 1, More: true},
		"icmpv6 ::1 > ::2 ext frag frag 0+ cut 69":                           {Data: 62, Proto: 58, ECN: 1, More: true, Cut: true},
		"gre ::1 > ::2 ext frag frag 0+ cut 63":                              {Data: 62, Proto: 47, ECN: 1, More: true},
		"gre ::1 > ::2 ext frag frag 0+ cut 62":                              {Data: 62, Proto: 47, ECN: 1, More: true, Cut: true},
		"ip proto 59 ::1 > ::2 ext frag frag 0+":                             {Data: 62, Proto: 59, ECN: 1, More: true},
	} {
		p := packetline.MustBuild(line)
		if p[12] == 0x86 { // what cut leaves is all there is
			binary.BigEndian.PutUint16(p[18:], uint16(len(p)-54))
		}
		var m buffer.Meta
		if f := parse(p, &m); f != FaultNone || !m.Fragment {
			t.Fatalf("%s: %v, %+v", line, f, m)
		}
		got, ok := PieceOf(p, &m)
		got.named, got.frag = 0, 0
		if !ok || got != want {
			t.Errorf("%s: %+v, %v, want %+v", line, got, ok, want)
		}
	}
	for _, line := range []string{"udp [::1]:1 > [::2]:2", "udp [::1]:1 > [::2]:2 ext " + strings.Repeat("dst,", MaxExtensions) + "frag frag 0+"} {
		p := packetline.MustBuild(line)
		var m buffer.Meta
		parse(p, &m)
		if f, ok := PieceOf(p, &m); ok {
			t.Errorf("%s: %+v", line, f)
		}
	}
}

// FuzzPieceOf: whatever the fragment, the header of the whole datagram can be written and is well-formed, and so is a piece
// that was cut short.
func FuzzPieceOf(f *testing.F) {
	for _, l := range []string{
		"udp 10.0.0.1:1 > 10.0.0.2:2 frag 0+ len 80 opt 01010101", "udp 10.0.0.1:1 > 10.0.0.2:2 frag 3 len 80 vlan 3",
		"udp [::1]:1 > [::2]:2 frag 0+ len 80", "tcp [::1]:1 > [::2]:2 ext hbh,dst,rt,frag,dst frag 0+ len 80", "ip proto 51 ::1 > ::2 frag 0+ data 1101",
	} {
		f.Add(packetline.MustBuild(l))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		var m buffer.Meta
		if len(p) > 1<<15 || parse(p, &m) != FaultNone || !m.Fragment {
			return
		}
		p = tight(p)
		f, ok := PieceOf(p, &m)
		if !ok {
			return
		}
		if f.Data > int(m.End) || f.Data < int(m.L3)+20 || f.ECN == 0 || f.Offset%8 != 0 {
			t.Fatalf("%x: %+v", p, f)
		}
		n := int(m.End) - f.Data
		if m.IsIP4 && n > 8 {
			q, c := bytes.Clone(p), m
			f.Trim(q, &c, n&^7-8)
			var again buffer.Meta
			if parse(q, &again) != FaultNone || again.End != c.End || int(c.End) != f.Data+n&^7-8 || again.SrcPort != c.SrcPort && c.End > c.L4+4 {
				t.Fatalf("%x: trimmed to %x", p, q)
			}
		}
		whole := append(make([]byte, f.HeaderLen(&m)), p[f.Data:m.End]...)
		f.Header(whole, p, &m, n)
		w := buffer.Meta{}
		if m.IsIP4 && (IPv4(whole, &w) != FaultNone || w.Fragment) || m.IsIP6 && IPv6(whole, &w) != FaultNone || int(w.End) != len(whole) {
			t.Fatalf("%x: the whole is %x: %+v", p, whole, w)
		}
		if w.HasProto && !w.Fragment && f.Offset == 0 && (w.Proto != m.Proto || w.HasPorts != m.HasPorts || w.SrcPort != m.SrcPort) {
			t.Fatalf("%x: of the whole the parser says %+v, of the piece %+v", p, w, m)
		}
	})
}

// Nobody takes a later piece's data for a transport header, whatever its datagram is known to have.
func TestLaterPiecesHaveNoTransportHeader(t *testing.T) {
	for _, line := range []string{"icmp 10.0.0.1 > 10.0.0.2 frag 9 len 64", "icmpv6 ::1 > ::2 frag 9 len 64"} {
		p := packetline.MustBuild(line)
		var m buffer.Meta
		parse(p, &m)
		m.Whole, m.HasICMP, m.HasPorts = true, true, true
		if id, ok := ICMPID(p, &m); ok {
			t.Errorf("%s: id %d", line, id)
		}
		if before := bytes.Clone(p); CompletePartial(p, &m) || !bytes.Equal(p, before) {
			t.Errorf("%s: completed", line)
		}
	}
}
