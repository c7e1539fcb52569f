package classify_test

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/gvpp/gvpp/nodes/classify"
)

// randomWildcard is a rule with two prefixes and a range.
func randomWildcard(r *rand.Rand, swIf uint32) classify.Rule {
	rule := classify.Any()
	rule.Interface = swIf
	prefix := func(n int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + r.IntN(200)), byte(r.IntN(256)), byte(r.IntN(256)), 0}), n).Masked()
	}
	rule.Src, rule.Dst, rule.Proto = prefix(20+r.IntN(5)), prefix(12+r.IntN(5)), 6
	rule.DPort = classify.Ports{Lo: uint16(r.IntN(1000)), Hi: uint16(1000 + r.IntN(60000)), Set: true}
	return rule
}

func wildcards(r *rig, rnd *rand.Rand, n int) (list []classify.Rule) {
	for range n {
		list = append(list, randomWildcard(rnd, r.index("a")))
	}
	return list
}

// BenchmarkAddRule adds rules one by one through the CLI; run it with -benchtime 100000x.
func BenchmarkAddRule(b *testing.B) {
	r, rnd := newRig(b, "a", "b"), rand.New(rand.NewPCG(1, 1))
	var worst time.Duration
	for b.Loop() {
		rule := randomWildcard(rnd, r.index("a"))
		start := time.Now()
		r.cli("classify add rule a " + rule.String())
		worst = max(worst, time.Since(start))
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-us")
}

// BenchmarkReplace loads 100,000 rules in place of others.
func BenchmarkReplace(b *testing.B) {
	r, rnd := newRig(b, "a", "b"), rand.New(rand.NewPCG(1, 1))
	rules := wildcards(r, rnd, 100000)
	for b.Loop() {
		if _, _, err := r.cls.ReplaceAll(context.Background(), r.index("a"), rules); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChange is one rule more and one less among 100,000.
func BenchmarkChange(b *testing.B) {
	r, rnd := newRig(b, "a", "b"), rand.New(rand.NewPCG(1, 1))
	rules := wildcards(r, rnd, 100000)
	ids, err := r.cls.Replace(context.Background(), nil, rules)
	if err != nil {
		b.Fatal(err)
	}
	for name, before := range map[string]func() *uint32{
		"append":          func() *uint32 { return nil },
		"before any":      func() *uint32 { return &ids[rnd.IntN(len(ids))] },
		"before the same": func() *uint32 { return &ids[500] },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				id, err := r.cls.Add(context.Background(), rules[rnd.IntN(len(rules))], before())
				if err == nil {
					err = r.cls.Delete(context.Background(), id)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
