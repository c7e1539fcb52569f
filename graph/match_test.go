package graph_test

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/graph"
)

// A filter chooses by a packet's bytes whether it is traced and captured; packets that it does not choose are none of the number.
func TestMatching(t *testing.T) {
	r := tracing(t, 1)
	third := func(p []byte) bool { return number(p)%3 == 0 }
	if err := r.TraceMatching(graph.Entry, 3, third); err != nil {
		t.Fatal(err)
	}
	c, err := r.StartCapture(graph.CaptureConfig{Rx: true, Drop: true, Max: 3, Bytes: 64, Slots: 9, Match: third})
	if err != nil {
		t.Fatal(err)
	}
	r.mems[0].Inject(0, packets(1, 12)...)
	r.drain()
	got := told(r, 0)
	for _, want := range []string{"0: ethernet-input(packet 3 ", "1: ethernet-input(packet 6 ", "2: ethernet-input(packet 9 "} {
		if !strings.Contains(got, want) || strings.Count(got, "\n") != 3 {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	var taken []int
	c.Take(func(p *graph.Captured) { taken = append(taken, int(number(p.Bytes()))) })
	if len(taken) != 3 || taken[0] != 3 || taken[2] != 9 || c.Recorded() != 3 || c.Missed() != 0 {
		t.Errorf("%d, %d recorded, %d missed", taken, c.Recorded(), c.Missed())
	}
}
