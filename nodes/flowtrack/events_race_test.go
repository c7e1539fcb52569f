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

// TestEventsAddUp: two workers, each with a direction of every session, a watcher, and somebody who clears: sessions that have
// begun and not ended are those that are there, and each has begun before it changes.
func TestEventsAddUp(t *testing.T) {
	trk := flowtrack.New()
	trk.Sessions = 64 // so that some are evicted, too
	c := gvpp.Config{Workers: 2, Plugins: []plugin.Plugin{trk, classify.New(trk)}}
	var ports []*port.Memory
	left := make(chan struct{}, 1<<16)
	for _, name := range []string{"a", "b"} {
		m := port.NewMemory(name, 2)
		m.OnTx = func(*buffer.Pool, buffer.Index) { left <- struct{}{} }
		ports, c.Interfaces = append(ports, m), append(c.Interfaces, m)
	}
	dp, err := gvpp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	for _, l := range []string{"set interface l2 xconnect a b", "classify default a pass"} {
		if err := dp.CLI().Run(ctx, l, false, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
	}
	alive, lost, wrong := map[uint32]bool{}, uint64(0), 0
	var all sync.WaitGroup
	all.Go(func() {
		for e := range trk.Events(context.Background(), flowtrack.Filter{}) {
			switch n := e.Session.Flow; {
			case e.Kind == flowtrack.EventLost:
				lost += e.Lost
			case (e.Kind == flowtrack.EventNew) == alive[n]:
				wrong++
			case e.Kind == flowtrack.EventUpdate:
			default:
				alive[n] = e.Kind == flowtrack.EventNew
			}
		}
	})
	watchers(trk, 1)
	all.Go(func() {
		if err := dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	for round := range 30 {
		for i := range 100 {
			ports[0].Inject(0, packetline.MustBuild(line("udp 10.0.0.1:%d > 10.0.0.2:53", i)))
			ports[1].Inject(1, packetline.MustBuild(line("udp 10.0.0.2:53 > 10.0.0.1:%d", i)))
		}
		for range 200 {
			<-left
		}
		if round%3 == 0 {
			trk.ClearMatching(&flowtrack.Filter{SrcPort: &flowtrack.Ports{From: 0, To: 40}})
		}
	}
	sessions := trk.Summarize().Sessions
	stop()
	all.Wait()
	begun := 0
	for _, is := range alive {
		if is {
			begun++
		}
	}
	if begun != sessions || lost != 0 || wrong > 0 {
		t.Errorf("%d sessions by events, %d in the table; %d lost, %d out of order", begun, sessions, lost, wrong)
	}
}
