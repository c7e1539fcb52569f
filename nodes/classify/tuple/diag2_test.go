package tuple_test

import (
	"fmt"
	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/nodes/classify/tuple"
	"os"
	"testing"
	"time"
)

func TestDiag(t *testing.T) {
	if os.Getenv("DIAG") == "" {
		t.Skip()
	}
	do := func(name string, rules []tuplemerge.Rule) {
		m := rulegen.Matches(rules)
		t0 := time.Now()
		s := tuple.Build(false, 1, m)
		v := s.Commit()
		d := time.Since(t0)
		for _, sh := range []float64{0, 1} {
			fmt.Println(name, sh, tuple.Diag(s, v, rulegen.TupleKeys(rulegen.Headers(rules, 20000, sh, 2))), d)
		}
		if os.Getenv("DIAG") == name {
			fmt.Print(tuple.Tables(s))
		}
	}
	for _, n := range []int{100, 1000, 10000, 100000} {
		do(fmt.Sprint(n), rulegen.Random(n, 1))
	}
	for _, n := range rulegen.ClassBenchSets {
		do(n, named(t, n))
	}
}
