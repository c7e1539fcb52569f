package classify_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/internal/traffic"
	"github.com/gvpp/gvpp/nodes/classify"
	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// dialled is a connection to the API socket of the dataplane.
func dialled(t *testing.T, x *traffic.Wire) api.Conn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "api.sock")
	s, err := server.New(server.Config{Path: path, Services: x.Dataplane.API()})
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
	for name, connect := range map[string]func(*traffic.Wire) api.Conn{
		"direct": func(x *traffic.Wire) api.Conn { return api.Direct(x.Dataplane.API()...) },
		"socket": func(x *traffic.Wire) api.Conn { return dialled(t, x) },
	} {
		t.Run(name, func(t *testing.T) {
			trk := flowtrack.New()
			x := traffic.Start(t, 2, trk, classify.New(trk))
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
			x.Whole()
		})
	}
}
