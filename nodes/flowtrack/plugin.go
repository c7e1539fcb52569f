package flowtrack

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// DefaultSessions is how many sessions of each family the table holds unless told otherwise. Memory is taken as sessions
// come, about 100 bytes each for IPv4 and 150 for IPv6.
const DefaultSessions = 1 << 20

// MaxSessions bounds the setting.
const MaxSessions = 1 << 26

// Plugin is the session table of a dataplane. Its operations are safe for concurrent use.
type Plugin struct {
	// Sessions is the most sessions of each family; 0 means DefaultSessions. Set it before gvpp.New.
	Sessions int

	dp       plugin.Dataplane
	shut     sync.RWMutex // held for reading by those who walk the tables beside the workers, for writing by close
	closed   bool         // guarded by shut: the tables are no more
	table4   *flow.Table[flow.Key4]
	table6   *flow.Table[flow.Key6]
	timeouts timeouts

	desks   []*desk       // by worker; made before any runs
	serial  atomic.Uint32 // the next session's number that no desk has
	hand    atomic.Uint32 // where evict looks next
	expired atomic.Uint64 // sessions swept
	sweeps  [2]sweep      // the control goroutine's: IPv4, IPv6
}

// New makes the plugin.
func New() *Plugin {
	p := &Plugin{}
	p.timeouts.reset()
	return p
}

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	lookupNode := func(name, before string, arcs ...string) {
		s := graph.Spec{Name: name, Nexts: graph.Nexts{graph.Continue}, Trace: p.trace,
			New: func(*graph.Worker) graph.Processor { return &lookup{Plugin: p} }}
		for _, a := range arcs {
			s.MoreArcs = append(s.MoreArcs, graph.Arc{Name: a, Before: before})
		}
		s.Arc, s.MoreArcs = s.MoreArcs[0], s.MoreArcs[1:]
		r.Node(s)
	}
	lookupNode("flow-lookup", "flow-track", "ip4-unicast", "ip6-unicast")
	lookupNode("flow-lookup-out", "flow-track-out", "interface-output")
	trackNode := func(name, next string, arcs ...graph.Arc) {
		s := graph.Spec{Name: name, Nexts: graph.Nexts{next}, Counters: trackCounters, Trace: p.trace, MoreArcs: arcs,
			New: func(w *graph.Worker) graph.Processor { p.newDesk(w); return &track{p} }}
		if len(arcs) > 0 {
			s.Arc, s.MoreArcs = arcs[0], arcs[1:]
		}
		r.Node(s)
	}
	trackNode("flow-track", graph.Continue, graph.Arc{Name: "ip4-unicast"}, graph.Arc{Name: "ip6-unicast"})
	trackNode("flow-track-out", graph.Continue, graph.Arc{Name: "interface-output"})
	trackNode("flow-track-redirect", graph.ArcStart("interface-output"))

	r.Init(p.init)
	r.Close(p.close)
	r.Config("flowtrack", p.config)
	r.Periodic("flowtrack sweep", sweepEvery, p.sweep)
	p.registerCLI(r)
}

// replaySeed is the hash seed where equal input must give equal output.
const replaySeed = 1

func (p *Plugin) init(dp plugin.Dataplane) (err error) {
	p.dp = dp
	if p.Sessions == 0 {
		p.Sessions = DefaultSessions
	}
	if p.Sessions < 1 || p.Sessions > MaxSessions {
		return fmt.Errorf("flowtrack: %d sessions: want 1 to %d", p.Sessions, MaxSessions)
	}
	c := flow.Config{MaxFlows: p.Sessions, Epochs: dp.Epochs()}
	if dp.Deterministic() {
		c.Seed = replaySeed
	}
	if p.table4, err = flow.New[flow.Key4](c); err != nil {
		return fmt.Errorf("flowtrack: %w", err)
	}
	if p.table6, err = flow.New[flow.Key6](c); err != nil {
		return errors.Join(fmt.Errorf("flowtrack: %w", err), p.table4.Close())
	}
	return nil
}

// close frees the tables, when nobody walks them any more; workers and control work have ended.
func (p *Plugin) close() error {
	p.shut.Lock()
	defer p.shut.Unlock()
	if p.closed = true; p.table4 == nil || p.table6 == nil {
		return nil
	}
	return errors.Join(p.table4.Close(), p.table6.Close())
}

// SetTimeout changes a timeout by name; it holds at once, for all sessions.
func (p *Plugin) SetTimeout(name string, d time.Duration) error {
	k, err := findTimeout(name)
	if err != nil {
		return err
	}
	if d < MinTimeout || d > MaxTimeout {
		return fmt.Errorf("flowtrack: timeout %s of %v: want %v to %v", k.Name, d, MinTimeout, MaxTimeout)
	}
	p.timeouts.set(k, d)
	return nil
}

// config reads the stanza: flowtrack { sessions N timeout { STATE SECONDS … } }.
func (p *Plugin) config(c *config.Cursor) error {
	timeoutSchema := config.Schema{}
	for _, k := range Timeouts {
		timeoutSchema[k.Name] = func(c *config.Cursor) error {
			d, err := c.Duration(MinTimeout, MaxTimeout)
			if err == nil {
				p.timeouts.set(k, d)
			}
			return err
		}
	}
	return c.Walk(config.Schema{
		"sessions": func(c *config.Cursor) error {
			n, err := c.Uint(1, MaxSessions)
			p.Sessions = int(n)
			return err
		},
		"timeout": func(c *config.Cursor) error {
			inner, err := c.Block()
			if err != nil {
				return err
			}
			return inner.Walk(timeoutSchema)
		},
	})
}
