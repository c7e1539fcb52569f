package afxdp

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/netlab"
)

// ping proves that packets flow.
func (r *rig) ping() {
	r.t.Helper()
	res, err := r.a.Ping("10.0.0.2", 3, netlab.PingOptions{})
	ok(r.t, err)
	if res.Lost() > 0 {
		r.t.Fatalf("%d of %d pings lost", res.Lost(), res.Sent)
	}
}

func openFDs() int {
	fds, _ := os.ReadDir("/proc/self/fd")
	return len(fds)
}

func mappings() int {
	text, _ := os.ReadFile("/proc/self/maps")
	return bytes.Count(text, []byte{'\n'})
}

func TestReopenLeaksNothing(t *testing.T) {
	r := newRig(t, 2)
	turn := func() {
		left, right := r.open("left"), r.open("right")
		l := r.forward(left, right)
		r.ping()
		l.stop()
		r.close(left, right)
	}
	turn()
	fds, maps := openFDs(), mappings()
	for range 10 {
		turn()
	}
	if got := openFDs(); got != fds {
		t.Errorf("%d descriptors, before %d", got, fds)
	}
	if got := mappings(); got > maps+40 { // the runtime's own grow; a leak would be 16 a turn
		t.Errorf("%d mappings, before %d", got, maps)
	}
	if left := socketMappings(); len(left) != 0 {
		t.Errorf("ring mappings are left: %v", left)
	}
	if r.held != 11 {
		t.Errorf("the memory was registered %d times, want once per opening of all", r.held)
	}
}

// The contents of the arena and its address survive each registration.
func TestArenaKeepsContents(t *testing.T) {
	r := newRig(t, 1)
	cache := r.pool.NewCache()
	var b [1]buffer.Index
	if cache.Alloc(b[:]) != 1 || !r.pool.Put(b[0], []byte("kept through registration")) {
		t.Fatal("no buffer")
	}
	before := &r.pool.Arena()[0]
	for range 2 {
		ok(t, r.open("left").Close())
		if got := string(r.pool.Bytes(b[0])); got != "kept through registration" || &r.pool.Arena()[0] != before {
			t.Fatalf("the buffer holds %q", got)
		}
	}
	cache.Free(b[:])
	cache.Close()
}

// watcher collects the events of an interface.
type watcher struct {
	events chan port.Event
	stop   func()
}

func (r *rig) watch(name string) *watcher {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{events: make(chan port.Event, 100)}
	done := make(chan error, 1)
	go func() {
		done <- r.dp.Do(func() error {
			return Interface(name).(port.Watcher).Watch(ctx, func(e port.Event) { w.events <- e })
		})
	}()
	w.stop = func() { cancel(); ok(r.t, <-done) }
	time.Sleep(20 * time.Millisecond) // let it subscribe
	return w
}

// want waits for the events in order; others between them are an error.
func (w *watcher) want(t *testing.T, events ...port.Event) {
	t.Helper()
	for _, want := range events {
		select {
		case got := <-w.events:
			if got != want {
				t.Fatalf("event %q, want %q", got, want)
			}
		case <-time.After(3 * time.Second):
			t.Fatalf("no event %q within 3 s", want)
		}
	}
}

func TestLinkFlap(t *testing.T) {
	r := newRig(t, 1)
	w := r.watch("right")
	defer w.stop()
	left, right := r.open("left"), r.open("right")
	l := r.forward(left, right)
	r.ping()
	for _, flap := range []struct {
		host *netlab.Host
		dev  string
	}{{r.dp, "right"}, {r.b, "eth0"}} {
		ok(t, flap.host.Down(flap.dev))
		w.want(t, port.LinkDown)
		if right.Info().LinkUp {
			t.Error("the link is shown up")
		}
		if _, err := r.a.Ping("10.0.0.2", 3, netlab.PingOptions{Timeout: 20 * time.Millisecond}); err == nil {
			t.Fatal("ping over a link that is down")
		}
		ok(t, flap.host.Up(flap.dev))
		w.want(t, port.LinkUp)
		eventually(t, "ping after the link came up", func() bool {
			_, err := r.a.Ping("10.0.0.2", 1, netlab.PingOptions{Timeout: 50 * time.Millisecond})
			return err == nil
		})
		r.ping()
	}
	l.stop()
	r.close(left, right)
}

// Packets that were queued while the link was down do not leave, stale, once it is up.
func TestStalePacketsAreDropped(t *testing.T) {
	r := newRig(t, 1)
	right := r.open("right", RingSize(64))
	cache := r.pool.NewCache()
	p := right.Ports()[0]
	p.Bind(cache)
	capture, err := r.capture(r.b, "eth0")
	ok(t, err)
	defer capture.Close()

	r.sendMarked(p, cache, "before", 1)
	if got := capture.marked(t); got != "before" {
		t.Fatalf("first arrived %q", got)
	}
	ok(t, r.dp.Down("right"))
	sent := 0
	for range 200 { // more than the ring has entries
		sent += r.sendMarked(p, cache, "stale", 1)
	}
	if sent != 64 {
		t.Errorf("the ring of 64 took %d packets with the link down", sent)
	}
	if st := stats(p); st["tx link down"] == 0 || st["tx packets cancelled"] != 64 {
		t.Errorf("counters %v", st)
	}
	ok(t, r.dp.Up("right"))
	eventually(t, "a packet is taken again", func() bool { return r.sendMarked(p, cache, "fresh", 1) == 1 })
	if got := capture.marked(t); got != "fresh" {
		t.Errorf("after the link came up arrived %q", got)
	}
	if st := stats(p); st["tx invalid entry"] != 0 {
		t.Errorf("counters %v", st)
	}
	cache.Close()
	r.close(right)
}

// A peer that is down makes the kernel drop packet by packet; the port gives up on the rest and comes back.
func TestPeerDown(t *testing.T) {
	r := newRig(t, 1)
	right := r.open("right")
	cache := r.pool.NewCache()
	p := right.Ports()[0]
	p.Bind(cache)
	ok(t, r.b.Down("eth0"))
	if n := r.sendMarked(p, cache, "lost", 100); n != 100 {
		t.Fatalf("%d of 100 taken", n)
	}
	if st := stats(p); st["tx peer busy or down"] != maxBusy || st["tx packets cancelled"] != 100-maxBusy {
		t.Errorf("counters %v", st)
	}
	ok(t, r.b.Up("eth0"))
	capture, err := r.capture(r.b, "eth0")
	ok(t, err)
	defer capture.Close()
	r.sendMarked(p, cache, "fresh", 1)
	if got := capture.marked(t); got != "fresh" {
		t.Errorf("arrived %q", got)
	}
	cache.Close()
	r.close(right)
}

func TestRemovedAndReturned(t *testing.T) {
	r := newRig(t, 1)
	w := r.watch("right")
	defer w.stop()
	left, right := r.open("left"), r.open("right") // left is the anchor
	l := r.forward(left, right)
	r.ping()

	ok(t, r.b.Delete("eth0"))
	w.want(t, port.LinkDown, port.Gone)
	if right.Info().LinkUp {
		t.Error("the link is shown up")
	}
	_, _ = r.a.Ping("10.0.0.2", 2, netlab.PingOptions{Timeout: 20 * time.Millisecond}) // the loop survives
	l.stop()
	ok(t, right.Close())

	r.cable("right", r.b, "10.0.0.2/24", "fd00::2/64", 1)
	w.want(t, port.Back)
	right = r.open("right")
	l = r.forward(left, right) // left is bound again: its new owner has another cache
	eventually(t, "ping over the new interface", func() bool {
		_, err := r.a.Ping("10.0.0.2", 1, netlab.PingOptions{Timeout: 50 * time.Millisecond})
		return err == nil
	})
	r.ping()
	if r.held != 1 {
		t.Errorf("the memory was registered %d times although a socket was left", r.held)
	}
	l.stop()
	r.close(left, right)
}

// The anchor's interface goes, others go on and new ones join; all go, and the next is the anchor anew while the dead
// devices are still open.
func TestAnchorGoes(t *testing.T) {
	r := newRig(t, 1)
	left, right := r.open("left"), r.open("right")
	ok(t, r.a.Delete("eth0"))
	r.cable("third", r.a, "10.0.0.1/24", "fd00::1/64", 1)
	third := r.open("third")
	if r.held != 1 {
		t.Errorf("registered %d times although right was left", r.held)
	}
	l := r.forward(third, right)
	r.ping()
	l.stop()
	ok(t, r.a.Delete("eth0"))
	ok(t, r.b.Delete("eth0"))
	r.cable("fourth", r.a, "10.0.0.1/24", "fd00::1/64", 1)
	r.cable("fifth", r.b, "10.0.0.2/24", "fd00::2/64", 1)
	fourth, fifth := r.open("fourth"), r.open("fifth")
	if r.held != 2 {
		t.Errorf("registered %d times, want anew when no socket was left", r.held)
	}
	l = r.forward(fourth, fifth)
	r.ping()
	l.stop()
	r.close(left, right, third, fourth, fifth)
}

// A port whose interface is gone takes nothing more and gives all back.
func TestPortOfGoneInterface(t *testing.T) {
	r := newRig(t, 1)
	right := r.open("right")
	cache := r.pool.NewCache()
	p := right.Ports()[0]
	p.Bind(cache)
	ok(t, r.b.Delete("eth0"))
	r.sendMarked(p, cache, "lost", 10)
	if n := r.sendMarked(p, cache, "lost", 10); n != 0 {
		t.Errorf("%d packets taken by an interface that is gone", n)
	}
	if st := stats(p); st["tx interface gone"] != 1 || st["tx packets cancelled"] != 10 {
		t.Errorf("counters %v", st)
	}
	cache.Close()
	r.close(right)
}
