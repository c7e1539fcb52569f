package ratelimit

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/examples/ratelimit/ratelimitapi"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// DefaultSources is how many sources a worker remembers unless told otherwise: 3 MB.
const DefaultSources = 32768

// forgetEvery is how often workers look for buckets that are full again. Rarer, and slots stay taken for longer; more often, and
// workers look at slots that have hardly aged.
const forgetEvery = time.Second

// Plugin is the limits of a dataplane. Its operations are safe for concurrent use, and return when all workers act on them.
type Plugin struct {
	Sources int // that each worker's table is made for; 0: DefaultSources; set before the dataplane is made

	dp     plugin.Dataplane
	limits atomic.Pointer[limits] // published
	rounds atomic.Uint64          // published: how often workers were asked to forget
	nodes  []*node                // by worker; made before any runs
	boot   []bootLine             // of startup.conf, for init

	mu sync.Mutex // one change at a time
}

// New makes the plugin.
func New() *Plugin {
	p := &Plugin{}
	p.limits.Store(&limits{})
	return p
}

// arcs are where the node is: packets of both families pass it.
var arcs = []string{"ip4-unicast", "ip6-unicast"}

// Register implements plugin.Plugin. The node comes before connection tracking, so that what is dropped makes no session.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:  "ratelimit",
		Nexts: graph.Nexts{nextPass: graph.Continue, nextDrop: graph.ErrorDrop},
		Counters: graph.Counters{
			errPackets: "over the packets a second of their source", errBytes: "over the bytes a second of their source",
			errShared: "of sources that share a bucket: the table is full",
		},
		Arc:      graph.Arc{Name: arcs[0], Before: "flow-lookup"},
		MoreArcs: []graph.Arc{{Name: arcs[1], Before: "flow-lookup"}},
		New:      p.newNode,
		Trace:    trace,
	})
	p.registerCLI(r)
	r.API(ratelimitapi.Serve(service{p}))
	r.Config("ratelimit", p.config)
	r.Periodic("ratelimit forget", forgetEvery, func(int64) bool { p.rounds.Add(1); return false })
	r.Stat(p.tell)
	r.Init(p.init)
	r.Removed(p.forget)
}

// plainKeys make equal input give equal output.
var plainKeys = [2]uint64{0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9}

// newNode makes a worker's node, worker after worker, before any runs.
func (p *Plugin) newNode(*graph.Worker) graph.Processor {
	if p.Sources == 0 {
		p.Sources = DefaultSources
	}
	n := &node{Plugin: p, table: newTable(p.Sources, plainKeys)}
	p.nodes = append(p.nodes, n)
	return n
}

// init gives the tables their keys, then does what startup.conf says.
func (p *Plugin) init(dp plugin.Dataplane) error {
	p.dp = dp
	if !dp.Deterministic() {
		var b [16]byte
		_, _ = rand.Read(b[:]) // it does not fail
		for _, n := range p.nodes {
			n.table.keys = [2]uint64{binary.NativeEndian.Uint64(b[:]), binary.NativeEndian.Uint64(b[8:])}
		}
	}
	return p.runBoot()
}
