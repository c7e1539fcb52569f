// Package plugin is what a plugin may declare, and what it may ask of the dataplane that runs it.
//
// Terms: a plugin is a value with a Register method; the program lists its plugins as values, and the value stays the
// typed handle to the plugin's operations. Register declares nodes, arcs, CLI commands, messages of the binary API, a config stanza and periodic
// work, as data; Init is called once the graph stands, with the Dataplane to work on.
//
// Invariant: the operation publishes. A plugin's operation (a Go method) validates, builds, publishes an immutable
// snapshot, waits for the epoch, and returns an error that names value, cause and remedy; CLI handlers and config
// stanzas are thin fronts that call it.
//
// The package runs nothing; the root package does.
package plugin

import (
	"context"
	"log/slog"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/epoch"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

// Plugin is something to compile into a program.
type Plugin interface {
	Register(r *Registry)
}

// Dataplane is what a plugin works on. Its methods are safe for concurrent use, except on the packet path.
type Dataplane interface {
	// Interface finds an interface by the operator's name. The error lists the names that exist.
	Interface(name string) (swIf uint32, err error)
	// InterfaceName is the operator's name of an interface, or "sw_if_index N" where there is none.
	InterfaceName(swIf uint32) string
	// InterfaceNames lists all names, in the order of sw_if_index, which is not dense: interfaces may have been removed.
	InterfaceNames() []string
	// Link is what whoever sends by an interface must know of it; ok is false where there is none. It waits for nobody.
	Link(swIf uint32) (l Link, ok bool)
	// AddInterfaceDown opens an interface of the plugin's own; it is down until somebody brings it up. It is not for the packet path.
	AddInterfaceDown(ctx context.Context, spec port.Interface) (swIf uint32, err error)
	// RemoveInterface gives an interface back: see Removed.
	RemoveInterface(ctx context.Context, swIf uint32) error
	// SetState brings an interface up or down, as the operator wants it.
	SetState(ctx context.Context, swIf uint32, up bool) error
	// SetTag gives an interface a word that whoever controls the dataplane knows it by.
	SetTag(swIf uint32, tag string) error
	// Node finds a node by its name: its number is what Meta.Node has of the node that dropped a packet.
	Node(name string) (id uint16, ok bool)
	// SetFeature enables or disables a node of an arc on an interface; where the program has no such node it does
	// nothing and reports false.
	SetFeature(arc, node string, swIf uint32, on bool) (has bool, err error)
	// SetArcEnd makes packets of an interface leave an arc to a node other than the arc's own; "" undoes that.
	SetArcEnd(arc string, swIf uint32, node string) error
	// Published returns when what the caller has published is effective on all workers.
	Published(ctx context.Context) error
	// Epochs is for what must not be reused before all workers have let go of it.
	Epochs() *epoch.Domain
	// Clock is the dataplane's time in nanoseconds: the same clock as Worker.Now.
	Clock() int64
	// Workers is the number of workers.
	Workers() int
	// Deterministic says that equal input must give equal output: no random seeds.
	Deterministic() bool
	// Log is for what nobody has asked for and somebody must know.
	Log() *slog.Logger
	// Errors reads the nodes' counters, all workers together, since the last clear errors: those that are not zero.
	Errors() []graph.ErrorCount
}

// Link is an interface as those see it who send by it.
type Link struct {
	Up     bool    // the operator wants it up, and packets can flow
	Admin  bool    // the operator wants it up
	MTU    int     // bytes of the longest network-layer packet
	MTU4   int     // of the longest IPv4 datagram
	MTU6   int     // of the longest IPv6 datagram
	MAC    [6]byte // its address; one of its own in this dataplane where the device has none
	Parent uint32  // of a sub-interface: the interface that it hangs on; else 0
	Tags   []byte  // VLAN tags that its packets carry, as they are sent, four bytes each
	Raw    bool    // its packets begin with the IP header: there is no Ethernet, and nobody to ask for
	NoIP   bool    // frames with other tags come by it, too, so that what it would send might not be theirs: it cannot route
}

// Registry collects a plugin's declarations.
type Registry struct {
	Nodes    []graph.Spec
	Arcs     []graph.ArcSpec
	Commands []Command
	Services []api.Service
	Stanzas  []Stanza
	Works    []Work
	Stats    []func(Stats)
	Inits    []func(Dataplane) error
	Readies  []func() error
	Removals []func(swIf uint32) error
	Changes  []func(swIf uint32)
	Closes   []func() error
	Tellers  []func(m *buffer.Meta) string
	Filters  []Filter
}

// Filter is something that chooses packets by their bytes, for a use: "trace" or "pcap". Get is nil while it has nothing to choose by.
type Filter struct {
	Use string
	Get func() graph.PacketFilter
}

// Command is a CLI command.
type Command struct {
	Path, Usage, Help string
	Handler           cli.Handler
	Complete          func(args []string) []string
}

// Stanza is a plugin's part of startup.conf.
type Stanza struct {
	Name  string
	Parse func(*config.Cursor) error
}

// Work is something that the control goroutine does again and again. Do works in slices of some
// hundred microseconds, lets other goroutines run between them, and returns after some tens of milliseconds, so that other
// work need not wait longer; it goes on at the next call.
type Work struct {
	Name  string
	Every time.Duration
	Do    func(now int64) (more bool) // now: nanoseconds on the dataplane's clock; more: it has not come to an end, and goes on soon
}

// Stats takes what a plugin tells clients of the statistics segment. Names are those that clients see, as "/flowtrack/sessions". An
// entry is there from the first time that it is given to the first time that it is not; its kind does not change.
type Stats interface {
	// Number is one value.
	Number(name string, value uint64)
	// Numbers is n of them.
	Numbers(name string, n int, at func(i int) uint64)
	// Counters is n pairs.
	Counters(name string, n int, at func(i int) (packets, bytes uint64))
	// Same stands for all that the plugin has told at the call before, for one that cannot look now.
	Same()
}

// Node declares a node.
func (r *Registry) Node(s graph.Spec) { r.Nodes = append(r.Nodes, s) }

// Arc declares a feature arc.
func (r *Registry) Arc(a graph.ArcSpec) { r.Arcs = append(r.Arcs, a) }

// CLI declares a command: the words that name it, its usage line, and optionally, on the lines behind that, its help.
func (r *Registry) CLI(path, usage string, h cli.Handler) {
	c := Command{Path: path, Usage: usage, Handler: h}
	for i := range len(usage) {
		if usage[i] == '\n' {
			c.Usage, c.Help = usage[:i], usage[i+1:]
			break
		}
	}
	r.Commands = append(r.Commands, c)
}

// Complete declares how the words behind the last declared command are completed: the candidates for the word after
// args.
func (r *Registry) Complete(f func(args []string) []string) {
	r.Commands[len(r.Commands)-1].Complete = f
}

// API declares messages of the binary API and who handles them: a generated package's Serve.
func (r *Registry) API(s api.Service) { r.Services = append(r.Services, s) }

// Config declares a stanza of startup.conf. parse is called before Init, with the stanza's words.
func (r *Registry) Config(stanza string, parse func(*config.Cursor) error) {
	r.Stanzas = append(r.Stanzas, Stanza{stanza, parse})
}

// Periodic declares work for the control goroutine.
func (r *Registry) Periodic(name string, every time.Duration, do func(now int64) (more bool)) {
	r.Works = append(r.Works, Work{name, every, do})
}

// Stat declares values for clients of the statistics segment. The control goroutine calls tell every second or so, between Init
// and Close; it must take no longer than a slice of Work does.
func (r *Registry) Stat(tell func(Stats)) { r.Stats = append(r.Stats, tell) }

// Init declares what to do once the graph stands, before any worker runs.
func (r *Registry) Init(f func(Dataplane) error) { r.Inits = append(r.Inits, f) }

// Ready declares what to do once all plugins have been initialised, before any worker runs.
func (r *Registry) Ready(f func() error) { r.Readies = append(r.Readies, f) }

// Removed declares what to do when an interface is removed: forget what names it. Its name and its ports are gone by then, and
// its sw_if_index is never used again.
func (r *Registry) Removed(f func(swIf uint32) error) { r.Removals = append(r.Removals, f) }

// Changed declares what to do when an interface's Link is another than before, or, between Init and Ready, with each interface that
// there is. f is called while the dataplane is locked: of its operations it may call those only that do not take that lock,
// Link, Interface, InterfaceName, SetFeature, SetArcEnd among them.
func (r *Registry) Changed(f func(swIf uint32)) { r.Changes = append(r.Changes, f) }

// Describe declares what the plugin can say of a packet by what its nodes have left in the metadata: a line, or "" for nothing. It
// stands in traces and in the comments of captured packets. tell gets a copy, after the packet has left the graph, on any
// goroutine, and a packet that the plugin's nodes have not seen, too; it may take a lock, but must not wait for workers.
func (r *Registry) Describe(tell func(m *buffer.Meta) string) { r.Tellers = append(r.Tellers, tell) }

// Filter declares a filter of packets for a use: commands that trace or capture packets offer it. get may be called at any time after
// Init.
func (r *Registry) Filter(use string, get func() graph.PacketFilter) {
	r.Filters = append(r.Filters, Filter{use, get})
}

// Close declares what to do after all workers have stopped.
func (r *Registry) Close(f func() error) { r.Closes = append(r.Closes, f) }
