package reassembly

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// frames to be cut.
var frames = map[string]string{
	"udp4":     "udp 10.0.0.1:1000 > 10.0.0.2:53 len 3000",
	"tcp4":     "tcp 10.0.0.1:1000 > 10.0.0.2:80 [PA] seq 7 ack 9 len 3000",
	"icmp4":    "icmp 10.0.0.1 > 10.0.0.2 id 5 seq 2 len 3000",
	"options4": "udp 10.0.0.1:1000 > 10.0.0.2:53 len 3000 opt 01010101",
	"udp6":     "udp [2001:db8::1]:1000 > [2001:db8::2]:53 len 3000",
	"tcp6":     "tcp [2001:db8::1]:1000 > [2001:db8::2]:80 [A] ack 9 len 3000",
	"icmp6":    "icmpv6 2001:db8::1 > 2001:db8::2 type 128 id 5 seq 2 len 3000",
	"ext6":     "udp [2001:db8::1]:1000 > [2001:db8::2]:53 ext hbh len 3000",
	"dst6":     "udp [2001:db8::1]:1000 > [2001:db8::2]:53 ext dst len 3000",
	"long4":    "udp 10.0.0.1:1000 > 10.0.0.2:53 len 65493",
}

// Whatever the order in which pieces come, they leave together, in order and unchanged, and each says what the tracker, who
// was told of the datagram as it was before it was cut, made of it.
func TestPiecesGoOnTogether(t *testing.T) {
	for name, line := range frames {
		t.Run(name, func(t *testing.T) {
			s := newStory(t, longBuffers)
			frame := packetline.MustBuild(line)
			for i, size := range []int{1448, 8, 24, 552, 3008, 2504, 1480} {
				if size < 512 && name == "long4" || size == 8 && data(frame)/8 > maxPieces {
					size = 520 // 127 pieces
				}
				pieces := cut(frame, uint32(i), evenly(data(frame), size)...)
				if len(pieces) == 1 || len(pieces) > maxPieces {
					continue
				}
				in := slices.Clone(pieces)
				rand.New(rand.NewPCG(1, uint64(i))).Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
				s.told, s.whole = nil, nil
				for _, p := range in[1:] {
					if got := s.inject(p); len(got) > 0 {
						t.Fatalf("pieces of %d: ended before the datagram was whole: %q", size, got)
					}
				}
				s.inject(in[0])
				if !slices.EqualFunc(s.sent, pieces, bytes.Equal) {
					t.Fatalf("pieces of %d: left\n%q", size, s.ends)
				}
				s.checkWhole(frame)
			}
		})
	}
}

// checkWhole compares what the tracker was told, and what the pieces that left last say, with the frame they were cut from.
func (s *story) checkWhole(frame []byte) {
	s.t.Helper()
	if len(s.whole) != 1 {
		s.t.Fatalf("the tracker was told %q", s.told)
	}
	want, got := bytes.Clone(frame[14:]), bytes.Clone(s.whole[0])
	if frame[12] == 0x08 { // id and checksum of the header are of no interest
		copy(want[4:12], got[4:12])
		if want[8] = frame[22]; got[6]|got[7] != 0 {
			s.t.Errorf("fragment bits in %x", got[:20])
		}
	}
	if !bytes.Equal(want, got) {
		s.t.Errorf("the tracker was told\n%x, want\n%x", got[:60], want[:60])
	}
	pieces := s.metas
	s.inject(frame) // says what it is when it is in one piece
	r := s.metas[0]
	for i, m := range pieces {
		if !m.Whole || !m.Fragment || m.LaterFragment != (i > 0) || m.Proto != r.Proto || m.HasPorts != r.HasPorts || m.HasICMP != r.HasICMP ||
			m.HasTCPFlags != r.HasTCPFlags || m.SrcPort != r.SrcPort || m.DstPort != r.DstPort || m.TCPFlags != r.TCPFlags || m.ICMPType != r.ICMPType {
			s.t.Fatalf("piece %d says %+v, want %+v", i, m, r)
		}
		if m.Track != buffer.TrackEstablished || m.State != 3 || m.Flow != 1 || m.Flags != buffer.FlagLooked|buffer.FlagHasFlow|buffer.FlagReply {
			s.t.Fatalf("piece %d says %+v", i, m)
		}
	}
}

// longBuffers have room for a whole datagram.
func longBuffers(_ *story, c *gvpp.Config) { c.Buffers, c.BufferSize = 1024, buffer.MaxSize }

const (
	first  = "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 0+ len 8"   // bytes 0 to 16
	second = "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 2+ len 16"  // to 32
	third  = "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 4 len 8"    // to 40
	one6   = "udp [::1]:1000 > [::2]:53 frag 0+ ipid 9 len 8"  // bytes 0 to 16
	two6   = "udp [::1]:1000 > [::2]:53 frag 2+ ipid 9 len 16" // to 32
	three6 = "udp [::1]:1000 > [::2]:53 frag 4 ipid 9 len 8"   // to 40
)

const (
	frag4 = "udp 10.0.0.1"
	frag6 = "udp ::1"
	head6 = "udp [::1]"
)

func TestDuplicatesAreDropped(t *testing.T) {
	s := newStory(t)
	s.sends(first)
	s.sends(first, "…received already")
	s.sends(second)
	s.sends(second, "…received already")
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 1+ len 24", "…received already") // within what is there
	s.sends(third, frag4, frag4, frag4)
	s.sends(third) // of a datagram that nobody knows any more: a new one
	s.sends(one6)
	s.sends(one6, "…received already")
	s.sends(two6)
	s.sends(three6, head6, frag6, frag6)
}

// What came out of order is two runs, and what lies in both is no duplicate, as in Linux.
func TestOverlapAcrossRuns(t *testing.T) {
	s := newStory(t)
	s.sends(second)
	s.sends(first)
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 1+ len 16", "…overlap", "…overlap", "…overlap")
}

func TestOverlapsAreDropped(t *testing.T) {
	for _, c := range [][]string{
		{first, "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 1+ len 16"}, // behind, over the end
		{second, "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 1+ len 16"},
		{second, "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 1+ len 32"}, // around
		{first, third, "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 1+ len 16"},
		{two6, "udp [::1]:1000 > [::2]:53 frag 1+ ipid 9 len 16"},
	} {
		s := newStory(t)
		want := []string{"…overlap"}
		for _, l := range c[:len(c)-1] {
			s.sends(l)
			want = append(want, "…overlap")
		}
		s.sends(c[len(c)-1], want...)
		if len(s.told) != 0 {
			t.Errorf("told %q", s.told)
		}
		if s.held() != 0 {
			t.Errorf("%d held", s.held())
		}
	}
}

// What comes behind an overlap is gathered anew, as in Linux: it is whole only if all is sent again.
func TestBehindAnOverlap(t *testing.T) {
	s := newStory(t)
	s.sends(first)
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 1+ len 16", "…overlap", "…overlap")
	s.sends(third)
	s.sends(second)
	s.sends(first, frag4, frag4, frag4)
	if len(s.told) != 1 {
		t.Errorf("told %q", s.told)
	}
}

func TestTwoEnds(t *testing.T) {
	const end, end6 = "…about the datagram's end", "…about the datagram's end"
	s := newStory(t)
	s.sends(third) // ends at 40
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 5 len 8", end, end)
	s.sends(third)
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 5+ len 8", end, end)
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 5+ len 8")
	s.sends(third, end, end)

	s.sends(three6) // in IPv6 what contradicts goes, the rest stays
	s.sends("udp [::1]:1000 > [::2]:53 frag 5 ipid 9 len 8", end6)
	s.sends("udp [::1]:1000 > [::2]:53 frag 5+ ipid 9 len 8", end6)
	s.sends("udp [::1]:1000 > [::2]:53 frag 1 ipid 9 len 8", end6)
	s.sends(two6)
	s.sends(one6, head6, frag6, frag6)
}

func TestWithoutData(t *testing.T) {
	s := newStory(t)
	s.sends(first)
	s.sends("ip proto 17 10.0.0.1 > 10.0.0.2 frag 2 len 0", "…without data", "…without data")
	s.sends(one6)
	s.sends("udp [::1]:1000 > [::2]:53 frag 9+ ipid 9 len 0", "…without data") // from here on it has 72 bytes at least, as in Linux
	s.sends(three6, "…about the datagram's end")
}

// A piece that others follow is cut to a multiple of 8 in IPv4; in IPv6 it goes on by itself.
func TestUnevenPieces(t *testing.T) {
	s := newStory(t)
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 0+ len 13") // 21 bytes, of which 16 count
	s.sends(second)
	s.sends(third, "…frag 0+ len 8 pad 5", frag4, frag4)
	if len(s.told) != 1 || len(s.whole[0]) != 60 {
		t.Errorf("told %q", s.told)
	}
	s.sends("ip proto 17 10.0.0.1 > 10.0.0.2 frag 2+ len 7", "…without data") // nothing is left of it

	s.sends(one6)
	s.sends("udp [::1]:1000 > [::2]:53 frag 2+ ipid 9 len 17", frag6, "…no multiple of 8")
	if m := s.metas[0]; m.Whole || m.Flags&buffer.FlagLooked != 0 {
		t.Errorf("%+v", m)
	}
}

func TestCongestionMarks(t *testing.T) {
	const marks = "…about congestion"
	for _, c := range []struct {
		tos [3]string
		ok  bool
	}{
		{[3]string{"0", "0", "0"}, true}, {[3]string{"1", "1", "1"}, true}, {[3]string{"2", "3", "2"}, true}, {[3]string{"1", "2", "3"}, true},
		{[3]string{"3", "3", "3"}, true}, {[3]string{"4", "8", "4"}, true}, {[3]string{"0", "1", "0"}, false}, {[3]string{"3", "0", "3"}, false},
		{[3]string{"2", "2", "0"}, false},
	} {
		s := newStory(t)
		s.sends(first + " tos " + c.tos[0])
		s.sends(second + " tos " + c.tos[1])
		if want := []string{frag4, frag4, frag4}; c.ok {
			s.sends(third+" tos "+c.tos[2], want...)
		} else {
			s.sends(third+" tos "+c.tos[2], marks, marks, marks)
		}
		s.sends(one6 + " tos " + c.tos[0])
		s.sends(two6 + " tos " + c.tos[1])
		if c.ok {
			s.sends(three6+" tos "+c.tos[2], head6, frag6, frag6)
		} else {
			s.sends(three6+" tos "+c.tos[2], marks, marks, marks)
		}
	}
}

// A datagram has its time from its first piece on, whatever comes later.
func TestTimeouts(t *testing.T) {
	const timeout = "…timeout"
	s := newStory(t)
	s.sends(first)
	s.sends(one6)
	s.waits(29 * time.Second)
	s.sends(second)
	s.sends(two6)
	s.waits(999 * time.Millisecond)
	s.waits(time.Millisecond, timeout, timeout)
	s.sends(third)
	s.waits(29999 * time.Millisecond)
	s.waits(time.Millisecond, timeout, timeout, timeout) // that one, and the two of IPv6
	if got, want := s.errors("virtual-reassembly"), "5 incomplete datagram: timeout"; got != want {
		t.Errorf("errors: %s", got)
	}
	if x := s.plug.Status()[0]; x.TimedOut != 3 || x.Dropped != 3 || x.Datagrams != 0 {
		t.Errorf("%+v", x)
	}
}

// Pieces of different datagrams do not mix.
func TestDatagramsInterleaved(t *testing.T) {
	s := newStory(t)
	other := []string{
		"udp 10.0.0.1:1000 > 10.0.0.2:53 frag 2 ipid 1", "udp 10.0.0.3:1000 > 10.0.0.2:53 frag 2", "udp 10.0.0.1:1000 > 10.0.0.3:53 frag 2",
		"gre 10.0.0.1 > 10.0.0.2 frag 2", "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 2 vlan 7", "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 2 vlan 7 vlan 8",
		"udp 10.0.0.1:1000 > 10.0.0.2:53 frag 2 vlan 8 vlan 7", "udp [::1]:1000 > [::2]:53 frag 2 ipid 8",
		"udp [::1]:1000 > [::2]:53 frag 2 vlan 7", "udp [::3]:1000 > [::2]:53 frag 2", "udp [::1]:1000 > [::3]:53 frag 2",
	}
	for _, l := range other {
		s.sends(l)
	}
	s.sends(first)
	s.sends(one6)
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 0+ len 8 vlan 7 vlan 8", "…vlan 7", "…vlan 7")
	if len(s.told) != 1 || !strings.HasSuffix(s.told[0], " vlan 7 vlan 8") {
		t.Errorf("told %q", s.told)
	}
	if s.held() != len(other)-1+2 {
		t.Errorf("%d pieces held", s.held())
	}
	s.sends("gre [::1] > [::2] frag 2 ipid 9", head6, "gre ::1") // in IPv6 the first piece alone says what the datagram is
}

// From two interfaces they are two datagrams; with the feature on one of them only, the other's pass.
func TestInterfacesAreApart(t *testing.T) {
	s := newStory(t)
	s.sends(first)
	s.ports["b"].Inject(0, packetline.MustBuild(second))
	s.expect("b", s.step(), []string{frag4})
	s.feature("ip4-unicast", "virtual-reassembly", 2)
	s.ports["b"].Inject(0, packetline.MustBuild(second))
	s.ports["b"].Inject(0, packetline.MustBuild(third))
	s.expect("b", s.step(), nil)
	s.sends(second)
	s.sends(third, frag4, frag4, frag4)
}
