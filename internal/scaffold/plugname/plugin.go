package plugname

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/scaffold/plugname/plugnameapi"
	"github.com/gvpp/gvpp/plugin"
)

// Plugin is the rules of a dataplane. Its operations are safe for concurrent use.
type Plugin struct {
	dp    plugin.Dataplane
	node  uint16  // the node's number in the graph
	nodes []*node // by worker; made before any runs

	table atomic.Pointer[table] // published
	rate  atomic.Uint64         // packets that rules have matched, in the last second
	last  sample                // the control goroutine's: what measure has seen before

	mu      sync.Mutex
	rules   []*rule         // guarded by mu: in the order in which they are asked
	nextID  uint32          // guarded by mu
	enabled map[uint32]bool // guarded by mu: by sw_if_index
	boot    boot            // what startup.conf says, until init has done it
}

// New makes the plugin, without rules.
func New() *Plugin {
	p := &Plugin{enabled: map[uint32]bool{}}
	p.table.Store(&table{})
	return p
}

// Register implements plugin.Plugin. It only declares; init has the dataplane.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     "plugname",
		Nexts:    graph.Nexts{nextContinue: graph.Continue, nextDrop: graph.ErrorDrop},
		Counters: counters,
		Arc:      graph.Arc{Name: "ip4-unicast"},
		MoreArcs: []graph.Arc{{Name: "ip6-unicast"}, {Name: "l2-input"}},
		New:      p.newNode,
		Trace:    p.trace,
	})
	r.Describe(p.describe)
	r.API(plugnameapi.Serve(front{p}))
	r.Config("plugname", p.config)
	r.Periodic("plugname-rate", time.Second, p.measure)
	r.Stat(p.tell)
	r.Init(p.init)
	r.Removed(p.forget)
	p.registerCLI(r)
}

// init keeps the dataplane, and does what startup.conf says: the interfaces are there now.
func (p *Plugin) init(dp plugin.Dataplane) error {
	p.dp = dp
	p.node, _ = dp.Node("plugname")
	return p.boot.run(p)
}

// forget is told that an interface has been removed.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.enabled, swIf)
	return nil
}
