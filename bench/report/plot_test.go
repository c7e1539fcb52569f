package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

func tableOf(figures ...Figure) *Table {
	r := &Report{Figures: figures}
	return &r.Sections()[0].Tables[0]
}

func figure(params, subject, unit string, v float64) Figure {
	return Figure{"s", params, subject, "m", unit, v, v, v, 1, ""}
}

// Each setting of the other parameters is a plot, or a line where there is one subject only.
func TestPlotsByTheOtherParameters(t *testing.T) {
	one := tableOf(figure("n=1 p=a", "gvpp", "ns", 1), figure("n=2 p=a", "gvpp", "ns", 2), figure("n=1 p=b", "gvpp", "ns", 3), figure("n=2 p=b", "gvpp", "ns", 4))
	if got := one.Plots(); len(got) != 1 || len(got[0].Series) != 2 || got[0].Series[1].Name != "p b" {
		t.Errorf("%+v", got)
	}
	two := tableOf(figure("n=1 p=a", "gvpp", "ns", 1), figure("n=2 p=a", "gvpp", "ns", 2), figure("n=1 p=b", "vpp", "ns", 3), figure("n=2 p=b", "vpp", "ns", 4))
	if got := two.Plots(); len(got) != 2 || len(got[0].Series) != 1 || got[1].Series[0].Name != "vpp" {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsNotPlotted(t *testing.T) {
	for name, table := range map[string]*Table{
		"one point":        tableOf(figure("n=1", "gvpp", "ns", 1)),
		"no number":        tableOf(figure("set=a", "gvpp", "ns", 1), figure("set=b", "gvpp", "ns", 2)),
		"no result":        tableOf(figure("n=1", "gvpp", "packets/vector", 1), figure("n=2", "gvpp", "packets/vector", 2)),
		"nothing but zero": tableOf(figure("n=1", "gvpp", "ns", 0), figure("n=2", "gvpp", "ns", 0), figure("n=1", "vpp", "ns", 0), figure("n=2", "vpp", "ns", 0)),
		"no parameter":     tableOf(figure("", "gvpp", "ns", 1)),
		"not finite":       tableOf(figure("n=NaN", "gvpp", "ns", 1), figure("n=Inf", "gvpp", "ns", 1)),
	} {
		if got := table.Plots(); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Points lie in the area, whatever the values, and the drawing is well-formed.
func TestSVGKeepsInItsArea(t *testing.T) {
	for _, values := range [][]float64{{1, 2}, {0, 1}, {0, 0}, {5, 5}, {1e-6, 1e9}, {0.001, 0.002}, {1e17, 1}, {39, 40}, {1, 41}} {
		table := tableOf(figure("n=0", "gvpp", "ns", values[0]), figure("n=10", "gvpp", "ns", values[1]), figure("n=100000", "gvpp", "ns", values[1]+1e-9))
		for _, p := range table.Plots() {
			svg := p.SVG(func(string) int { return 0 })
			wellFormed(t, svg)
			if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
				t.Errorf("%v: %s", values, svg)
			}
			y := yAxis(values[0], values[1], areaBottom, areaTop)
			for _, v := range values {
				if at := y.at(max(v, 0)); values[0] <= values[1] && (math.IsNaN(at) || at > areaBottom+1e-6 || at < areaTop-1e-6) {
					t.Errorf("%v is at %v", v, at)
				}
			}
		}
	}
}

func wellFormed(t *testing.T, s string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(s)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %s", err, s)
		}
	}
}

func TestTicks(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1: "1", 1000: "1k", 10_000_000: "10M", 2.5: "2.5", 1500: "1.5k", 2e9: "2G"} {
		if got := tickLabel(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]float64{0.9: 1, 1: 1, 1.1: 2, 2.1: 2.5, 26: 50, 51: 100, 0: 1} {
		if got := niceStep(v); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %v, want %v", v, got, want)
		}
	}
	if a := yAxis(1, 100, 0, 1); !a.log || len(a.ticks) != 7 {
		t.Errorf("%+v", a)
	}
	if a := yAxis(10, 100, 0, 1); a.log || a.hi != 100 {
		t.Errorf("%+v", a)
	}
}
