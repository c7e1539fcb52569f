package classify_test

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// TestSwap swaps whole sets of rules while two workers run: of the rules in and out that a packet meets, both must be of
// one set. Set k says: in at a to port 53, redirect to interface k; out of it, pass source port k only.
func TestSwap(t *testing.T) {
	trk := flowtrack.New()
	cls := classify.New(trk)
	var mixed, whole atomic.Uint64
	c := gvpp.Config{Workers: 2, Plugins: []plugin.Plugin{trk, cls}, Dropped: func(_ *graph.Worker, b buffer.Index) { mixed.Add(1) }}
	var ports []*port.Memory
	for _, name := range []string{"a", "b", "c"} {
		m := port.NewMemory(name, 2)
		m.OnTx = func(p *buffer.Pool, b buffer.Index) {
			if name == "a" || !classify.IsRedirect(p.Meta(b).Verdict) {
				mixed.Add(1)
			}
			whole.Add(1)
		}
		ports = append(ports, m)
		c.Interfaces = append(c.Interfaces, m)
	}
	dp, err := gvpp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	set := func(k uint32) []classify.Rule { // k is b or c; the other one's out rule drops all
		in, out, other := classify.Any(), classify.Any(), classify.Any()
		in.Interface, in.Action, in.Target = 1, classify.Redirect, k
		out.Interface, out.Direction = k, classify.Out
		other.Interface, other.Direction, other.Action = 5-k, classify.Out, classify.Drop
		return []classify.Rule{in, out, other}
	}
	ids, err := cls.Replace(t.Context(), nil, set(2))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	frame := packetline.MustBuild("udp 10.0.0.1:5 > 10.0.0.2:53")
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			ports[0].Inject(i&1, frame, frame, frame)
		}
	})
	rounds := uint32(600)
	if raceEnabled || testing.Short() {
		rounds = 40
	}
	for i := range rounds {
		if ids, err = cls.Replace(ctx, ids, set(2+i&1)); err != nil {
			t.Fatal(err)
		}
		if i%7 == 0 { // a setting in between, which switches features
			if err := dp.CLI().Run(ctx, "classify disable b", false, io.Discard); err != nil {
				t.Fatal(err)
			}
			if err := dp.CLI().Run(ctx, "classify enable b", false, io.Discard); err != nil {
				t.Fatal(err)
			}
		}
	}
	for end := time.Now().Add(10 * time.Second); whole.Load() == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	stop()
	wg.Wait()
	if mixed.Load() != 0 || whole.Load() == 0 {
		t.Errorf("%d packets saw half of a change, %d did not", mixed.Load(), whole.Load())
	}
}
