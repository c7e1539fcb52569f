package gvpptest

import (
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/graph"
)

// watch collects what nodes have done wrong, until the harness can tell of it in the test's name.
type watch struct {
	faults []graph.Fault
	again  map[string]int // by node and text: how often more
}

// fault is told by the graph.
func (w *watch) fault(f graph.Fault) {
	key := f.Node + " " + f.What
	if n, told := w.again[key]; told {
		w.again[key] = n + 1
		return
	}
	if w.again == nil {
		w.again = map[string]int{}
	}
	w.again[key] = 0
	w.faults = append(w.faults, f)
}

// tellFaults fails the test for what nodes have done wrong since it was last asked.
func (h *Harness) tellFaults() {
	h.t.Helper()
	for _, f := range h.watch.faults {
		h.t.Errorf("%s", faultText(&f, h.watch.again[f.Node+" "+f.What]))
	}
	h.watch = watch{}
}

// faultText is a fault with its packets as lines.
func faultText(f *graph.Fault, again int) string {
	var s strings.Builder
	if f.Node != "" {
		fmt.Fprintf(&s, "node %s ", f.Node)
	}
	s.WriteString(f.What)
	if again > 0 {
		fmt.Fprintf(&s, ", and %d times more", again)
	}
	for _, call := range f.Stack {
		fmt.Fprintf(&s, "\n  at %s", call)
	}
	for _, p := range f.Packets {
		fmt.Fprintf(&s, "\n  packet: %s", Packet(p))
	}
	if n := f.N - len(f.Packets); n > 0 && len(f.Packets) > 0 {
		fmt.Fprintf(&s, "\n  and %d more", n)
	}
	return s.String()
}
