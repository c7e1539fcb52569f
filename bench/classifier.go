package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// classifierScenario is the rules alone: no graph, no session.
var classifierScenario = measure.Scenario{
	Name:   "classifier",
	About:  "rules alone: the first that matches, headers half drawn from the rules, half random; random and ClassBench sets",
	Groups: classifierGroups,
}

const (
	classBenchDir   = "../shared/data/classbench" // where the sets lie beside a checkout
	headerCount     = 1 << 16
	headersOfRules  = 0.5 // share of headers that some rule is known to match
	ruleSeed        = 7
	headerSeed      = 8
	agreementChecks = 4096 // headers that all classifiers are asked about first
	linearChecks    = 64   // of these the linear twin, which is slow
)

func classifierGroups(o measure.Options) (list []measure.Group) {
	counts := []int{100, 1000, 10_000, 100_000}
	if o.Short {
		counts = counts[:2]
	}
	for _, n := range counts {
		list = append(list, classifierGroup(o, n, "random", func() ([]tuplemerge.Rule, error) { return rulegen.Random(n, ruleSeed), nil }))
	}
	for _, name := range slices.SortedFunc(slices.Values(rulegen.ClassBenchSets), byStyle) {
		rules, err := rulegen.ClassBench(classBenchDir, name)
		if err == nil && !(o.Short && len(rules) > 2000) {
			style, _, _ := strings.Cut(name, "_")
			list = append(list, classifierGroup(o, len(rules), style, func() ([]tuplemerge.Rule, error) { return rules, nil }))
		} else if !errors.Is(err, rulegen.ErrAbsent) && err != nil {
			list = append(list, measure.Group{Params: "set=" + name, Open: func() ([]measure.Subject, error) { return nil, err }})
		}
	}
	return list
}

// byStyle puts the sets of one style next to each other, the small one first.
func byStyle(a, b string) int {
	styleA, sizeA, _ := strings.Cut(a, "_")
	styleB, sizeB, _ := strings.Cut(b, "_")
	return cmp.Or(cmp.Compare(styleA, styleB), cmp.Compare(len(sizeA), len(sizeB)))
}

func classifierGroup(o measure.Options, n int, set string, rules func() ([]tuplemerge.Rule, error)) measure.Group {
	return measure.Group{Params: fmt.Sprintf("rules=%d set=%s", n, set), Open: func() ([]measure.Subject, error) {
		r, err := rules()
		if err != nil {
			return nil, err
		}
		return openClassifier(r, timeOfRound(o))
	}}
}

// finder is a classifier: it puts the first rule of each of a vector's headers, by number, into out; none is tuple.None.
type finder func(from int, out []uint32)

func openClassifier(rules []tuplemerge.Rule, long time.Duration) ([]measure.Subject, error) {
	keys := rulegen.Headers(rules, headerCount, headersOfRules, headerSeed)
	ours, buildOurs := tupleFinder(rules, keys)
	merge, buildMerge := tupleMergeFinder(rules, keys)
	linear := func(from int, out []uint32) {
		for i := range out {
			out[i] = uint32(rulegen.Linear(rules, &keys[from+i]))
		}
	}
	if err := agree(ours, merge, agreementChecks); err != nil {
		return nil, fmt.Errorf("gvpp and tuplemerge: %w", err)
	}
	if err := agree(ours, linear, linearChecks); err != nil {
		return nil, fmt.Errorf("gvpp and linear: %w", err)
	}
	return []measure.Subject{
		{Name: "gvpp", Round: classifierRound(ours, long, buildOurs)},
		{Name: "tuplemerge", Round: classifierRound(merge, long, buildMerge)},
		{Name: "linear", Round: classifierRound(linear, long, 0)},
	}, nil
}

// tupleFinder is the product's classifier, asked for vectors.
func tupleFinder(rules []tuplemerge.Rule, headers []tuplemerge.Key) (finder, time.Duration) {
	matches := rulegen.Matches(rules)
	begin := cpuTime()
	view := tuple.Build(false, 1, matches).Commit()
	took := cpuTime() - begin
	keys := make([]tuple.Key, len(headers))
	for i := range headers {
		keys[i] = rulegen.TupleKey(&headers[i])
	}
	scratch := new(tuple.Scratch)
	return func(from int, out []uint32) { view.FindAll(scratch, keys[from:from+len(out)], out) }, took
}

// tupleMergeFinder is TupleMerge, one packet at a time.
func tupleMergeFinder(rules []tuplemerge.Rule, keys []tuplemerge.Key) (finder, time.Duration) {
	begin := cpuTime()
	c := tuplemerge.New(rules)
	took := cpuTime() - begin
	return func(from int, out []uint32) {
		for i := range out {
			out[i] = uint32(c.Find(&keys[from+i]))
		}
	}, took
}

// agree reports the first of n headers that two classifiers see differently.
func agree(a, b finder, n int) error {
	var x, y [tuple.VectorSize]uint32
	for from := 0; from < n; from += len(x) {
		m := min(n-from, len(x))
		a(from, x[:m])
		b(from, y[:m])
		for i := range m {
			if x[i] != y[i] {
				return fmt.Errorf("header %d: rule %d and rule %d", from+i, int32(x[i]), int32(y[i]))
			}
		}
	}
	return nil
}

// classifierRound asks for vectors for a while. What it took to build is told with it.
func classifierRound(find finder, long, build time.Duration) func() ([]measure.Sample, error) {
	out, at := new([tuple.VectorSize]uint32), 0
	return func() ([]measure.Sample, error) {
		n := 0
		begin := cpuTime()
		now := begin
		for ; now < begin+long; now = cpuTime() {
			find(at, out[:])
			n += len(out)
			at = (at + len(out)) % headerCount
		}
		list := []measure.Sample{{Metric: "cost", Unit: "ns/packet", Value: float64(now-begin) / float64(n)}}
		if build > 0 {
			list = append(list, measure.Sample{Metric: "build", Unit: "ms", Value: float64(build) / 1e6})
		}
		return list, nil
	}
}
