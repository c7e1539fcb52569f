package flowtrack

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
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

	// Helpers are those that operators may attach to ports; New lists the ones of this package. Set it before gvpp.New.
	Helpers []Helper

	// SaveFile is where sessions outlive a restart: they are read from it at start, and written to it at the end and, if SaveEvery is
	// set, so often. "": they are not. Set both before gvpp.New.
	SaveFile  string
	SaveEvery time.Duration

	// FirstPieces says that no node puts datagrams together: the first piece of one of UDP stands for it, and the others are
	// invalid. Without it all pieces are, but of a datagram that is whole. Set it before gvpp.New.
	FirstPieces bool

	dp       plugin.Dataplane
	shut     sync.RWMutex // held for reading by those who walk the tables beside the workers, for writing by close
	closed   bool         // guarded by shut: the tables are no more
	table4   *flow.Table[flow.Key4]
	table6   *flow.Table[flow.Key6]
	timeouts timeouts

	mu        sync.Mutex
	published atomic.Pointer[published] // stored under mu
	zoning    zoning                    // guarded by mu
	boot      plugin.Boot               // from startup.conf, for init
	helping   atomic.Pointer[helping]   // nil before the first helper
	counts    atomic.Pointer[counts]    // nil before the first limit that needs it
	limitMu   sync.Mutex                // held while limits are changed, mu inside it

	desks     []*desk                 // by worker; made before any runs
	shared    bool                    // there are several
	serial    atomic.Uint32           // the next session's number that no desk has
	hand      atomic.Uint32           // where evict looks next
	forgotten [numOvers]atomic.Uint64 // sessions that control work has ended, by the reason
	sweeps    [2]sweep                // the control goroutine's: IPv4, IPv6
	events    events
	told      subscriptions
	keep      keeping
}

// New makes the plugin.
func New() *Plugin {
	p := &Plugin{Helpers: []Helper{ftpHelper{}}}
	p.timeouts.reset()
	p.published.Store(&published{Settings: DefaultSettings, tcp: DefaultSettings.rules()})
	return p
}

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	for _, k := range []struct {
		suffix string
		arcs   []string
	}{{"", []string{"ip4-unicast", "ip6-unicast"}}, {"-out", []string{"interface-output"}}} {
		lookupName, againName, trackName := "flow-lookup"+k.suffix, "flow-again"+k.suffix, "flow-track"+k.suffix
		find := graph.Spec{Name: lookupName, Nexts: graph.Nexts{lookupOn: graph.Continue, lookupAgain: againName}, Counters: lookupCounters,
			Trace: p.trace, New: func(w *graph.Worker) graph.Processor { return &lookup{desk: p.deskOf(w)} }}
		admit := graph.Spec{Name: trackName, Nexts: graph.Nexts{trackOn: graph.Continue, trackDrop: graph.ErrorDrop}, Counters: trackCounters, Trace: p.trace, New: p.newTrack}
		for _, arc := range k.arcs {
			find.MoreArcs = append(find.MoreArcs, graph.Arc{Name: arc, Before: trackName})
			admit.MoreArcs = append(admit.MoreArcs, graph.Arc{Name: arc})
		}
		r.Node(find)
		r.Node(admit)
		r.Node(graph.Spec{Name: againName, Nexts: graph.Nexts{lookupName}, Late: true, New: func(*graph.Worker) graph.Processor { return again{} }})
	}
	r.Node(graph.Spec{Name: "flow-track-redirect", Nexts: graph.Nexts{trackOn: graph.ArcStart("interface-output"), trackDrop: graph.ErrorDrop}, Counters: trackCounters, Trace: p.trace, New: p.newTrack})
	r.Init(p.init)
	r.Removed(p.forgetInterface)
	r.Describe(p.describe)
	r.Close(p.close)
	r.Config("flowtrack", p.config)
	r.Periodic("flowtrack sweep", sweepEvery, p.sweep)
	r.Stat(p.tell)
	p.registerSave(r)
	p.registerCLI(r)
	r.API(flowtrackapi.Serve(front{p}))
}

func (p *Plugin) newTrack(w *graph.Worker) graph.Processor { return &track{p.deskOf(w).Plugin} }

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
	c := flow.Config{MaxFlows: p.Sessions, Epochs: dp.Epochs(), Annex: true}
	if dp.Deterministic() {
		c.Seed = replaySeed
	}
	if p.table4, err = flow.New[flow.Key4](c); err != nil {
		return fmt.Errorf("flowtrack: %w", err)
	}
	if p.table6, err = flow.New[flow.Key6](c); err != nil {
		return errors.Join(fmt.Errorf("flowtrack: %w", err), p.table4.Close())
	}
	return p.boot.Run()
}

// close saves sessions and frees the tables, when nobody walks them any more; workers and control work have ended.
func (p *Plugin) close() error {
	err := p.saveAtEnd()
	p.shut.Lock()
	defer p.shut.Unlock()
	if p.closed = true; p.table4 == nil || p.table6 == nil {
		return err
	}
	return errors.Join(err, p.table4.Close(), p.table6.Close(), p.counts.Load().close())
}

// SetTimeout changes a timeout by name; it holds at once, for all sessions.
func (p *Plugin) SetTimeout(name string, d time.Duration) error {
	k, err := checkTimeout(name, d)
	if err == nil {
		p.timeouts.set(0, k, d)
	}
	return err
}

// checkTimeout finds a timeout by name and checks what it is to be.
func checkTimeout(name string, d time.Duration) (Timeout, error) {
	k, err := findTimeout(name)
	if err == nil && (d < MinTimeout || d > MaxTimeout) {
		err = api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: timeout %s of %v: want %v to %v", k.Name, d, MinTimeout, MaxTimeout))
	}
	return k, err
}
