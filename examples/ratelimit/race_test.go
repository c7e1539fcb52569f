package ratelimit_test

import (
	"context"
	"io"
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/examples/ratelimit"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// Two workers have packets of the same sources while limits change and are looked at: each packet comes to one end and is counted
// once. The detector of data races sees the rest.
func TestTwoWorkers(t *testing.T) {
	const each = 2000
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var passed, dropped atomic.Int64
	ended := func(n *atomic.Int64) {
		if n.Add(1); passed.Load()+dropped.Load() == 2*each {
			stop()
		}
	}
	a, b := port.NewMemory("a", 2), port.NewMemory("b", 2)
	b.OnTx = func(*buffer.Pool, buffer.Index) { ended(&passed) }
	p := ratelimit.New()
	p.Sources = 64
	dp, err := gvpp.New(gvpp.Config{
		Clock:   func() int64 { return 1 }, // no bucket fills, so that some packets are dropped on a slow machine, too
		Workers: 2, Interfaces: []gvpp.Interface{a, b}, Plugins: []plugin.Plugin{p}, Buffers: 4096,
		Dropped: func(*graph.Worker, buffer.Index) { ended(&dropped) },
	})
	if err != nil {
		t.Fatal(err)
	}
	exec := func(line string) {
		if err := dp.CLI().Run(t.Context(), line, false, io.Discard); err != nil && t.Context().Err() == nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	exec("set interface l2 xconnect a b")
	exec("ratelimit set a packets 100000 burst 50")
	run := make(chan error, 1)
	go func() { run <- dp.Run(ctx) }()
	for i := range each / 20 {
		for queue := range 2 {
			if a.Inject(queue, frames(from("10.0.0.1", 10), from("2001:db8::1", 10))...) != 20 {
				t.Fatal("no room")
			}
		}
		exec([...]string{"ratelimit set a packets 1000 burst 5", "show ratelimit", "ratelimit set a packets 3 bytes 1000", "show trace"}[i%4])
	}
	if err := <-run; err != nil {
		t.Error(err)
	}
	for l := range p.All() {
		if l.Passed.Packets != uint64(passed.Load()) || l.Dropped.Packets != uint64(dropped.Load()) {
			t.Errorf("%d passed and %d were dropped, counted are %+v", passed.Load(), dropped.Load(), l)
		}
	}
	if sources, _ := p.Stats(); sources < 2 || sources > 4 || dropped.Load() == 0 || passed.Load() == 0 {
		t.Errorf("%d sources, %d passed, %d dropped", sources, passed.Load(), dropped.Load())
	}
}

func frames(lists ...[]gvpptest.Packet) (out [][]byte) {
	for _, l := range lists {
		for _, p := range l {
			out = append(out, p)
		}
	}
	return out
}
