package gvpp_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
)

// A worker's gaps are shown once it has run by itself, and anew after a clear.
func TestShowGaps(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	if out := r.cli("show runtime"); strings.Contains(out, "loop gaps") {
		t.Errorf("gaps of nothing:\n%s", out)
	}
	r.run()
	text := regexp.MustCompile(`(?m)^  loop gaps, us: worst \d+\.\d, p99\.9 \d+\.\d, p99 \d+\.\d, p50 \d+\.\d, over 100 us \d+; core taken away \d+ times, waited for \d+\.\d ms$`)
	eventually(t, "gaps are shown", func() bool { return text.MatchString(r.cli("show runtime")) })
	before := r.Runtime()[0].Gaps // of the passes before it fell asleep
	r.cli("clear runtime")
	if g := r.Runtime()[0].Gaps; before.Worst < before.P50 || g.Passes >= before.Passes {
		t.Errorf("%+v, cleared %+v", before, g)
	}
}
