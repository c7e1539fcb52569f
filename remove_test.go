package gvpp_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

func TestRemoveInterface(t *testing.T) {
	var forgotten []uint32
	p := declare(func(r *plugin.Registry) {
		r.Removed(func(swIf uint32) error { forgotten = append(forgotten, swIf); return nil })
	})
	f := newFake("f")
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{p}, Interfaces: []gvpp.Interface{f}}, "a", "b")
	ctx := context.Background()
	r.connect("a", "f")
	if err := r.RemoveInterface(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if open, _ := f.state(); open != 0 || len(forgotten) != 1 || forgotten[0] != 1 {
		t.Errorf("%d open, plugins forgot %v", open, forgotten)
	}
	if got := r.cli("show l2 xconnect"); got != "" || r.CrossConnected() {
		t.Errorf("cross-connects left: %q", got)
	}
	r.refused("show interface f", `no interface "f"; there are a, b`)
	if got := r.cli("show interface"); strings.Contains(got, "\nf ") || !strings.Contains(got, "\nb ") {
		t.Errorf("shown as\n%s", got)
	}
	if n := r.InterfaceName(1); n != "sw_if_index 1" {
		t.Error(n)
	}
	for what, err := range map[string]error{
		"remove": r.RemoveInterface(ctx, 1), "state": r.SetState(ctx, 1, true), "never there": r.RemoveInterface(ctx, 9), "zero": r.RemoveInterface(ctx, 0),
	} {
		if !errors.Is(err, gvpp.ErrNoInterface) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got := r.reaches("a", aPacket); got != "" {
		t.Errorf("leaves by %q", got)
	}
	swIf, err := r.AddInterface(ctx, newFake("f"))
	if err != nil || swIf != 4 {
		t.Errorf("again as %d, %v", swIf, err)
	}
	r.connect("a", "b")
	if r.reaches("a", aPacket) != "b" {
		t.Error("the others do not forward")
	}
}

func TestRemoveIsRefusedOrGoesToItsEnd(t *testing.T) {
	p := declare(func(r *plugin.Registry) { r.Removed(func(uint32) error { return errTest }) })
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{p}}, "a", "b")
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.RemoveInterface(ended, 1); !errors.Is(err, context.Canceled) || len(r.InterfaceNames()) != 2 {
		t.Errorf("%v, %v", err, r.InterfaceNames())
	}
	if err := r.RemoveInterface(context.Background(), 1); !errors.Is(err, errTest) || len(r.Interfaces()) != 1 {
		t.Errorf("%v, %v", err, r.InterfaceNames())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.RemoveInterface(context.Background(), 2); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
}

// What rules and zones say of an interface ends with it; what others redirect to it is dropped, not passed.
func TestPluginsForgetAnInterface(t *testing.T) {
	ft := flowtrack.New()
	cl := classify.New(ft)
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{ft, cl}}, "a", "b", "c")
	r.connect("a", "b")
	for _, line := range []string{"classify add rule c drop", "classify default c drop", "flowtrack zone c zone 7", "classify add rule a keep-state redirect c"} {
		r.cli(line)
	}
	if got := r.reaches("a", aPacket); got != "c" {
		t.Fatalf("leaves by %q", got)
	}
	r.cli("delete interface c")
	if got := r.cli("show classify"); strings.Contains(got, "sw_if_index 3") || !strings.Contains(got, "redirect c") {
		t.Errorf("rules left:\n%s", got)
	}
	if z := ft.Zones(); len(z) != 0 {
		t.Errorf("zones left: %v", z)
	}
	if got := r.reaches("a", aPacket); got != "" {
		t.Errorf("the redirected packet leaves by %q", got)
	}
	if n := r.errors()["interface-output: interface is down or gone"]; n != 1 {
		t.Errorf("counted %v", r.errors())
	}
}

// Sessions are saved with the right names of their interfaces when an earlier one has been removed.
func TestSavedBesideARemovedInterface(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	first := flowtrack.New()
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{first, classify.New(first)}}, "gone", "a", "b")
	r.connect("a", "b")
	r.cli("classify add rule a keep-state pass")
	if got := r.reaches("a", aPacket); got != "b" {
		t.Fatalf("leaves by %q", got)
	}
	r.cli("delete interface gone")
	if _, err := first.Save(file); err != nil {
		t.Fatal(err)
	}
	again := flowtrack.New()
	again.SaveFile = file
	newRig(t, gvpp.Config{Plugins: []plugin.Plugin{again, classify.New(again)}}, "b", "a")
	var from []string
	again.Each(func(s flowtrack.Session) bool { from = append(from, s.Interface); return true })
	if len(from) != 1 || from[0] != "a" {
		t.Errorf("sessions of %q; %+v", from, again.SaveState())
	}
}

// Interfaces come and go while packets flow through others, and through them.
func TestRemovingDisturbsNobody(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2, Interfaces: []gvpp.Interface{newFake("f")}}, "a", "b")
	r.connect("a", "b")
	stop := r.run()
	ctx := context.Background()
	var done atomic.Bool
	var sent, arrived int
	var feeder sync.WaitGroup
	p := packetline.MustBuild(aPacket)
	feeder.Go(func() {
		for !done.Load() || arrived < sent {
			if sent-arrived < 1000 && !done.Load() {
				for q := range 2 {
					sent += r.mems["a"].Inject(q, p, p)
				}
			}
			arrived += len(r.mems["b"].Sent())
		}
	})
	for range 20 {
		x, y := port.NewMemory("x", 2), newFake("y")
		swIf, err := r.AddInterface(ctx, x)
		if err != nil {
			t.Fatal(err)
		}
		other, err := r.AddInterface(ctx, y)
		if err != nil {
			t.Fatal(err)
		}
		loop, err := r.CreateLoopback(ctx, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.SetState(ctx, loop, true); err != nil {
			t.Error(err)
		}
		r.connect("x", "y")
		r.connect("loop0", "x")
		for q := range 2 {
			x.Inject(q, p, p, p, p)
		}
		eventually(t, "it passes", func() bool { return len(y.Sent()) > 0 })
		for q := range 2 {
			x.Inject(q, p, p, p, p)
		}
		for _, i := range []uint32{swIf, other, loop} {
			if err := r.RemoveInterface(ctx, i); err != nil {
				t.Error(err)
			}
		}
		if open, _ := y.state(); open != 0 {
			t.Error("y is open")
		}
	}
	done.Store(true)
	feeder.Wait()
	if sent == 0 || arrived != sent {
		t.Errorf("%d of %d packets arrived", arrived, sent)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// What an interface has received goes its way before it is closed.
func TestRemovingDrains(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	stop := r.run()
	r.connect("a", "b")
	p := packetline.MustBuild(aPacket)
	r.mems["a"].Inject(0, p)
	eventually(t, "it runs", func() bool { return len(r.mems["b"].Sent()) == 1 })
	for range 1000 {
		r.mems["a"].Inject(0, p)
	}
	if err := r.RemoveInterface(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	if n := len(r.mems["b"].Sent()); n != 1000 {
		t.Errorf("%d of 1000 packets went on", n)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A watcher of an interface that is removed neither brings it back nor stays.
func TestRemovedIsNotReopened(t *testing.T) {
	f := newFake("f")
	r := newRig(t, gvpp.Config{Interfaces: []gvpp.Interface{f}}, "a")
	stop := r.run()
	f.emit <- port.Gone
	f.failWith(errTest)
	f.emit <- port.Back // reopens again and again
	if err := r.RemoveInterface(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	f.failWith(nil)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, opened := f.state(); opened != 1 {
		t.Errorf("opened %d times", opened)
	}
}

func TestBarrierFigures(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	before := r.Barrier().Published
	r.connect("a", "b")
	for range 9 {
		r.cli("set interface state a up")
	}
	got := r.Barrier().Published
	if got.Count != before.Count+10 || got.Max <= 0 || got.Mean <= 0 || got.P99 > got.Max || got.Last > got.Max || got.Unconfirmed != 0 {
		t.Errorf("%+v, before %+v", got, before)
	}
	r.Graph().Epochs.Quiesce(0) // a worker in a pass
	ended, cancel := context.WithCancelCause(context.Background())
	cancel(errTest)
	if err := r.Published(ended); !errors.Is(err, errTest) || r.Barrier().Published.Unconfirmed != 1 {
		t.Errorf("%v, %+v", err, r.Barrier())
	}
	r.Graph().Epochs.Idle(0)
	for _, want := range []string{"workers held 0 times", "changes effective on all workers: ", "p99", "callers that did not wait for it: 1"} {
		if s := r.cli("show barrier"); !strings.Contains(s, want) {
			t.Errorf("show barrier: %s", s)
		}
	}
	var out strings.Builder
	if err := r.CLI().Run(context.Background(), "show barrier", true, &out); err != nil || !strings.Contains(out.String(), `"p99_us"`) {
		t.Errorf("%s, %v", out.String(), err)
	}
	if err := r.CLI().Run(context.Background(), "show barrier x", false, io.Discard); err == nil {
		t.Error("took an argument")
	}
}
