// Package l2 sends frames by what they are on layer 2: cross-connects, bridge domains, and the arc of what leaves by these.
//
// Terms: a cross-connect (l2-xconnect) sends every packet of an interface out by another one, unchanged. A bridge domain is
// interfaces, its members, between which frames go by their MAC addresses: l2-learn notes at which member each source is, l2-fwd
// sends a frame to the member that its destination is at, l2-flood sends it to all when that is not known, or is a group address. A
// BVI is a loopback that is a member, and routes. Package fib is the table of the addresses.
//
//	arcs of a bridged interface ──> l2-learn ─┬─> l2-fwd ──┬──> arc l2-output ──> l2-output ──> arc interface-output
//	                                          └─> l2-flood ┴──> l2-bvi-input ──> ethernet-input
//
// An interface that is cross-connected or bridged has the ends of its arcs moved, so that packets of any kind get
// there behind their features. It is in one of the two at most.
//
// Workers learn by themselves, without a lock: see package fib. What they learn is bounded by domain and in all, addresses that are
// not heard for the domain's age are forgotten, and no flood of new addresses keeps known ones from being forwarded.
//
// There is no spanning tree; its frames are flooded like others, for those who run one. A loop is contained all the same, whether it is
// a cable between two members, goes through other domains or through switches: a frame that was flooded and comes back by another
// member is dropped, and nothing is learned from it (see echo.go). Storms that come from outside, and whatever is flooded, have the
// room that other frames leave (see flood.go), and no more than the domain's flood limit, if it has one. What is not done: no member is
// switched off; frames that are changed on their way round, or need longer than half a second for it, are not known again.
package l2

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/l2/fib"
	"github.com/gvpp/gvpp/plugin"
)

// inputArcs are the arcs whose ends move.
var inputArcs = []string{"l2-input", "ip4-unicast", "ip6-unicast"}

// Plugin is the cross-connects and bridge domains. Its operations are safe for concurrent use.
type Plugin struct {
	dp       plugin.Dataplane
	rewrites func(swIf uint32) string // set before there are workers
	connects atomic.Pointer[[]uint32] // published: cross-connects, by rx sw_if_index, the tx one or none
	state    atomic.Pointer[state]    // published: the domains
	learned  atomic.Int64             // addresses, of all domains
	limit    atomic.Int64             // of learned

	defaultLimit atomic.Uint32 // of domains to be made
	cursor       fib.Cursor    // the control goroutine's: where sweep has come to
	events       macEvents

	mu       sync.Mutex         // one change at a time
	explicit map[uint32]bool    // guarded by mu: cross-connects set by name, not only as the other end of one
	domains  map[uint32]*domain // guarded by mu: by ID
	byIndex  []*domain          // guarded by mu
	table    *fib.Table         // guarded by mu: nil before there is a domain
	recent   *echoes            // guarded by mu: likewise
	telling  bool               // guarded by mu: somebody wants to be told what is learned
}

// New makes the plugin.
func New() *Plugin {
	p := &Plugin{explicit: map[uint32]bool{}, domains: map[uint32]*domain{}, byIndex: make([]*domain, 1)}
	p.connects.Store(&[]uint32{})
	p.state.Store(&state{})
	p.limit.Store(DefaultLearnLimit)
	p.defaultLimit.Store(DefaultLearnLimit)
	p.events.delay.Store(int64(DefaultScanDelay))
	return p
}

// ShowRewrites sets who knows what becomes of an interface's VLAN tags, for show bridge-domain. It is to be called before Register.
func (p *Plugin) ShowRewrites(f func(swIf uint32) string) { p.rewrites = f }

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error { p.dp = dp; return nil })
	r.Removed(p.forget)
	r.Changed(p.changed)
	r.Arc(graph.ArcSpec{Name: OutputArc, End: OutputArc, ByTx: true})
	for _, s := range append([]graph.Spec{p.connectSpec(), p.learnSpec(), p.forwardSpec(), p.floodSpec(), p.outputSpec()}, p.bviSpecs()...) {
		r.Node(s)
	}
	r.Periodic("forget old MAC addresses", sweepEvery, p.sweep)
	r.Periodic("look after MAC addresses", lookEvery, func(now int64) (more bool) {
		p.look(now)
		return p.tell(now)
	})
	p.commands(r)
}

// forget ends all cross-connects from and to an interface that is being removed, and takes it out of its domain.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ends []uint32
	for a, b := range *p.connects.Load() {
		if b != none && (uint32(a) == swIf || b == swIf) {
			ends = append(ends, uint32(a))
		}
	}
	err := errors.Join(p.release(context.Background(), ends...), p.leave(context.Background(), swIf))
	p.flush(func(_ key, e entry) bool { return e.Port() == swIf })
	return err
}

func (p *Plugin) moveEnds(swIf uint32, to string) error {
	for _, arc := range inputArcs {
		if err := p.dp.SetArcEnd(arc, swIf, to); err != nil {
			return err
		}
	}
	return nil
}
