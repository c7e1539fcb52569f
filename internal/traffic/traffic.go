// Package traffic keeps packets going through a dataplane while a test does something to it, and finds out whether one was lost.
//
// Terms: the wire is two memory interfaces, a and b, that are cross-connected; packets go in at a, on all queues in turn, and
// come out at b.
//
// Invariant: packets are sent slowly enough for no queue to be full, whatever else a small machine does: one that does not come
// out was lost in the dataplane.
//
// The package drives no plugin and serves no socket; tests do, with Dataplane.
package traffic

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// A burst goes every interval: 8,000 packets a second.
const (
	burst    = 8
	interval = time.Millisecond
)

// patience bounds the wait for the last packets.
const patience = 10 * time.Second

// Wire is a dataplane with packets on it.
type Wire struct {
	Dataplane *gvpp.Dataplane

	t              testing.TB
	in, out, drops atomic.Uint64
	stop           func()
}

// Start makes a dataplane, runs it, and sends packets "udp 250.0.0.1:5 > 250.0.0.2:53" until Whole is called or the test ends.
func Start(t testing.TB, workers int, plugins ...plugin.Plugin) *Wire {
	t.Helper()
	w := &Wire{t: t}
	a, b := port.NewMemory("a", workers), port.NewMemory("b", workers)
	b.OnTx = func(*buffer.Pool, buffer.Index) { w.out.Add(1) }
	dp, err := gvpp.New(gvpp.Config{
		Workers: workers, Plugins: plugins, Interfaces: []gvpp.Interface{a, b},
		Dropped: func(*graph.Worker, buffer.Index) { w.drops.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Dataplane = dp
	if err := dp.CrossConnect(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	more, enough := context.WithCancel(context.Background())
	var running, sending sync.WaitGroup
	running.Go(func() {
		if err := dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	sending.Go(func() { w.send(more, a, workers) })
	w.stop = sync.OnceFunc(func() {
		enough()
		sending.Wait()
		for late := time.Now().Add(patience); w.out.Load()+w.drops.Load() < w.in.Load() && time.Now().Before(late); {
			time.Sleep(interval)
		}
		end()
		running.Wait()
	})
	t.Cleanup(w.stop)
	return w
}

func (w *Wire) send(ctx context.Context, a *port.Memory, queues int) {
	frame := packetline.MustBuild("udp 250.0.0.1:5 > 250.0.0.2:53")
	frames := make([][]byte, burst)
	for i := range frames {
		frames[i] = frame
	}
	pace := time.NewTicker(interval)
	defer pace.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		w.in.Add(uint64(a.Inject(i%queues, frames...)))
		<-pace.C
	}
}

// Whole ends the packets and the dataplane. It fails the test if a packet has not come out.
func (w *Wire) Whole() {
	w.t.Helper()
	w.stop()
	if in, out, drops := w.in.Load(), w.out.Load(), w.drops.Load(); out != in || drops != 0 || in == 0 {
		w.t.Errorf("%d packets in, %d out, %d dropped", in, out, drops)
	} else {
		w.t.Logf("%d packets meanwhile, none lost", in)
	}
}
