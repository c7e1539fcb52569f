package tuplemerge_test

import (
	"errors"
	"testing"

	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
)

func check(t *testing.T, rules []tuplemerge.Rule) {
	c := tuplemerge.New(rules)
	for _, k := range rulegen.Headers(rules, 3000, 0.8, 3) {
		if got, want := c.Find(&k), rulegen.Linear(rules, &k); got != want {
			t.Fatalf("%+v: %d, want %d", k, got, want)
		}
	}
}

func TestTwin(t *testing.T) {
	for _, n := range []int{0, 1, 50, 1000, 10000} {
		check(t, rulegen.Random(n, uint64(n)))
	}
	for _, name := range rulegen.ClassBenchSets {
		rules, err := rulegen.ClassBench("../../../shared/data/classbench", name)
		if errors.Is(err, rulegen.ErrAbsent) {
			t.Log(err)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		check(t, rules)
	}
}
