package classify

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify/classifyapi"
	"github.com/gvpp/gvpp/plugin"
)

// Plugin is the rules of a dataplane. Its operations are safe for concurrent use and return when what they changed is
// effective on all workers.
type Plugin struct {
	dp        plugin.Dataplane
	sessions  Sessions                // nil: no keep-state
	table4    *flow.Table[flow.Key4]  // of sessions
	table6    *flow.Table[flow.Key6]  // of sessions
	published atomic.Pointer[ruleset] // published
	views     []*view                 // by worker; made before any runs

	mu       sync.Mutex
	book     book        // guarded by mu: the rules
	nextID   uint32      // guarded by mu
	ifs      []*ifConfig // guarded by mu: by sw_if_index
	gen      uint32      // guarded by mu
	counters []*slots    // by worker; the slice is fixed
	slotUsed uint32      // guarded by mu: slots handed out
	freeSlot []uint32    // guarded by mu: slots of deleted rules that no worker counts on any more
	deadSlot []dead      // guarded by mu: slots of deleted rules that one may still count on
	past     Totals      // guarded by mu: what is in no counter any more, or in one of another action
	boot     []bootLine  // guarded by mu: from startup.conf, for Init
}

// ifConfig is the settings of an interface.
type ifConfig struct {
	enabled      *bool // as asked for; nil: enabled as soon as something is configured
	configured   bool
	answers      int     // keep-state rules that redirect to it: their replies come in here
	wired        [2]bool // by Direction: the features are on
	fallback     Action
	nonIP        Action
	fallbackSlot [2]uint32 // by Direction
	// by Direction: of neighbour discovery that passes although the default is to drop
	neighbourSlot [2]uint32
	nonIPSlot     uint32
}

func (c *ifConfig) active() bool {
	if c.enabled != nil {
		return *c.enabled
	}
	return c.configured || c.answers > 0
}

// dead is the counter of a deleted rule.
type dead struct {
	slot   uint32
	action Action
}

// bootLine is a command of the startup.conf stanza.
type bootLine struct {
	where   config.Pos
	handler cli.Handler
	args    *cli.Args
}

// New makes the plugin. sessions may be nil: then rules cannot keep state.
func New(sessions Sessions) *Plugin { return &Plugin{sessions: sessions} }

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	redirect := graph.ArcStart("interface-output")
	if p.sessions != nil {
		redirect = "flow-track-redirect"
	}
	nexts := graph.Nexts{nextContinue: graph.Continue, nextRedirect: redirect, nextDrop: graph.ErrorDrop}
	r.Node(graph.Spec{
		Name:     "pkt-classify",
		Nexts:    nexts,
		Counters: counters,
		Arc:      graph.Arc{Name: "ip4-unicast", Before: "flow-track", After: "flow-lookup"},
		MoreArcs: []graph.Arc{{Name: "ip6-unicast", Before: "flow-track", After: "flow-lookup"}},
		New:      func(w *graph.Worker) graph.Processor { return &node{view: p.view(w), out: In} },
		Trace:    p.trace,
	})
	r.Node(graph.Spec{
		Name:     "pkt-classify-out",
		Nexts:    nexts,
		Counters: counters,
		Arc:      graph.Arc{Name: "interface-output", Before: "flow-track-out", After: "flow-lookup-out"},
		New:      func(w *graph.Worker) graph.Processor { return &node{view: p.view(w), out: Out} },
		Trace:    p.trace,
	})
	r.Node(graph.Spec{
		Name:     "classify-non-ip",
		Nexts:    graph.Nexts{nonIPContinue: graph.Continue, nonIPDrop: graph.ErrorDrop},
		Counters: graph.Counters{"dropped: not IP"},
		Arc:      graph.Arc{Name: "l2-input"},
		New:      func(w *graph.Worker) graph.Processor { return &nonIP{p.view(w)} },
		Trace:    nonIPTrace,
	})
	r.Init(p.init)
	r.Stat(p.tell)
	r.Removed(p.forget)
	r.Describe(p.describe)
	r.API(classifyapi.Serve(front{p}))
	p.registerCLI(r)
	r.Config("classify", p.config)
}

// view is what the nodes of a worker share. Spec.New is called worker after worker, before any runs.
func (p *Plugin) view(w *graph.Worker) *view {
	for len(p.views) <= w.ID() {
		p.views = append(p.views, &view{Plugin: p})
		p.counters = append(p.counters, new(slots))
	}
	return p.views[w.ID()]
}

// init starts without rules, then runs what startup.conf says.
func (p *Plugin) init(dp plugin.Dataplane) error {
	p.dp = dp
	if p.sessions != nil {
		if p.table4, p.table6 = p.sessions.Tables(); p.table4 == nil {
			return errors.New("classify: its session tracker has no table yet: list the tracker before classify among the plugins")
		}
		if t, ok := p.sessions.(verdictSaver); ok {
			t.SetVerdicts(savedVerdict, restoredVerdict)
		}
	}
	p.mu.Lock()
	p.published.Store(p.compile())
	p.mu.Unlock()
	for _, l := range p.boot {
		if err := l.handler(bootCall(l.args)); err != nil {
			return &config.Error{Pos: l.where, Msg: err.Error(), Err: err}
		}
	}
	p.boot = nil
	return nil
}
