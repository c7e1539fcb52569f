package gvpp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// rig is a dataplane over memory interfaces, driven by hand.
type rig struct {
	*gvpp.Dataplane
	t    testing.TB
	mems map[string]*port.Memory
}

func newRig(t testing.TB, c gvpp.Config, names ...string) *rig {
	t.Helper()
	r := &rig{t: t, mems: map[string]*port.Memory{}}
	for _, name := range names {
		r.mems[name] = port.NewMemory(name, max(1, c.Workers))
		c.Interfaces = append(c.Interfaces, r.mems[name])
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	var err error
	if r.Dataplane, err = gvpp.New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if n := r.Buffers().InUse(); n != 0 {
			t.Errorf("%d buffers leaked", n)
		}
	})
	return r
}

// cli runs a command and returns what it prints.
func (r *rig) cli(line string) string {
	r.t.Helper()
	var out bytes.Buffer
	if err := r.CLI().Run(context.Background(), line, false, &out); err != nil {
		r.t.Errorf("%q: %v", line, err)
	}
	return out.String()
}

// refused runs a command that must fail, and say why.
func (r *rig) refused(line, want string) {
	r.t.Helper()
	if err := r.CLI().Run(context.Background(), line, false, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
		r.t.Errorf("%q: %v, want %q", line, err, want)
	}
}

func (r *rig) connect(a, b string) {
	r.t.Helper()
	if err := r.CrossConnect(context.Background(), a, b); err != nil {
		r.t.Error(err)
	}
}

// send injects packets at an interface and returns what leaves, each as "interface: line", interfaces in order.
func (r *rig) send(from string, lines ...string) (out []string) {
	r.t.Helper()
	for _, l := range lines {
		r.mems[from].Inject(0, packetline.MustBuild(l))
	}
	for r.Step() {
	}
	for _, name := range r.InterfaceNames() {
		if r.mems[name] == nil {
			continue
		}
		for _, p := range r.mems[name].Sent() {
			out = append(out, name+": "+packetline.String(p))
		}
	}
	return out
}

// reaches sends a packet and names the interface that it leaves by, "" for none.
func (r *rig) reaches(from, line string) string {
	r.t.Helper()
	out := r.send(from, line)
	if len(out) == 0 {
		return ""
	}
	name, got, _ := strings.Cut(out[0], ": ")
	if len(out) != 1 || got != line {
		r.t.Errorf("%q became %q", line, out)
	}
	return name
}

// errors is what show errors counts: "node: reason" and how often.
func (r *rig) errors() map[string]uint64 {
	out := map[string]uint64{}
	for _, e := range r.Errors() {
		out[e.Node+": "+e.Reason] = e.Count
	}
	return out
}

// run runs the dataplane until the test ends it.
func (r *rig) run() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	r.t.Cleanup(func() {
		if err := stop(); err != nil {
			r.t.Error(err)
		}
	})
	return stop
}

// eventually waits for what other goroutines do, much longer than they need.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never happened", what)
		}
	}
}

// declare makes a plugin of a function.
type declare func(r *plugin.Registry)

func (d declare) Register(r *plugin.Registry) { d(r) }

// fake is an interface of which a test decides what becomes of it.
type fake struct {
	*port.Memory
	mu           sync.Mutex
	open, opened int   // guarded by mu: open now, opens so far
	fail         error // guarded by mu: what Open returns
	emit         chan port.Event
	watched      error // what Watch returns when emit is closed
}

func newFake(name string) *fake {
	return &fake{Memory: port.NewMemory(name, 1), emit: make(chan port.Event)}
}

func (f *fake) Open(h *port.Host) (port.Device, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return nil, f.fail
	}
	d, err := f.Memory.Open(h)
	if err == nil {
		f.open++
		f.opened++
	}
	return fakeDevice{d, f}, err
}

func (f *fake) state() (open, opened int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open, f.opened
}

func (f *fake) failWith(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = err
}

// Watch implements port.Watcher: what the test sends.
func (f *fake) Watch(ctx context.Context, emit func(port.Event)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-f.emit:
			if !ok {
				return f.watched
			}
			emit(e)
		}
	}
}

type fakeDevice struct {
	port.Device
	f *fake
}

func (d fakeDevice) Close() error {
	d.f.mu.Lock()
	defer d.f.mu.Unlock()
	d.f.open--
	return d.Device.Close()
}

var errTest = errors.New("as the test wants it")
