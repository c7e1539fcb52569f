package flowtrack_test

import (
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// Frames to begin with: few enough that packets meet each other's sessions.
var fuzzFrames = func() (frames [][]byte) {
	for _, l := range []string{
		"ab [S] seq 100", "ba [SA] seq 300 ack 101", "ab [A] seq 101 ack 301", "ba [PA] seq 301 ack 101 len 20", "ab [FA] seq 101 ack 301", "ba [FA] seq 301 ack 102",
		"ab [R] seq 101", "ba [RA] seq 0 ack 101", "ba [S] seq 300", "ab [S] seq 90000 wscale 3 sackok", toDNS, fromDNS, "udp [::1]:1000 > [::2]:53", "udp [::2]:53 > [::1]:1000",
		"tcp [::1]:1000 > [::2]:80 [S] seq 100", "tcp [::2]:80 > [::1]:1000 [SA] seq 300 ack 101", "icmp 10.0.0.1 > 10.0.0.2 id 7", "icmp 10.0.0.2 > 10.0.0.1 type 0 id 7",
		"icmpv6 ::1 > ::2 id 7", "icmpv6 ::1 > ::2 type 135 len 20", "icmp 10.0.0.9 > 10.0.0.1 type 3 quote { " + toDNS + " }",
		"icmpv6 ::9 > ::1 type 1 quote { udp [::1]:1000 > [::2]:53 }", "sab chunk init,tag=9", "sba id 9 chunk init-ack,tag=4", "sab id 4 chunk cookie-echo", "sba id 9 chunk cookie-ack",
		"sab id 4 chunk shutdown", "gre 10.0.0.1 > 10.0.0.2", "ip proto 47 10.0.0.1 > 10.0.0.2 data 3001880b0004000500000000", "esp 10.0.0.2 > 10.0.0.1", "udplite 10.0.0.1:1 > 10.0.0.2:2",
		"dccp 10.0.0.1:1 > 10.0.0.2:2", "udp [::1]:1000 > [::2]:53 ext hbh,ah,dst", "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 0+", "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 9", "eth 0x0806 len 28",
		"vlan 5", "ip proto 59 ::1 > ::2",
	} {
		if l == "vlan 5" {
			l = toDNS + " vlan 5"
		}
		frames = append(frames, packetline.MustBuild(long(l)))
	}
	return frames
}()

// fuzzLines are what an operator may do meanwhile.
var fuzzLines = []string{
	"clear flowtrack", "clear flowtrack proto tcp", "flowtrack set tcp_loose 0", "flowtrack set tcp_be_liberal 1", "flowtrack set tcp_loose 1", "flowtrack set tcp_be_liberal 0",
	"flowtrack set checksum 0", "flowtrack set checksum 1", "flowtrack timeout udp 1", "flowtrack timeout tcp_syn_sent 2", "flowtrack timeout udp 30",
	"flowtrack limit sessions per-source 2", "flowtrack limit del sessions per-source", "classify default a drop", "classify default a pass",
	"flowtrack zone b zone 7", "flowtrack zone del b",
}

// mixed is a story that goes on as bytes say: packets, right or damaged, one by one or several at once, time, operators.
type mixed struct {
	*story
	data []byte
}

func (x *mixed) byte() (b byte) {
	if len(x.data) > 0 {
		b, x.data = x.data[0], x.data[1:]
	}
	return b
}

// frame is a frame, perhaps damaged.
func (x *mixed) frame() []byte {
	f := slices.Clone(fuzzFrames[int(x.byte())%len(fuzzFrames)])
	for range x.byte() & 3 {
		if at := int(x.byte()) % len(f); at >= 12 {
			f[at] = x.byte()
		}
	}
	if x.byte() == 0xff {
		f = f[:max(14, int(x.byte())%(len(f)+1))]
	}
	return f
}

// act does the next thing.
func (x *mixed) act() {
	switch b := x.byte(); {
	case b < 150:
		f := x.frame()
		from := side(f)
		x.ports[from].Inject(0, f)
		if b < 100 {
			x.run()
		}
	case b < 200:
		x.run()
		x.wait(time.Duration(b-149) * 200 * ms)
	case b < 210:
		x.run()
		x.wait(time.Duration(b-199) * time.Hour)
	default:
		x.run()
		_ = x.dp.CLI().Run(context.Background(), fuzzLines[int(x.byte())%len(fuzzLines)], false, io.Discard) // what is not there cannot be deleted
	}
}

// hold checks what must be true at any time.
func (x *mixed) hold() {
	x.t.Helper()
	n, list := x.trk.Summarize(), 0
	if n.Created != uint64(n.Sessions)+n.Expired+n.Reset+n.Reopened+n.Cleared+n.Evicted {
		x.t.Fatalf("the numbers do not add up: %+v", n)
	}
	x.trk.Each(func(s flowtrack.Session) bool {
		list++
		limit, ok := n.Timeouts[s.Timeout]
		if !ok || s.TimeoutLeft > float64(limit) || s.TimeoutLeft < 0 || s.State == "" || s.Packets[0] == 0 || s.Replied && s.Packets[1] == 0 && s.Detail == "" {
			x.t.Fatalf("%+v", s)
		}
		if s.Assured && !s.Replied && s.Proto != 132 {
			x.t.Fatalf("assured, and never answered: %+v", s)
		}
		return true
	})
	if list != n.Sessions || n.Contended != 0 {
		x.t.Fatalf("%d listed of %+v", list, n)
	}
}

// mix tells such a story, to the end of the world: everything has expired then, and nothing is left behind.
func mix(t *testing.T, data []byte) {
	x := &mixed{story: newStory(t, 6), data: data}
	before := x.dp.Buffers().InUse()
	for len(x.data) > 0 {
		x.act()
		x.hold()
	}
	x.run()
	x.now += flowtrack.MaxTimeout
	for range 40 { // the table gives back what nobody can see any more
		x.now += 50 * ms
		x.dp.Housekeep()
		x.dp.Step()
	}
	x.hold()
	t4, t6 := x.trk.Tables()
	if n := x.trk.Summarize(); n.Sessions != 0 || t4.Len() != 0 || t6.Len() != 0 {
		t.Fatalf("left: %+v, %d and %d in the tables", n, t4.Len(), t6.Len())
	}
	if n := x.dp.Buffers().InUse(); n != before {
		t.Fatalf("%d buffers in use, %d before", n, before)
	}
	if r := x.trk.Limits(); r.Sources != 0 {
		t.Fatalf("sources still count: %+v", r)
	}
}

func FuzzPath(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0})
	f.Add([]byte{120, 0, 0, 0, 120, 2, 0, 0, 0, 6, 0, 0, 255, 11, 205, 199})
	f.Fuzz(mix)
}

// TestPath does that for random bytes.
func TestPath(t *testing.T) {
	s := newStory(t, 6)
	for _, l := range fuzzLines { // in this order all must work
		s.cli(l)
	}
	r, data := rand.New(rand.NewPCG(1, 3)), make([]byte, 1200)
	stories := 40
	if flowtrack.Raced || testing.Short() {
		stories = 5
	}
	for i := range stories {
		for at := 0; at < len(data); at += 8 {
			binary.LittleEndian.PutUint64(data[at:], r.Uint64())
		}
		if !t.Run(line("%d", i), func(t *testing.T) { mix(t, data) }) {
			return
		}
	}
}
