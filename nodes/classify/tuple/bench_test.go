package tuple_test

import (
	"fmt"
	"testing"

	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// sets are what the benchmarks run over: random rules, then ClassBench's.
func sets(b *testing.B, run func(b *testing.B, rules []tuplemerge.Rule)) {
	for _, n := range []int{100, 1000, 10000, 100000} {
		b.Run(fmt.Sprintf("random/%d", n), func(b *testing.B) { run(b, rulegen.Random(n, 1)) })
	}
	for _, name := range rulegen.ClassBenchSets {
		b.Run(name, func(b *testing.B) { run(b, named(b, name)) })
	}
}

// shares are how much of the packets is drawn from rules.
var shares = []float64{0, 0.5, 1}

const headers = 1 << 14

func perPacket(b *testing.B, packets int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFindAll: the product, in vectors.
func BenchmarkFindAll(b *testing.B) {
	sets(b, func(b *testing.B, rules []tuplemerge.Rule) {
		v := tuple.Build(false, 1, rulegen.Matches(rules)).Commit()
		for _, share := range shares {
			keys := rulegen.TupleKeys(rulegen.Headers(rules, headers, share, 2))
			b.Run(fmt.Sprint(share), func(b *testing.B) {
				var s tuple.Scratch
				out := make([]uint32, tuple.VectorSize)
				n := 0
				for b.Loop() {
					v.FindAll(&s, keys[n%headers:n%headers+tuple.VectorSize], out)
					n += tuple.VectorSize
				}
				perPacket(b, n)
			})
		}
	})
}

// BenchmarkTupleMerge: the baseline.
func BenchmarkTupleMerge(b *testing.B) {
	sets(b, func(b *testing.B, rules []tuplemerge.Rule) {
		c := tuplemerge.New(rules)
		for _, share := range shares {
			keys := rulegen.Headers(rules, headers, share, 2)
			b.Run(fmt.Sprint(share), func(b *testing.B) {
				n := 0
				for b.Loop() {
					for i := range keys[:256] {
						c.Find(&keys[(n+i)%headers])
					}
					n += 256
				}
				perPacket(b, n)
				b.ReportMetric(float64(c.Tables()), "tables")
			})
		}
	})
}
