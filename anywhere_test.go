package gvpp_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/pg"
	"github.com/gvpp/gvpp/nodes/reassembly"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl"
)

// frames are frames of all kinds, sound and broken, without an end. One worker uses it.
type frames struct {
	*rand.Rand
	lines [][]byte
	buf   []byte
	left  int
}

// kindsOfFrames is what frames are made of.
var kindsOfFrames = []string{
	"udp 10.0.0.1:1000 > 10.0.0.2:53 len 30", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]", "tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA] ack 1", "icmp 10.0.0.1 > 10.0.0.2 id 3",
	"icmp 10.0.0.9 > 10.0.0.1 type 3 code 1 quote { udp 10.0.0.1:1000 > 10.0.0.2:53 }", "udp [2001:db8::1]:1000 > [2001:db8::2]:53 len 30",
	"tcp [2001:db8::1]:1000 > [2001:db8::2]:80 [S] ext hbh,dst,rt", "icmpv6 fe80::1 > ff02::1 type 135", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 16 frag 0+ ipid 7",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 len 16 frag 3 ipid 7", "udp [2001:db8::1]:1 > [2001:db8::2]:53 len 16 frag 0+ ext frag", "udp 10.0.0.1:1 > 10.0.0.2:53 vlan 7 vlan 8",
	"gre 10.0.0.1 > 10.0.0.2 len 20", "eth 0x0806 len 28", "sctp 10.0.0.1:1000 > 10.0.0.2:80", "udp 10.0.0.1:1000 > 10.0.0.2:53 pad 9 badsum",
}

func newFrames(seed uint64, n int) *frames {
	f := &frames{Rand: rand.New(rand.NewPCG(seed, 1)), buf: make([]byte, 2048), left: n}
	for _, l := range kindsOfFrames {
		f.lines = append(f.lines, packetline.MustBuild(l))
	}
	return f
}

// Next implements pg.Source.
func (f *frames) Next() []byte {
	if f.left == 0 {
		return nil
	}
	f.left--
	p := f.buf[:copy(f.buf, f.lines[f.IntN(len(f.lines))])]
	switch f.IntN(8) {
	case 0, 1, 2: // sound
	case 3: // cut
		p = p[:f.IntN(len(p)+1)]
	case 4: // all bytes are random
		p = f.buf[:f.IntN(len(f.buf)-128)]
		fallthrough
	case 5: // so are the bytes of the network header and what follows
		for i := min(14*(f.IntN(2)), len(p)); i < len(p); i++ {
			p[i] = byte(f.Uint32())
		}
	default: // some are
		for range 1 + f.IntN(4) {
			p[f.IntN(len(p))] = byte(f.Uint32())
		}
	}
	return p
}

// frameWays are the interfaces that packets come from, and are to leave by where a node is about that.
var frameWays = [][2]string{{"a", ""}, {"pg0", ""}, {"b", "pg1"}, {"loop0", "loop0"}, {"pg0", "a"}}

// Any frame may begin at any node, on any interface: no packet is lost, none is there twice but for the pieces of datagrams, and each is counted where it ends.
// GVPP_SEED=N tries many more.
func TestAnyFrameIntoAnyNode(t *testing.T) {
	seed, count := uint64(1), 400
	if s, err := strconv.ParseUint(os.Getenv("GVPP_SEED"), 10, 64); err == nil {
		seed, count = s, 20000
	}
	var now, dropped atomic.Int64
	tracker := flowtrack.New()
	rules := classify.New(tracker)
	r := newRig(t, gvpp.Config{
		Workers: 2, Buffers: 8192, Clock: now.Load, Dropped: func(*graph.Worker, buffer.Index) { dropped.Add(1) },
		Plugins: []plugin.Plugin{tracker, reassembly.New(tracker), rules, acl.New(rules)},
	}, "a", "b")
	r.connect("a", "b")
	for _, line := range []string{
		"create loopback interface", "set interface state loop0 up", "create packet-generator interface pg0", "create packet-generator interface pg1",
		"set interface state pg0 up", "set interface state pg1 up", "set interface l2 xconnect pg0 pg1",
		"classify add rule a in proto tcp keep-state pass", "classify add rule a in proto udp dport 53 keep-state redirect pg1", "classify add rule a out proto icmp drop",
		"classify add rule pg0 in proto tcp drop", "classify add rule pg1 out proto udp keep-state pass", "classify default a drop",
	} {
		r.cli(line)
	}
	stop := r.run()
	var sent uint64
	for i, n := range r.Graph().Plan.Nodes {
		sent += r.generate(n.Name, func(way int) pg.Source { return newFrames(seed<<32|uint64(i)<<8|uint64(way), count) })
		now.Add(int64(time.Second))
	}
	now.Add(int64(10 * time.Minute)) // fragments that wait end
	eventually(t, "buffers in use", func() (free bool) {
		r.Graph().Hold(func() { free = r.Buffers().InUse() == 0 })
		return free
	})
	if err := stop(); err != nil {
		t.Error(err)
	}
	var rx, tx uint64
	for _, name := range []string{"a", "b", "pg0", "pg1", "loop0"} {
		swIf, _ := r.Dataplane.Interface(name)
		st, err := r.InterfaceStatus(swIf)
		if err != nil {
			t.Fatal(err)
		}
		rx, tx = rx+st.Packets.RxPackets, tx+st.Packets.TxPackets
	}
	if sent < uint64(count*len(r.Graph().Plan.Nodes)) {
		t.Errorf("%d packets are too few to say anything", sent)
	}
	errs := r.errors()
	made := errs["ip4-frag: fragments sent"] - errs["ip4-frag: datagrams cut"] // the last piece is the datagram itself
	if rx+made != tx+uint64(dropped.Load()) || rx < sent {
		t.Errorf("%d packets received, %d of them from the generator, and %d made by cutting; %d sent and %d dropped", rx, sent, made, tx, dropped.Load())
	}
}

// generate lets packets begin at a node, in all the ways that it takes, and returns how many did.
func (r *rig) generate(node string, packets func(way int) pg.Source) (sent uint64) {
	r.t.Helper()
	ctx := context.Background()
	for i, way := range frameWays {
		s := pg.Stream{Name: fmt.Sprint("way", i), Interface: way[0], TxInterface: way[1], Node: node, Worker: i % 2, Packets: packets(i)}
		if r.Generator().Add(ctx, s) != nil {
			continue // as interface-output does, without an interface to leave by
		}
		if err := r.Generator().Enable(ctx, s.Name); err != nil {
			r.t.Fatal(err)
		}
	}
	eventually(r.t, "the packets into "+node, func() bool { return r.Generator().Idle(ctx) })
	for _, s := range r.Generator().Streams() {
		sent += s.Count
		if err := r.Generator().Delete(ctx, s.Name); err != nil {
			r.t.Error(err)
		}
	}
	return sent
}

// Packets of several streams in one frame meet the rules of their own interfaces, whatever the others'.
func TestStreamsMeetTheirOwnRules(t *testing.T) {
	tracker := flowtrack.New()
	r := newRig(t, gvpp.Config{Clock: func() int64 { return 0 }, Plugins: []plugin.Plugin{tracker, classify.New(tracker)}})
	for _, line := range []string{
		"create packet-generator interface pg0", "create packet-generator interface pg1", "set interface state pg0 up", "set interface state pg1 up",
		"set interface l2 xconnect pg0 pg1", "classify add rule pg0 in proto udp drop",
	} {
		r.cli(line)
	}
	for _, order := range []string{"10", "01", "101", "010"} {
		r.cli("clear interfaces")
		for i, pg := range order {
			r.cli(fmt.Sprintf("packet-generator new { name s%d limit 3 interface pg%c data { UDP: 10.0.0.1 -> 10.0.0.2 UDP: 1 -> 53 } }", i, pg))
		}
		r.cli("packet-generator enable")
		for r.Step() {
		}
		for pg, fate := range map[rune]func(c graph.IfTotals) uint64{'0': func(c graph.IfTotals) uint64 { return c.Drops }, '1': func(c graph.IfTotals) uint64 { return c.RxPackets - c.Drops }} {
			swIf, _ := r.Dataplane.Interface("pg" + string(pg))
			st, err := r.InterfaceStatus(swIf)
			if want := uint64(3 * strings.Count(order, string(pg))); err != nil || fate(st.Packets) != want {
				t.Errorf("streams %s: %+v of pg%c, want %d", order, st.Packets, pg, want)
			}
		}
		for i := range order {
			r.cli(fmt.Sprintf("packet-generator delete s%d", i))
		}
	}
}
