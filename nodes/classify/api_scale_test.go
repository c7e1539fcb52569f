package classify_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// busy is a dataplane of two workers that forwards packets from a to b all the time; no rule of the test matches them.
type busy struct {
	dp             *gvpp.Dataplane
	in, out, drops atomic.Uint64
	stop           func() // the packets, then the dataplane
}

func newBusy(t *testing.T) *busy {
	t.Helper()
	trk := flowtrack.New()
	x := &busy{}
	a, b := port.NewMemory("a", 2), port.NewMemory("b", 2)
	b.OnTx = func(*buffer.Pool, buffer.Index) { x.out.Add(1) }
	dp, err := gvpp.New(gvpp.Config{
		Workers: 2, Plugins: []plugin.Plugin{trk, classify.New(trk)}, Interfaces: []gvpp.Interface{a, b},
		Dropped: func(*graph.Worker, buffer.Index) { x.drops.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	x.dp = dp
	if err := dp.CrossConnect(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	more, enough := context.WithCancel(context.Background())
	var running, sending sync.WaitGroup
	running.Go(func() {
		if err := dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	frame := packetline.MustBuild("udp 250.0.0.1:5 > 250.0.0.2:53")
	sending.Go(func() {
		pace := time.NewTicker(time.Millisecond)
		defer pace.Stop()
		for i := 0; more.Err() == nil; i++ {
			x.in.Add(uint64(a.Inject(i&1, frame, frame, frame, frame, frame, frame, frame, frame)))
			<-pace.C
		}
	})
	x.stop = sync.OnceFunc(func() {
		enough()
		sending.Wait()
		for end := time.Now().Add(10 * time.Second); x.out.Load()+x.drops.Load() < x.in.Load() && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		stop()
		running.Wait()
	})
	t.Cleanup(x.stop)
	return x
}

// whole ends the packets and checks that none was lost while rules changed.
func (x *busy) whole(t *testing.T) {
	t.Helper()
	x.stop()
	if in, out, drops := x.in.Load(), x.out.Load(), x.drops.Load(); out != in || drops != 0 || in == 0 {
		t.Errorf("%d packets in, %d out, %d dropped", in, out, drops)
	} else {
		t.Logf("%d packets meanwhile, none lost", in)
	}
}

// dialled is a connection to the API socket of the dataplane.
func (x *busy) dialled(t *testing.T) api.Conn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "api.sock")
	s, err := server.New(server.Config{Path: path, Services: x.dp.API()})
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		if err := s.Serve(context.Background()); err != nil {
			t.Error(err)
		}
	})
	c, err := client.Dial(t.Context(), path, "rules")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close() //nolint:errcheck // a test's
		s.Close() //nolint:errcheck // a test's
		served.Wait()
	})
	return c
}

// manyRules is how many the test adds: fewer where each takes ten times as long.
func manyRules() int {
	if raceEnabled || testing.Short() {
		return 2000
	}
	return 100_000
}

// ruleMessages are rules with prefixes and port ranges that drop what the test does not send.
func ruleMessages(n int) []wire.ClassifyRule {
	rnd := rand.New(rand.NewPCG(8, 8))
	list := make([]wire.ClassifyRule, n)
	for i := range list {
		r := randomWildcard(rnd, 1)
		list[i] = wire.ClassifyRule{
			SwIfIndex: 1, Action: wire.CLASSIFY_RULE_API_DROP,
			Match: wire.CLASSIFY_RULE_API_MATCH_SRC | wire.CLASSIFY_RULE_API_MATCH_DST | wire.CLASSIFY_RULE_API_MATCH_PROTO | wire.CLASSIFY_RULE_API_MATCH_DPORT,
			Src:   ip_types.PrefixOf(r.Src), Dst: ip_types.PrefixOf(r.Dst), Proto: 6, Dport: wire.ClassifyRulePorts{First: r.DPort.Lo, Last: r.DPort.Hi},
		}
	}
	return list
}

// Very many rules, one by one, then in one step in their place, then read, while packets flow: none is lost.
func TestVeryManyRulesByMessage(t *testing.T) {
	rules := ruleMessages(manyRules())
	for name, connect := range map[string]func(*busy) api.Conn{
		"direct": func(x *busy) api.Conn { return api.Direct(x.dp.API()...) },
		"socket": func(x *busy) api.Conn { return x.dialled(t) },
	} {
		t.Run(name, func(t *testing.T) {
			x := newBusy(t)
			c, ctx := wire.NewClient(connect(x)), t.Context()
			began := time.Now()
			took := func(what string) {
				t.Logf("%d rules %s: %v", len(rules), what, time.Since(began).Round(time.Millisecond))
				began = time.Now()
			}
			for i := range rules {
				if _, err := c.ClassifyRuleAdd(ctx, &wire.ClassifyRuleAdd{Before: ^uint32(0), Rule: rules[i]}); err != nil {
					t.Fatal(err)
				}
			}
			took("added one by one")
			got, err := c.ClassifyRulesReplace(ctx, &wire.ClassifyRulesReplace{SwIfIndex: 1, Rules: rules})
			if err != nil || int(got.Removed) != len(rules) {
				t.Fatalf("%+v, %v", got, err)
			}
			took("replaced by as many in one step")
			n := 0
			for d, err := range c.ClassifyRulesAll(ctx, &wire.ClassifyRulesGet{SwIfIndex: everyInterface}) {
				if err != nil {
					t.Fatal(err)
				}
				if d.RuleID != got.FirstRuleID+uint32(n) || d.Rule != rules[n] {
					t.Fatalf("rule %d: %+v", n, d)
				}
				n++
			}
			took("read")
			if _, err := c.ClassifyRulesReplace(ctx, &wire.ClassifyRulesReplace{SwIfIndex: 1}); err != nil || n != len(rules) {
				t.Fatalf("%d rules read; %v", n, err)
			}
			took("deleted in one step")
			x.whole(t)
		})
	}
}
