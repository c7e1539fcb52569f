package gvpptest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/graph"
)

// Bounds of a report: what does not fit is only counted.
const (
	reportPackets = 8
	reportWays    = 3
)

// report says what became of the packets of the last send that did not leave by out, or that did leave where out is nil, and shows
// for each end the way of one.
func (h *Harness) report(in, out *Interface) string {
	var s strings.Builder
	if st, err := h.DP.InterfaceStatus(in.Index); err == nil && !st.Up {
		fmt.Fprintf(&s, "%s is down: \"set interface state %s up\" brings it up\n", in.Name, in.Name)
	}
	traces := h.DP.Graph().Trace()[0]
	h.settle(traces)
	var astray []*sentPacket
	for k := range h.ways.sent {
		if p := &h.ways.sent[k]; p.out != out || out == nil && p.out != nil {
			astray = append(astray, p)
		}
	}
	s.WriteString(table(astray, func(p *sentPacket) (string, string) { return p.String(), p.end(traces) }))
	for _, i := range h.ifs {
		if len(i.others) > 0 {
			fmt.Fprintf(&s, "left by %s, and none of those sent:\n", i.Name)
			s.WriteString(table(i.others, func(p Packet) (string, string) { return p.String(), "" }))
		}
	}
	var ends []string
	for _, p := range astray {
		if e := p.end(traces); p.trace >= 0 && !slices.Contains(ends, e) && len(ends) < reportWays {
			ends = append(ends, e)
			fmt.Fprintf(&s, "the way of %s\n%s", p, way(traces[p.trace]))
		}
	}
	return strings.TrimRight(s.String(), "\n")
}

// table is a line for each of the first elements, in two columns.
func table[T any](list []T, columns func(T) (string, string)) string {
	var s strings.Builder
	shown := list[:min(len(list), reportPackets)]
	width := 0
	for _, e := range shown {
		first, _ := columns(e)
		width = max(width, len(first))
	}
	for _, e := range shown {
		first, second := columns(e)
		fmt.Fprintf(&s, "  %s\n", strings.TrimRight(fmt.Sprintf("%-*s  %s", width, first, second), " "))
	}
	if n := len(list) - len(shown); n > 0 {
		fmt.Fprintf(&s, "  and %d more\n", n)
	}
	return s.String()
}

// end says in words what became of a packet.
func (p *sentPacket) end(traces [][]graph.TraceStep) string {
	switch {
	case p.out != nil:
		return "left by " + p.out.Name
	case p.why != "":
		return p.why
	case p.trace < 0:
		return "not seen again"
	}
	steps := traces[p.trace]
	last := steps[len(steps)-1]
	if last.Next == "held" {
		return "kept by " + last.Node
	}
	return "not seen behind " + last.Node
}

// settle finds out from the trace where packets have gone that ended elsewhere than at an interface in memory.
func (h *Harness) settle(traces [][]graph.TraceStep) {
	for k := range h.ways.sent {
		p := &h.ways.sent[k]
		if p.trace >= len(traces) || p.trace >= 0 && len(traces[p.trace]) == 0 {
			p.trace = -1
		}
		if p.trace < 0 || p.out != nil || p.why != "" {
			continue
		}
		var swIf uint32
		last := traces[p.trace][len(traces[p.trace])-1]
		_, text, _ := strings.Cut(last.Text, "sw_if_index ")
		if _, err := fmt.Sscan(text, &swIf); err != nil || last.Node != "interface-output" {
			continue
		}
		for _, i := range h.ifs {
			if i.Index == swIf {
				p.out = i
			}
		}
	}
}

// way is the nodes that a packet has passed, a line each, with what they say of it.
func way(steps []graph.TraceStep) string {
	width := 0
	for _, st := range steps {
		width = max(width, len(st.Node))
	}
	var s strings.Builder
	for _, st := range steps {
		text := strings.ReplaceAll(st.Text, "\n", "\n"+strings.Repeat(" ", width+4))
		if text == "" && st.Next != "" {
			text = "-> " + st.Next
		}
		fmt.Fprintf(&s, "  %s\n", strings.TrimRight(fmt.Sprintf("%-*s  %s", width, st.Node, text), " "))
	}
	return s.String()
}

// Trace is what each node did with the packets that were sent last, as `show trace` prints it.
func (h *Harness) Trace() string {
	h.t.Helper()
	return h.Exec("show trace")
}
