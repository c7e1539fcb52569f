package classify_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// TestSessionsAsleep: a session knows a rule by its position; while no packet of it comes, the rule goes and another one gets
// the position. The session's next packet must not be taken for the other one's.
func TestSessionsAsleep(t *testing.T) {
	const line = "udp 10.0.0.1:1000 > 10.0.0.2:53"
	for _, keep := range []string{"", "keep-state "} {
		for _, other := range []string{"pass", "keep-state pass", "redirect c", "keep-state redirect c"} {
			t.Run(keep+"pass, then "+other, func(t *testing.T) {
				r := newRig(t, "a", "b", "c", "d")
				r.cli("classify default a drop", "classify default b drop", "classify add rule a proto udp dport 53 "+keep+"pass")
				for range 3 { // what is found is cached
					r.passes("a", "b", line, 0)
				}
				id := 0
				for range 20 {
					r.cli(fmt.Sprintf("classify del rule %d", id), "classify add rule a proto udp dport 54 "+other)
					id++
					r.drops("a", line, -1)
					r.drops("b", "udp 10.0.0.2:53 > 10.0.0.1:1000", -1)
				}
				for range 50 { // asleep
					r.cli(fmt.Sprintf("classify del rule %d", id), "classify add rule a proto udp dport 54 "+other)
					id++
				}
				r.drops("a", line, -1)
				if rules := r.cls.Report(nil)[0].Rules; len(rules) != 1 || rules[0].Packets != 0 {
					t.Errorf("the other rule has counted packets: %+v", rules)
				}
				r.cli("classify add rule a proto udp dport 53 " + keep + "pass")
				r.passes("a", "b", line, id+1)
				r.passes("a", "b", line, id+1)
			})
		}
	}
}

// TestCountersUsedAgain: a rule that gets the counter of one that workers counted on a moment ago begins at zero, and stays
// there.
func TestCountersUsedAgain(t *testing.T) {
	trk := flowtrack.New()
	cls := classify.New(trk)
	var seen atomic.Uint64
	a, b := port.NewMemory("a", 1), port.NewMemory("b", 1)
	b.OnTx = func(*buffer.Pool, buffer.Index) { seen.Add(1) }
	dp, err := gvpp.New(gvpp.Config{Workers: 1, Plugins: []plugin.Plugin{trk, cls}, Interfaces: []gvpp.Interface{a, b}})
	if err != nil {
		t.Fatal(err)
	}
	if err := dp.CrossConnect(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	frames := make([][]byte, 128) // a vector takes long enough for the rules to change under it
	for i := range frames {
		frames[i] = packetline.MustBuild("udp 10.0.0.1:5 > 10.0.0.2:53")
	}
	wg.Go(func() {
		for ; ctx.Err() == nil; runtime.Gosched() {
			a.Inject(0, frames...)
		}
	})
	defer wg.Wait()
	defer stop()
	hot, cold := classify.Any(), classify.Any()
	hot.Interface, cold.Interface, cold.Proto = 1, 1, 6
	rounds := 200
	if raceEnabled || testing.Short() {
		rounds = 20
	}
	for range rounds {
		for _, rule := range []classify.Rule{hot, cold} {
			id, err := cls.Add(ctx, rule, nil)
			if err != nil {
				t.Fatal(err)
			}
			for first := seen.Load(); seen.Load() < first+20; runtime.Gosched() { // packets meet it
				if ctx.Err() != nil {
					t.Fatal(ctx.Err())
				}
			}
			got := cls.Report(nil)[0].Rules[0].Packets
			if rule.Proto == 6 && got != 0 || rule.Proto != 6 && got == 0 {
				t.Fatalf("rule %d has counted %d packets", id, got)
			}
			if err := cls.Delete(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
	}
}
