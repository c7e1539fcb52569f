package flowtrack_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// TestLimitsTwoWorkers: sessions begin and end on two workers while the limits change and somebody clears. In the end nothing
// counts any more.
func TestLimitsTwoWorkers(t *testing.T) {
	trk := flowtrack.New()
	trk.Sessions = 1000
	c := gvpp.Config{Workers: 2, Plugins: []plugin.Plugin{trk, classify.New(trk)}}
	var ports []*port.Memory
	done := make(chan struct{}, 1<<16)
	for _, name := range []string{"a", "b"} {
		m := port.NewMemory(name, 2)
		m.OnTx = func(*buffer.Pool, buffer.Index) { done <- struct{}{} }
		ports, c.Interfaces = append(ports, m), append(c.Interfaces, m)
	}
	dp, err := gvpp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	run := func(l string) {
		if err := dp.CLI().Run(ctx, l, false, &bytes.Buffer{}); err != nil {
			t.Error(err)
		}
	}
	run("set interface l2 xconnect a b")
	run("classify default a pass")
	run("classify default b pass")
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	const flows, rounds = 40, 60
	for round := range rounds {
		run(line("flowtrack limit sessions per-source 900 prefix-length %d 64", 8*(1+round%3)))
		if round%8 < 4 {
			run("flowtrack limit sessions per-zone 0 900")
		} else {
			run("flowtrack limit del sessions per-zone 0")
		}
		for i := range flows {
			ports[0].Inject(i%2, packetline.MustBuild(line("udp 10.0.0.%d:%d > 10.0.0.200:53", i%3, i)))
			ports[1].Inject(1, packetline.MustBuild(line("udp 10.0.0.200:53 > 10.0.0.%d:%d", i%3, i)))
			ports[0].Inject(0, packetline.MustBuild(line("tcp 10.0.0.%d:%d > 10.0.0.200:53 [S]", i%3, i)))
			ports[1].Inject(i%2, packetline.MustBuild(line("tcp 10.0.0.%d:%d > 10.0.0.200:53 [R]", i%3, i)))
		}
		for n := 0; n < 4*flows; n++ {
			if n == flows {
				trk.Clear()
			}
			<-done
		}
	}
	trk.Clear()
	if r := trk.Limits(); r.Sources != 0 || len(r.Zones) != 0 && r.Zones[0].InUse != 0 || r.ByZone+r.BySource != 0 {
		t.Errorf("%+v", r)
	}
	run("flowtrack limit sessions per-zone 0 900")
	if r := trk.Limits(); r.Zones[0].InUse != 0 {
		t.Errorf("%+v", r)
	}
	stop()
	wg.Wait()
}
