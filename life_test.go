package gvpp_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

const aPacket = "udp 10.0.0.1:1000 > 10.0.0.2:53"

func TestRunUntilTheContextEnds(t *testing.T) {
	for name, end := range map[string]func() (context.Context, context.CancelFunc){
		"cancel": func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) },
		"deadline": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), 10*time.Millisecond)
		},
		"cause": func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(context.Background())
			return ctx, func() { cancel(errTest) }
		},
	} {
		f := newFake("f")
		r := newRig(t, gvpp.Config{Workers: 2, Interfaces: []gvpp.Interface{f}}, "a", "b")
		r.connect("a", "b")
		r.mems["a"].Inject(0, packetline.MustBuild(aPacket))
		ctx, cancel := end()
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		if name != "deadline" {
			eventually(t, "the packet leaves", func() bool { return len(r.mems["b"].Sent()) == 1 })
			if err := r.Close(); err == nil || !strings.Contains(err.Error(), "during Run") {
				t.Errorf("%s: Close during Run: %v", name, err)
			}
			if err := r.Run(ctx); err == nil {
				t.Errorf("%s: ran twice", name)
			}
			cancel()
		}
		if err := <-done; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		if open, opened := f.state(); open != 0 || opened != 1 {
			t.Errorf("%s: opened %d times, %d open at the end", name, opened, open)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: closed again: %v", name, err)
		}
	}
}

func TestAfterTheEndNothingIsTouched(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, add := r.AddInterface(ctx, newFake("late"))
	for what, err := range map[string]error{"AddInterface": add, "SetState": r.SetState(ctx, 1, false), "Run": r.Run(ctx)} {
		if err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if s := r.Interfaces(); len(s) != 2 || s[0].Gone == "" {
		t.Errorf("%+v", s)
	}
	for _, line := range []string{"show interface", "show hardware", "show runtime", "show errors", "show buffers", "show trace"} {
		if r.cli(line) == "" {
			t.Errorf("%s says nothing", line)
		}
	}
}

func TestAWorkerThatFailsEndsRun(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2, Cores: []int{0, 1023}}, "a")
	if err := r.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "core 1023") {
		t.Error(err)
	}
}

func TestInterfaceDownAndUp(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	r.connect("a", "b")
	if r.reaches("a", aPacket) != "b" {
		t.Error("does not forward")
	}
	r.cli("set interface state a down")
	if got := r.reaches("a", aPacket); got != "" {
		t.Errorf("a is down, its packet leaves by %s", got)
	}
	r.cli("set interface state a up")
	r.cli("set interface state b down")
	if got := r.reaches("a", aPacket); got != "" {
		t.Errorf("b is down, a packet leaves by %s", got)
	}
	if n := r.errors()["interface-output: interface is down or gone"]; n != 1 {
		t.Errorf("counted %v", r.errors())
	}
	r.cli("set interface state b up")
	if r.reaches("a", aPacket) != "b" {
		t.Error("does not forward again")
	}
	if got := r.Interfaces()[0].Packets; got.RxPackets != 4 || got.RxDown != 1 {
		t.Errorf("%+v", got)
	}
	r.refused("set interface state x up", `no interface "x"; there are a, b`)
	r.refused("set interface state a sideways", "sideways")
	if err := r.SetState(context.Background(), 9, true); err == nil {
		t.Error("an interface that is not there")
	}
}

// Operations of all kinds while packets flow.
func TestOperationsWhileRunning(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2}, "a", "b")
	r.connect("a", "b")
	stop := r.run()
	ctx := context.Background()
	var feeder sync.WaitGroup
	var done atomic.Bool
	p := packetline.MustBuild(aPacket)
	var extra [4]*port.Memory
	for i := range extra {
		extra[i] = port.NewMemory("x"+string(rune('0'+i)), 2)
	}
	feeder.Go(func() {
		for !done.Load() {
			for q := range 2 {
				r.mems["a"].Inject(q, p, p, p)
				extra[0].Inject(q, p)
			}
			r.mems["b"].Sent()
		}
	})
	for i, m := range extra {
		swIf, err := r.AddInterface(ctx, m)
		if err != nil || swIf != uint32(3+i) {
			t.Errorf("interface %d: %v", swIf, err)
		}
		r.connect("a", m.Name())
		eventually(t, "packets leave by the new interface", func() bool { return len(m.Sent()) > 0 })
		for _, line := range []string{"trace add ethernet-input 5", "set interface state b down", "show runtime", "clear runtime", "show trace",
			"set interface state b up", "show interface", "clear errors", "show errors", "clear trace", "show barrier", "set interface l2 xconnect " + m.Name() + " b"} {
			r.cli(line)
		}
		r.Graph().Hold(func() {})
	}
	done.Store(true)
	feeder.Wait()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := r.Buffers().InUse(); n != 0 {
		t.Errorf("%d buffers leaked", n)
	}
}

// A panic in a plugin's work is logged; the other work and the workers go on.
func TestPanicInPeriodicWork(t *testing.T) {
	var log lockedBuffer
	var good, bad atomic.Int64
	p := declare(func(r *plugin.Registry) {
		r.Periodic("the bad one", time.Millisecond, func(int64) bool { bad.Add(1); panic("of the test") })
		r.Periodic("the good one", time.Millisecond, func(int64) bool { good.Add(1); return false })
	})
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{p}, Log: slog.New(slog.NewTextHandler(&log, nil))}, "a", "b")
	r.connect("a", "b")
	r.run()
	eventually(t, "work is done again and again", func() bool { return good.Load() > 1 && bad.Load() > 1 })
	r.mems["a"].Inject(0, packetline.MustBuild(aPacket))
	eventually(t, "workers go on", func() bool { return len(r.mems["b"].Sent()) == 1 })
	if s := log.String(); !strings.Contains(s, "the bad one") || !strings.Contains(s, "of the test") {
		t.Errorf("logged %q", s)
	}
}

// Work is due by the dataplane's clock; what is late by more than a period is not made up for; what has more to do, as at 30,
// goes on before it is due.
func TestPeriodicWorkByTheClock(t *testing.T) {
	now := int64(0)
	var at []int64
	p := declare(func(r *plugin.Registry) {
		r.Periodic("w", 10, func(now int64) bool { at = append(at, now); return now == 30 })
	})
	r := newRig(t, gvpp.Config{Clock: func() int64 { return now }, Plugins: []plugin.Plugin{p}})
	if !r.Deterministic() || r.Clock() != 0 {
		t.Error("has a clock of its own")
	}
	for _, now = range []int64{0, 5, 9, 10, 12, 21, 29, 30, 33, 75, 80, 84, 85} {
		r.Housekeep()
	}
	want := []int64{0, 10, 21, 30, 33, 75, 85}
	if len(at) != len(want) {
		t.Fatalf("done at %v, want %v", at, want)
	}
	for i := range want {
		if at[i] != want[i] {
			t.Fatalf("done at %v, want %v", at, want)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestInterfaceGoneAndBack(t *testing.T) {
	var log lockedBuffer
	f := newFake("f")
	r := newRig(t, gvpp.Config{Interfaces: []gvpp.Interface{f}, Log: slog.New(slog.NewTextHandler(&log, nil))}, "a")
	r.connect("f", "a")
	stop := r.run()
	p := packetline.MustBuild(aPacket)
	pass := func(when string) {
		t.Helper()
		f.Inject(0, p)
		eventually(t, when, func() bool { return len(r.mems["a"].Sent()) == 1 })
	}
	pass("forwards at first")
	f.emit <- port.LinkDown
	f.emit <- port.LinkUp
	f.emit <- port.Event(77) // from a driver that knows more
	for round := range uint64(2) {
		f.emit <- port.Gone
		f.emit <- port.Gone // once more: nothing to do
		if open, _ := f.state(); open != 0 {
			t.Error("gone and still open")
		}
		if got := r.cli("show interface f"); !strings.Contains(got, " gone ") {
			t.Errorf("shown as\n%s", got)
		}
		if got := r.cli("show hardware f"); !strings.Contains(got, "taken up again when it returns") {
			t.Errorf("shown as\n%s", got)
		}
		r.mems["a"].Inject(0, p) // to an interface that is not there
		eventually(t, "its drop is counted", func() bool { return r.errors()["interface-output: interface is down or gone"] == round+1 })
		f.failWith(errTest)
		f.emit <- port.Back
		eventually(t, "the failure is told", func() bool { return strings.Contains(log.String(), errTest.Error()) })
		f.failWith(nil)
		eventually(t, "opened again", func() bool { return r.Interfaces()[0].Gone == "" })
		pass("forwards again")
	}
	f.emit <- port.Back // it is there already
	if open, opened := f.state(); open != 1 || opened != 3 {
		t.Errorf("opened %d times, %d open", opened, open)
	}
	f.emit <- port.Gone
	f.failWith(errTest)
	f.emit <- port.Back // and never comes: must not hold up the end
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// An interface that cannot be watched any more stays in use; one that is added while running is watched.
func TestWatchingEnds(t *testing.T) {
	var log lockedBuffer
	r := newRig(t, gvpp.Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, "a")
	r.run()
	f := newFake("f")
	f.watched = errors.New("netlink is tired")
	if _, err := r.AddInterface(context.Background(), f); err != nil {
		t.Fatal(err)
	}
	f.emit <- port.LinkDown
	close(f.emit)
	eventually(t, "the cause is logged", func() bool { return strings.Contains(log.String(), "netlink is tired") })
	if open, _ := f.state(); open != 1 {
		t.Error("closed")
	}
}
