package gvpptest

import (
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/gvpp/gvpp"
)

// allocRounds is how often packets are sent while allocations are counted. The least count of a node is what it does itself: other
// tests of the process allocate, too.
const allocRounds = 5

// allocs counts the allocations of nodes.
type allocs struct {
	on            bool
	count         map[string]uint64 // by node
	before, after runtime.MemStats
}

// around implements graph.Check.Around.
func (a *allocs) around(node string, _ int, run func()) {
	if !a.on {
		run()
		return
	}
	runtime.ReadMemStats(&a.before)
	run()
	runtime.ReadMemStats(&a.after)
	a.count[node] += a.after.Mallocs - a.before.Mallocs
}

// ExpectNoAllocs lets packets arrive at in, six times in all, and fails the test if a node allocates memory for them each time, once
// it has seen them. What becomes of the packets does not matter, but that a node of the plugins has run. They count: counters and what
// a plugin remembers change as with any others, so it stands behind what looks at those, or in a test of its own. Under the race
// detector, which allocates itself, it finds nothing.
func (h *Harness) ExpectNoAllocs(in *Interface, packets []Packet) {
	h.t.Helper()
	h.Send(From(in, packets)) // what is made once is made now
	h.DP.Graph().TraceClear()
	least := map[string]uint64{}
	h.ways.blind = true
	for round := range allocRounds {
		h.allocs.on, h.allocs.count = true, map[string]uint64{}
		h.send([]Stream{From(in, packets)})
		h.allocs.on = false
		for node, n := range h.allocs.count {
			if l, ok := least[node]; round == 0 || ok {
				least[node] = n
				if round > 0 {
					least[node] = min(l, n)
				}
			}
		}
	}
	h.ways.blind = false
	h.mustHaveRun(in, least)
	if raceDetector {
		return
	}
	for _, node := range slices.Sorted(maps.Keys(least)) {
		if n := least[node]; n > 0 {
			h.t.Errorf("node %s allocates memory %d times for %s, want none on the packet path; `go build -gcflags=-m` tells where", node, n, plural(len(packets), "packet"))
		}
	}
}

// mustHaveRun fails the test unless one of the plugins' nodes is among those that have run, or any where they have none: else nothing
// was counted that the test is about.
func (h *Harness) mustHaveRun(in *Interface, ran map[string]uint64) {
	h.t.Helper()
	var own []string
	for _, n := range h.DP.Graph().Plan.Nodes {
		if !slices.Contains(stockNodes(), n.Name) {
			own = append(own, n.Name)
		}
	}
	has := func(node string) bool { _, ok := ran[node]; return ok }
	switch st, err := h.DP.InterfaceStatus(in.Index); {
	case err == nil && !st.Up:
		h.t.Errorf("no node has run, for %s is down: \"set interface state %s up\" brings it up", in.Name, in.Name)
	case len(own) > 0 && !slices.ContainsFunc(own, has):
		h.t.Errorf("none of the plugins' nodes has run, so nothing is known of them: Enable one of %q on %s, or send packets that come to it", own, in.Name)
	}
}

// stockNodes are the nodes of every program.
var stockNodes = sync.OnceValue(func() (names []string) {
	dp, err := gvpp.New(gvpp.Config{Buffers: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil
	}
	for _, n := range dp.Graph().Plan.Nodes {
		names = append(names, n.Name)
	}
	_ = dp.Close()
	return names
})
