package classify_test

import (
	"testing"

	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
)

// Totals never go back: not when a rule goes, nor when a default changes.
func TestTotals(t *testing.T) {
	r := newRig(t, "a", "b", "c", "d")
	c := r.client()
	want := wire.ClassifyStatsGetReply{}
	check := func(when string) {
		t.Helper()
		got, err := c.ClassifyStatsGet(t.Context(), &wire.ClassifyStatsGet{})
		r.ok(err)
		want.NClassified = want.NPassed + want.NDropped
		if *got != want {
			t.Errorf("%s: %+v, want %+v", when, *got, want)
		}
	}
	r.cli("classify add rule a dst 10.0.0.2 proto udp drop", "classify add rule a dst 10.0.0.3 redirect c")
	r.line("a", "udp 10.0.0.1:1 > 10.0.0.2:2")
	r.line("a", "udp 10.0.0.1:1 > 10.0.0.3:2")
	r.line("a", "udp 10.0.0.1:1 > 10.0.0.4:2")
	want.NDropped, want.NPassed = 1, 2
	check("three packets")
	r.cli("classify del rule 0", "classify default a drop", "classify non-ip a drop")
	check("rule and default changed")
	r.line("a", "udp 10.0.0.1:1 > 10.0.0.2:2")
	want.NDropped++
	check("by the default")
	r.cli("classify default a pass", "classify del rule 1")
	r.line("a", "udp 10.0.0.1:1 > 10.0.0.2:2")
	want.NPassed++
	check("at the end")
	r.cli("flowtrack limit rate 1 burst 1", "classify add rule a keep-state pass")
	r.line("a", "udp 10.0.0.1:1 > 10.0.0.5:2")
	r.line("a", "udp 10.0.0.1:1 > 10.0.0.6:2")
	want.NPassed, want.NDropped = want.NPassed+1, want.NDropped+1
	check("a session over a limit")
}
