package gvpptest

import (
	"fmt"
	"slices"
	"strings"
)

// whyNot says why a node cannot be enabled on an arc: one of the two is misspelt, or the node is on others.
func (h *Harness) whyNot(arc, node string) string {
	plan := h.DP.Graph().Plan
	if _, ok := plan.NodeID(node); !ok {
		return fmt.Sprintf("there is no node %q%s", node, plan.Like(node))
	}
	var all, on []string
	for _, a := range plan.Arcs() {
		all = append(all, a.Name)
		if slices.Contains(a.Features, node) {
			on = append(on, a.Name)
		}
	}
	switch {
	case !slices.Contains(all, arc):
		return fmt.Sprintf("there is no arc %q; there are %s", arc, strings.Join(all, ", "))
	case on == nil:
		return "its Spec.Arc or MoreArcs must name it"
	}
	return "its Spec.Arc or MoreArcs must name it; it is on " + strings.Join(on, ", ")
}

// unseen says of a node that no packet has come to that this is so, which is what a test with wrong counts forgets most often.
func (h *Harness) unseen(node string) string {
	for _, r := range h.DP.Runtime() {
		for _, n := range r.Nodes {
			if n.Name == node && n.Vectors != 0 {
				return ""
			}
		}
	}
	return fmt.Sprintf("; no packet has come to %s (a feature must be enabled: Enable, or the plugin's own command)", node)
}
