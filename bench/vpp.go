package main

import (
	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/tuplemerge"
)

// noVPP stands for VPP until its driver is there.
func noVPP() measure.Subject { return measure.Subject{Name: "vpp", Skip: "no vpp binary found"} }

func vppGraph(measure.Options, int, int, bool) measure.Subject          { return noVPP() }
func vppRules(measure.Options, []tuplemerge.Rule, bool) measure.Subject { return noVPP() }
func vppChurn(measure.Options, int) measure.Subject                     { return noVPP() }
