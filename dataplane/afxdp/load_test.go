package afxdp

import (
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

// One Flush sends more than the kernel's budget for one kick, and takes all buffers back.
func TestBurstOverBudget(t *testing.T) {
	r := newRig(t, 1)
	right := r.open("right")
	cache := r.pool.NewCache()
	p := right.Ports()[0]
	p.Bind(cache)
	before := rxPackets(t, r)
	const burst = 4*txBudget + 100
	if n := r.sendMarked(p, cache, "burst", burst); n != burst {
		t.Fatalf("%d of %d taken", n, burst)
	}
	if held := p.(*queuePort).txHeld; held != 0 {
		t.Errorf("%d packets not sent or not reaped", held)
	}
	eventually(t, "all packets at the peer", func() bool { return rxPackets(t, r)-before >= burst })
	if st := stats(p); len(st) != 0 {
		t.Errorf("counters %v", st)
	}
	cache.Close()
	r.close(right)
}

func rxPackets(t *testing.T, r *rig) uint64 {
	t.Helper()
	a, err := r.b.Link("eth0")
	ok(t, err)
	return a.Statistics.RxPackets
}

// Everything at once: a flood both ways, links that flap, counters read from aside, and a close in the middle of it.
func TestCloseUnderLoad(t *testing.T) {
	r := newRig(t, 2)
	stopA, stopB := r.flood(r.a, "eth0"), r.flood(r.b, "eth0")
	defer stopB()
	defer stopA()
	for range 3 {
		left, right := r.open("left", RingSize(256)), r.open("right", RingSize(256))
		l := r.forward(left, right)
		quit := make(chan struct{})
		var readers sync.WaitGroup
		readers.Go(func() {
			for {
				select {
				case <-quit:
					return
				case <-time.After(time.Millisecond):
					for _, p := range append(left.Ports(), right.Ports()...) {
						stats(p)
					}
				}
			}
		})
		for range 3 {
			ok(t, r.dp.Down("right"))
			time.Sleep(10 * time.Millisecond)
			ok(t, r.dp.Up("right"))
			ok(t, r.a.Down("eth0"))
			time.Sleep(10 * time.Millisecond)
			ok(t, r.a.Up("eth0"))
			time.Sleep(20 * time.Millisecond)
		}
		close(quit)
		readers.Wait()
		l.stop()
		if l.fwd == 0 {
			t.Error("nothing was forwarded")
		}
		for _, p := range append(l.left, l.right...) {
			if n := p.(*queuePort).count.foreign.Load(); n != 0 {
				t.Errorf("%d foreign buffers", n)
			}
		}
		r.close(left, right)
	}
}

// What the kernel may tell about links, and what becomes of it.
func TestWatchMessages(t *testing.T) {
	const up = unix.IFF_UP | unix.IFF_RUNNING
	msg := func(typ uint16, index int, name string, flags uint32) netlink.LinkUpdate {
		u := netlink.LinkUpdate{Link: &netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: index, Name: name, RawFlags: flags}}}
		u.Header.Type = typ
		u.IfInfomsg.Family = unix.AF_UNSPEC
		return u
	}
	bridged := msg(unix.RTM_DELLINK, 5, "eth1", up) // the port left a bridge, the device stays
	bridged.IfInfomsg.Family = unix.AF_BRIDGE
	var got []port.Event
	w := watch{name: "eth1", index: 5, running: true, emit: func(e port.Event) { got = append(got, e) }}
	for i, step := range []struct {
		u    netlink.LinkUpdate
		want []port.Event
	}{
		{msg(unix.RTM_NEWLINK, 5, "eth1", up), nil},
		{msg(unix.RTM_NEWLINK, 6, "eth2", 0), nil},
		{msg(unix.RTM_DELLINK, 6, "eth2", 0), nil},
		{bridged, nil},
		{msg(unix.RTM_NEWLINK, 5, "eth1", unix.IFF_UP), []port.Event{port.LinkDown}},
		{msg(unix.RTM_NEWLINK, 5, "eth1", 0), nil},
		{msg(unix.RTM_NEWLINK, 5, "eth1", up), []port.Event{port.LinkUp}},
		{msg(unix.RTM_DELLINK, 5, "eth1", up), []port.Event{port.Gone}},
		{msg(unix.RTM_DELLINK, 5, "eth1", up), nil},
		{msg(unix.RTM_NEWLINK, 7, "eth1", 0), []port.Event{port.Back}},
		{msg(unix.RTM_NEWLINK, 7, "eth1", up), []port.Event{port.LinkUp}},
		{msg(unix.RTM_NEWLINK, 7, "lan", up), []port.Event{port.Gone}},
		{msg(unix.RTM_NEWLINK, 7, "eth1", up), []port.Event{port.Back}},
		{msg(unix.RTM_NEWLINK, 9, "eth1", up), []port.Event{port.Gone, port.Back}}, // the message between was lost
	} {
		got = nil
		w.message(step.u)
		if len(got) != len(step.want) {
			t.Fatalf("step %d: %v, want %v", i, got, step.want)
		}
		for j := range got {
			if got[j] != step.want[j] {
				t.Fatalf("step %d: %v, want %v", i, got, step.want)
			}
		}
	}
}

// Packets that the kernel refuses cost the others of the vector nothing, however many they are.
func TestOversizedAmongOthers(t *testing.T) {
	for _, oversized := range []int{maxBusy - 1, maxBusy, 40} {
		r := newRigOf(t, 1, 4096, 4096)
		right := r.open("right")
		cache := r.pool.NewCache()
		p := right.Ports()[0]
		p.Bind(cache)
		before := rxPackets(t, r)
		var bufs [vectorLen]buffer.Index
		cache.Alloc(bufs[:])
		for i, b := range bufs {
			frame := markedFrame("good")
			if i%5 == 0 && i/5 < oversized {
				frame = append(frame, make([]byte, 3000)...) // the MTU is 1500
			}
			r.pool.Put(b, frame)
		}
		if n := p.Tx(bufs[:]); n != len(bufs) {
			t.Fatalf("took %d of %d", n, len(bufs))
		}
		for p.Flush() {
		}
		good := uint64(len(bufs) - oversized)
		eventually(t, "all good packets at the peer", func() bool { return rxPackets(t, r)-before >= good })
		if st := stats(p); len(st) != 1 || st["tx peer busy or down"] != uint64(oversized) {
			t.Errorf("%d oversized: counters %v", oversized, st)
		}
		cache.Close()
		r.close(right)
	}
}
