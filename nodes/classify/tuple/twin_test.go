package tuple_test

import (
	"errors"
	"testing"

	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

const classBenchDir = "../../../../shared/data/classbench"

// packets is how many each set meets.
func packets() int {
	if testing.Short() {
		return 300
	}
	return 3000
}

// named is ClassBench's rules; the test is skipped where they are absent.
func named(t testing.TB, name string) []tuplemerge.Rule {
	rules, err := rulegen.ClassBench(classBenchDir, name)
	if errors.Is(err, rulegen.ErrAbsent) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	return rules
}

// check holds set, single and in vectors, against trying all rules.
func check(t *testing.T, rules []tuplemerge.Rule, headers []tuplemerge.Key) {
	v := tuple.Build(false, 1, rulegen.Matches(rules)).Commit()
	keys := rulegen.TupleKeys(headers)
	var s tuple.Scratch
	out := make([]uint32, len(keys))
	for i := 0; i < len(keys); i += tuple.VectorSize {
		end := min(i+tuple.VectorSize, len(keys))
		v.FindAll(&s, keys[i:end], out[i:end])
	}
	for i := range keys {
		want := uint32(rulegen.Linear(rules, &headers[i]))
		if got := v.Find(&keys[i]); got != want || out[i] != want {
			t.Fatalf("%+v: %d alone, %d in a vector, want %d", headers[i], int32(got), int32(out[i]), int32(want))
		}
	}
}

func TestRandomRules(t *testing.T) {
	for _, n := range []int{0, 1, 2, 4, 5, 10, 100, 1000, 10000} {
		rules := rulegen.Random(n, uint64(n))
		check(t, rules, rulegen.Headers(rules, packets(), 0.7, 1))
	}
}

func TestClassBench(t *testing.T) {
	for _, name := range rulegen.ClassBenchSets {
		t.Run(name, func(t *testing.T) {
			rules := named(t, name)
			check(t, rules, rulegen.Headers(rules, packets(), 0.9, 1))
		})
	}
}
