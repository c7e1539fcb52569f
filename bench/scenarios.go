package main

import (
	"slices"

	"github.com/gvpp/gvpp/bench/measure"
)

// scenarios is all there are, in the order that they are run in.
var scenarios = []measure.Scenario{
	graphScenario, l3Scenario, bridgeScenario, vectorScenario, pgScenario, tcpScenario, rulesScenario, tableScenario, classifierScenario, churnScenario, coresScenario,
	apiScenario, atMost(routeRounds, routesScenario), atMost(stallRounds, stallsScenario), atMost(afxdpRounds, afxdpScenario),
}

// Bounds that keep the scenarios whose rounds take seconds from taking half of the time of all: all is to be done in 20 minutes.
const (
	stallRounds = 3
	afxdpRounds = 5
)

// atMost bounds the rounds of a scenario.
func atMost(rounds int, s measure.Scenario) measure.Scenario {
	groups := s.Groups
	s.Groups = func(o measure.Options) []measure.Group {
		list := groups(o)
		for i := range list {
			list[i].MostRounds = rounds
		}
		return list
	}
	return s
}

func names(list []measure.Scenario) (out []string) {
	for _, s := range list {
		out = append(out, s.Name)
	}
	return out
}

func find(list []measure.Scenario, name string) (measure.Scenario, bool) {
	i := slices.IndexFunc(list, func(s measure.Scenario) bool { return s.Name == name })
	if i < 0 {
		return measure.Scenario{}, false
	}
	return list[i], true
}
