// Package measure is what the runner of the benches and the things it measures agree on.
//
// Terms: a scenario is a question with a name; a group is one setting of its parameters, opened and closed as a whole;
// a subject is one thing that answers the question in that setting (gvpp, or a baseline); a round asks every subject of a
// group once, one after the other, so that a machine that changes its speed changes it for all; a sample is what one
// subject said in one round.
//
// The package holds no state and measures nothing itself.
package measure

import "errors"

// ErrUnfit is what a Round's error wraps when the round says nothing about the subject, because the machine was too busy: the
// runner leaves that round out, and what the subject says in others is its result.
var ErrUnfit = errors.New("the machine was too busy")

// Scenario is a question with a name. Groups are lazy: nothing is made before Group.Open.
type Scenario struct {
	Name   string // one word, as typed
	About  string // one line for the list
	Groups func(Options) []Group
	Ready  func(Options) error // nil: any machine can run it; else why this one cannot, and the remedy. Quick
}

// Options are the runner's flags that concern scenarios.
type Options struct {
	VPP   string // path of a vpp binary; "": look on PATH
	Short bool   // fewer and smaller groups: a try, not a result
}

// Group is one setting of a scenario's parameters.
type Group struct {
	Params string // "flows=1000", or "flows=10000 vector=64": name=value, what a plot has on its x axis first
	Open   func() ([]Subject, error)

	// MostRounds, unless 0, bounds the rounds of a group that takes long.
	MostRounds int

	// Collector leaves the garbage collector at work during the rounds, for a group that measures what it does. Else
	// it has run before the first round and rests until the last.
	Collector bool
}

// Subject is one thing that is measured. Round and Close are called from one goroutine. A subject that this machine cannot
// measure has neither, and says why in Skip.
type Subject struct {
	Name  string // gvpp, gvpp-portable, go-map, swiss, linear, tuplemerge, rte_hash, bihash, c-echo, kernel-nft, vpp, …
	Round func() ([]Sample, error)
	Close func() error // nil: nothing to close
	Skip  string
}

// Sample is what a subject said in one round. The same metrics come in every round.
type Sample struct {
	Metric string // "cost", "rate", "memory", "gap", "latency p99"
	Unit   string // "ns/packet", "clocks/packet", "Mpps", "B/flow", "us"
	Value  float64
}
