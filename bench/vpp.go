package main

import (
	"fmt"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/bench/tuplemerge"
)

// vppGraph is VPP on the question of the graph scenario.
func vppGraph(o measure.Options, flows, vector int, stateful bool) measure.Subject {
	filter := peer.VPPForward
	if stateful {
		filter = peer.VPPStateful
	}
	return peer.VPPGraph(o, peer.VPPGraphSetting{Flows: flows, Filter: filter, Vector: vector})
}

// vppMostRules is how many rules are given to VPP: its CLI takes them as one line.
const vppMostRules = 10_000

// vppRules is VPP's ACL plugin with the same rules, ahead of one that permits all, and the same packets, nil for those of the
// known flows.
func vppRules(o measure.Options, rules []tuplemerge.Rule, packets [][]byte, stateful bool) measure.Subject {
	if len(rules) > vppMostRules {
		return measure.Subject{Name: "vpp", Skip: fmt.Sprintf("its CLI takes an ACL as one line, and holds its workers and main loop meanwhile: "+
			"it is given %d rules at most; no remedy", vppMostRules)}
	}
	filter := peer.VPPStateless
	if stateful {
		filter = peer.VPPStateful
	}
	return peer.VPPGraph(o, peer.VPPGraphSetting{Flows: ruleFlows, Filter: filter, Rules: rules, Packets: packets})
}

// vppChurn is VPP's ACL plugin on the question of the churn scenario.
func vppChurn(o measure.Options, sessions int) measure.Subject { return peer.VPPChurn(o, sessions) }
