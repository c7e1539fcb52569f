package gvpp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/epoch"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/device"
	"github.com/gvpp/gvpp/nodes/ethernet"
	"github.com/gvpp/gvpp/nodes/ip"
	"github.com/gvpp/gvpp/nodes/l2"
	"github.com/gvpp/gvpp/nodes/pg"
	"github.com/gvpp/gvpp/nodes/span"
	"github.com/gvpp/gvpp/plugin"
)

// Dataplane is an assembled graph with its interfaces. Its operations are safe for concurrent use.
type Dataplane struct {
	config Config
	log    *slog.Logger
	pool   *buffer.Pool
	graph  *graph.Graph
	host   *port.Host
	ether  *ethernet.Plugin
	span   *span.Plugin
	l2     *l2.Plugin
	ip     *ip.Plugin
	pg     *pg.Plugin
	tree   cli.Tree
	api    []api.Service

	plugins []PluginReport // those of Config, as they were registered

	apiServer atomic.Pointer[server.Server] // nil until Serve has made one
	works     []*work
	closes    []func() error
	gone      []func(swIf uint32) error // what plugins forget when an interface is removed
	changed   []func(swIf uint32)       // guarded by mu: who wants to know of links
	waits     waits
	logged    logged
	events    interfaceEvents
	stats     *statistics
	mover     *mover                        // the clock, unless Config has one
	tellers   []func(m *buffer.Meta) string // by plugin: Registry.Describe
	filters   []plugin.Filter
	capture   atomic.Pointer[capture] // nil: nothing is captured

	clearedFigures []graph.WorkerFigures // guarded by mu: what show runtime subtracts
	clearedErrors  []graph.ErrorCount    // guarded by mu: what show errors subtracts
	clearedAt      int64                 // guarded by mu: clock

	names atomic.Pointer[names]       // published
	links atomic.Pointer[[]knownLink] // published: by sw_if_index

	mu      sync.Mutex
	ifs     []*iface        // guarded by mu: by sw_if_index-1
	watch   context.Context // guarded by mu: of the watchers; nil but while Run goes on
	watches sync.WaitGroup
	phase   phase // guarded by mu
}

// phase is how far a dataplane's life has come.
type phase int

const (
	assembled phase = iota
	running         // Run goes on: the workers may touch everything
	closed          // packet memory and workers are gone
)

var errClosed = errors.New("gvpp: the dataplane is closed; make a new one")

// New assembles a dataplane and opens its interfaces. Its error joins all that is wrong with the plugins' declarations,
// or is the first that an interface gave.
func New(c Config) (*Dataplane, error) {
	c.fill()
	dp := &Dataplane{config: c, ether: ethernet.New(), span: span.New(), l2: l2.New(), ip: ip.New(), pg: pg.New(), mover: newMover()}
	dp.ip.OnRouted(dp.ether.SetRouted)
	dp.l2.ShowRewrites(func(swIf uint32) string { return dp.ether.RewriteOf(swIf).Short() })
	dp.log = slog.New(keeper{next: c.Log.Handler(), to: &dp.logged})
	dp.names.Store(&names{})
	dp.links.Store(&[]knownLink{})
	var r plugin.Registry
	if slices.Contains(c.Plugins, nil) {
		return nil, errors.New("gvpp: one of Config.Plugins is nil")
	}
	for _, p := range []plugin.Plugin{device.Plugin{}, dp.ether, dp.span, dp.ip, dp.l2, dp.pg, base{dp}} {
		p.Register(&r)
	}
	for _, p := range c.Plugins {
		dp.plugins = append(dp.plugins, registered(p, &r))
	}
	for _, p := range []plugin.Plugin{dp.ether.Last(), dp.span.Last()} {
		p.Register(&r)
	}
	plan, err := graph.NewPlan(r.Nodes, r.Arcs)
	if err := errors.Join(err, dp.addCommands(r.Commands), c.stanzas(r.Stanzas)); err != nil {
		return nil, fmt.Errorf("gvpp: %w", err)
	}
	for _, n := range plan.Notices {
		dp.log.Warn("gvpp: " + n)
	}
	if err := dp.build(plan); err != nil {
		return nil, err
	}
	dp.closes, dp.gone, dp.api, dp.tellers = r.Closes, r.Removals, r.Services, r.Tellers
	dp.filters = r.Filters
	if err := dp.start(&r); err != nil {
		return nil, errors.Join(err, dp.Close())
	}
	return dp, nil
}

// build makes memory and workers.
func (dp *Dataplane) build(plan *graph.Plan) (err error) {
	c := &dp.config
	if dp.pool, err = buffer.New(c.Buffers, c.BufferSize); err != nil {
		return fmt.Errorf("gvpp: %w", err)
	}
	if dp.stats, err = newStatistics(c, plan); err != nil {
		return errors.Join(fmt.Errorf("gvpp: %w", err), dp.pool.Close())
	}
	dp.graph, err = graph.New(graph.Config{Plan: plan, Pool: dp.pool, Workers: c.Workers, Cores: c.Cores, Clock: c.clock(dp.mover), Rows: dp.stats.rows, Dropped: c.Dropped, Check: c.Check})
	if err != nil {
		return errors.Join(fmt.Errorf("gvpp: %w", err), dp.stats.segment.Close(), dp.pool.Close())
	}
	dp.host = &port.Host{Pool: dp.pool, Hold: dp.graph.Hold, Drivers: map[string]any{}}
	return nil
}

// start opens the interfaces, then lets the plugins begin: they may refer to interfaces by name.
func (dp *Dataplane) start(r *plugin.Registry) error {
	for _, i := range dp.config.Interfaces {
		if _, err := dp.AddInterface(context.Background(), i); err != nil {
			return err
		}
	}
	for _, init := range r.Inits {
		if err := init(dp); err != nil {
			return err
		}
	}
	dp.tellLinks(r.Changes)
	for _, ready := range r.Readies {
		if err := ready(); err != nil {
			return err
		}
	}
	for _, w := range r.Works {
		dp.works = append(dp.works, &work{Work: w, due: dp.Clock()})
	}
	dp.startStatistics(r)
	return nil
}

// addCommands puts the declared commands into the tree.
func (dp *Dataplane) addCommands(list []plugin.Command) error {
	errs := []error{dp.tree.AddBasics()}
	for _, c := range list {
		if err := dp.tree.Add(c.Path, c.Usage, c.Help, c.Handler); err != nil {
			errs = append(errs, err)
		} else if c.Complete != nil {
			errs = append(errs, dp.tree.SetCompleter(c.Path, c.Complete))
		}
	}
	return errors.Join(errs...)
}

// Close frees everything. Run does it at its end; a dataplane that was never run is closed by its owner. A further call
// does nothing; one during Run is refused.
func (dp *Dataplane) Close() error {
	dp.mu.Lock()
	if dp.phase == running {
		dp.mu.Unlock()
		return errors.New("gvpp: Close during Run: end Run's context instead")
	}
	if dp.phase == closed {
		dp.mu.Unlock()
		return nil
	}
	err := dp.closeInterfaces()
	dp.phase = closed
	dp.mu.Unlock()
	return errors.Join(err, dp.free())
}

// free comes last: no interface is open and no worker runs.
func (dp *Dataplane) free() error {
	errs := []error{dp.endCapture()}
	for _, f := range dp.closes {
		errs = append(errs, f())
	}
	dp.graph.Close()
	return errors.Join(append(errs, dp.stats.segment.Close(), dp.pool.Close())...)
}

// CLI is the tree of all commands.
func (dp *Dataplane) CLI() *cli.Tree { return &dp.tree }

// API is the services of the binary API.
func (dp *Dataplane) API() []api.Service { return dp.api }

// Graph is the engine, for its figures, counters and traces.
func (dp *Dataplane) Graph() *graph.Graph { return dp.graph }

// Buffers is the packet memory.
func (dp *Dataplane) Buffers() *buffer.Pool { return dp.pool }

// Clock implements plugin.Dataplane.
func (dp *Dataplane) Clock() int64 { return dp.graph.Clock() }

// Workers implements plugin.Dataplane.
func (dp *Dataplane) Workers() int { return dp.config.Workers }

// Epochs implements plugin.Dataplane.
func (dp *Dataplane) Epochs() *epoch.Domain { return dp.graph.Epochs }

// Log implements plugin.Dataplane.
func (dp *Dataplane) Log() *slog.Logger { return dp.log }

// Deterministic implements plugin.Dataplane.
func (dp *Dataplane) Deterministic() bool { return dp.config.Clock != nil }

// Node implements plugin.Dataplane.
func (dp *Dataplane) Node(name string) (id uint16, ok bool) { return dp.graph.Plan.NodeID(name) }

// SetFeature implements plugin.Dataplane.
func (dp *Dataplane) SetFeature(arc, node string, swIf uint32, on bool) (bool, error) {
	if !dp.graph.HasFeature(arc, node) {
		return false, nil
	}
	return true, dp.graph.SetFeature(arc, node, swIf, on)
}

// SetArcEnd implements plugin.Dataplane.
func (dp *Dataplane) SetArcEnd(arc string, swIf uint32, node string) error {
	if err := dp.graph.SetArcEnd(arc, swIf, node); err != nil || arc != ethernet.InputArc {
		return err
	}
	return dp.ether.SetWire(swIf, node != "") // frames of any kind leave their arc elsewhere: a cross-connect or a bridge
}
