package main

import (
	"testing"

	"github.com/gvpp/gvpp/bench/rulegen"
)

// Who answers for packets is who the parameter says: without a session table nobody but the rules, else the session of each
// flow that rules have let through.
func TestRulePaths(t *testing.T) {
	rules := rulegen.Random(100, ruleSeed)
	for path, tracks := range map[rulePath]bool{byRules: false, cached: true, stateful: true} {
		s := ruleSetting{len(rules), path, false}
		r, err := s.rig(rules, newKnownFlows(ruleFlows, 1))
		if err != nil {
			t.Fatal(err)
		}
		before := nodeVectors(r)
		for range 4 {
			r.dp.Step()
		}
		after := nodeVectors(r)
		if n := after["pkt-classify"] - before["pkt-classify"]; n != 4*256 {
			t.Errorf("%s: pkt-classify saw %d packets", s.params(), n)
		}
		if n := after["flow-lookup"] - before["flow-lookup"]; n > 0 != tracks {
			t.Errorf("%s: flow-lookup saw %d packets", s.params(), n)
		}
		if tracks && r.tracker.Summarize().Sessions != ruleFlows {
			t.Errorf("%s: %d sessions", s.params(), r.tracker.Summarize().Sessions)
		}
		if r.tracker == nil == tracks {
			t.Errorf("%s: session table %v", s.params(), r.tracker != nil)
		}
		if err := r.dp.Close(); err != nil {
			t.Error(err)
		}
	}
}

// nodeVectors is how many packets each node of the worker has seen.
func nodeVectors(r *memoryRig) map[string]uint64 {
	seen := map[string]uint64{}
	for _, n := range r.dp.Graph().Figures()[0].Nodes {
		seen[n.Name] = n.Vectors
	}
	return seen
}
