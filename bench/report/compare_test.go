package report

import (
	"bytes"
	"strings"
	"testing"
)

// ranged is a figure of subject with a range.
func ranged(subject, unit string, median, least, most float64) Figure {
	return Figure{"s", "n=1", subject, "m", unit, median, least, most, 7, ""}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, now Figure
		want     Verdict
	}{
		{"slower", ranged("gvpp", "ns", 100, 99, 101), ranged("gvpp", "ns", 110, 108, 112), Regression},
		{"slower within the noise", ranged("gvpp", "ns", 100, 99, 109), ranged("gvpp", "ns", 110, 108, 112), Same},
		{"slower within the threshold", ranged("gvpp", "ns", 100, 99, 101), ranged("gvpp", "ns", 104, 103, 105), Same},
		{"faster", ranged("gvpp-portable", "ns", 100, 99, 101), ranged("gvpp-portable", "ns", 80, 79, 81), Improvement},
		{"lower rate", ranged("gvpp", "Mpps", 100, 99, 101), ranged("gvpp", "Mpps", 80, 79, 81), Regression},
		{"higher rate", ranged("gvpp", "M/s", 100, 99, 101), ranged("gvpp", "M/s", 120, 119, 121), Improvement},
		{"baseline", ranged("vpp", "ns", 100, 99, 101), ranged("vpp", "ns", 120, 119, 121), Drift},
		{"circumstance", ranged("gvpp", "packets/vector", 256, 256, 256), ranged("gvpp", "packets/vector", 10, 10, 10), Same},
		{"from nothing", ranged("gvpp", "objects/packet", 0, 0, 0), ranged("gvpp", "objects/packet", 1, 1, 1), Regression},
		{"to nothing", ranged("gvpp", "objects/packet", 1, 1, 1), ranged("gvpp", "objects/packet", 0, 0, 0), Improvement},
	} {
		got := Compare(&Report{Figures: []Figure{c.old}}, &Report{Figures: []Figure{c.now}}, 5)
		if len(got.Changes) != 1 || got.Changes[0].Verdict != c.want || got.Count(c.want) != 1 {
			t.Errorf("%s: %+v, want %s", c.name, got.Changes, c.want)
		}
	}
}

func TestCompareTellsWhatIsMissing(t *testing.T) {
	old := &Report{Header: Header{Machine: "a", OtherCPU: 30}, Figures: []Figure{
		figure("n=1", "gvpp", "ns", 1), figure("n=2", "gvpp", "ns", 1), {Scenario: "s", Params: "n=3", Subject: "gvpp", Skipped: "why"}}}
	now := &Report{Header: Header{Machine: "b", Incomplete: "interrupted"}, Figures: []Figure{
		figure("n=1", "gvpp", "ns", 2), {Scenario: "s", Params: "n=2", Subject: "gvpp", Skipped: "why"}, figure("n=3", "gvpp", "ns", 1)}}
	c := Compare(old, now, 5)
	if c.Count(Regression) != 1 || c.Count(Lost) != 1 || c.Count(Added) != 1 || len(c.Changes) != 3 {
		t.Errorf("%+v", c.Changes)
	}
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"machine differs", "busy machine", "incomplete: interrupted", "+100.0 %", "1 regression, 0 improvement", "n=2  gvpp  m: 1.00 ns before"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
