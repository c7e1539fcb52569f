package gvpptest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/graph"
)

// ExpectCounter fails the test unless a node's counter, by its text in Spec.Counters, stands at want.
func (h *Harness) ExpectCounter(node, text string, want uint64) {
	h.t.Helper()
	if n := h.Counter(node, text); n != want {
		all := strings.TrimRight(h.Errors(), "\n")
		if all == "" {
			all = "  none"
		}
		h.t.Errorf("counter %q of %s is %d, want %d%s; all that are not zero:\n%s", text, node, n, want, h.unseen(node), all)
	}
}

// Counter is a node's counter, by its text in Spec.Counters.
func (h *Harness) Counter(node, text string) uint64 {
	h.t.Helper()
	plan := h.DP.Graph().Plan
	id, ok := plan.NodeID(node)
	if !ok {
		h.t.Fatalf("there is no node %q to have counter %q; `show graph` lists them", node, text)
	}
	if n := &plan.Nodes[id]; !slices.Contains(n.ErrorTexts(), text) {
		has := "it has none in Spec.Counters"
		if len(n.Counters) > 0 {
			has = fmt.Sprintf("it has %q", []string(n.Counters))
		}
		h.t.Fatalf("node %s has no counter %q; %s", node, text, has)
	}
	for _, e := range h.DP.Errors() {
		if e.Node == node && e.Reason == text {
			return e.Count
		}
	}
	return 0
}

// explained is a reason, and of the graph's own, which it counts for a node, what that means for who tests the node.
func explained(reason string) string {
	if reason == graph.Strays {
		return reason + " (the graph's own count: the node sends packets along an arc that they are not on, or that it is itself not on)"
	}
	return reason
}

// Errors is a table of all counters of nodes that are not zero, as `show errors` has it.
func (h *Harness) Errors() string {
	return table2(h.DP.Errors(), func(e graph.ErrorCount) (string, string) {
		return e.Node, fmt.Sprintf("%6d  %s", e.Count, explained(e.Reason))
	})
}

// table2 is table of all elements.
func table2[T any](list []T, columns func(T) (string, string)) string {
	var s strings.Builder
	for rest := list; len(rest) > 0; rest = rest[min(len(rest), reportPackets):] {
		s.WriteString(table(rest[:min(len(rest), reportPackets)], columns))
	}
	return s.String()
}

// ExpectInterfaceCounter fails the test unless a counter of an interface stands at want. It is named as `show interface` names it: rx
// packets, rx bytes, tx packets, tx bytes, drops or tx-error.
func (h *Harness) ExpectInterfaceCounter(i *Interface, name string, want uint64) {
	h.t.Helper()
	st, err := h.DP.InterfaceStatus(i.Index)
	if err != nil {
		h.t.Fatal(err)
	}
	t := st.Packets
	counters := []struct {
		name string
		n    uint64
	}{
		{"rx packets", t.RxPackets}, {"rx bytes", t.RxBytes}, {"tx packets", t.TxPackets}, {"tx bytes", t.TxBytes}, {"drops", t.Drops}, {"tx-error", t.TxErrors},
	}
	var names, all []string
	for _, c := range counters {
		names, all = append(names, c.name), append(all, fmt.Sprint(c.name, " ", c.n))
	}
	at := slices.Index(names, name)
	if at < 0 {
		h.t.Fatalf("interfaces have no counter %q; they have %q", name, names)
	}
	if n := counters[at].n; n != want {
		h.t.Errorf("%s of %s is %d, want %d; all: %s", name, i.Name, n, want, strings.Join(all, ", "))
	}
}
