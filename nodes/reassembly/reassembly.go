// Package reassembly has the node virtual-reassembly, which keeps the fragments of a datagram until all are there and then
// lets them go on together, each as it came: so that the features behind it, session lookup and rules, see of each fragment what
// the whole datagram is, and treat all of them alike.
//
// Terms: a piece is a fragment of an IPv4 or IPv6 datagram; a datagram is whole when pieces without gaps reach from its
// first byte to its last; a datagram is known by source, destination, identification, protocol (IPv4), the interface and the
// VLANs that it came by.
//
//	pieces ──> virtual-reassembly ──Hold──> table, by datagram
//	                   ^                        │ whole: laid out, read, followed by the tracker;
//	                   └──────── Poll ──────────┘        all pieces go on in order, next pass
//	                                              timeout, overlap, no room: all pieces are dropped
//
// What a piece is and what becomes of it is as in Linux, where connection tracking reassembles (TestKernelOracle asks it):
// a piece that is there already is dropped; of a datagram with overlapping pieces, or with ends that contradict each other,
// all pieces so far are dropped, and what comes later is gathered anew (in IPv6 a contradicting end costs only its piece);
// so it is with one whose congestion marks contradict each other, and with one longer than 65535 bytes, IP header included,
// and in tagged frames the Ethernet header; what has not come together after 30 s (IPv4) or 60 s (IPv6) is dropped. In IPv4
// what is behind the last multiple of 8 bytes of a piece that others follow is cut off. In IPv6 such a piece goes on by
// itself and the others are dropped; and a first piece without all headers goes on by itself, too: what is behind sees a
// fragment that is not Meta.Whole, and can only call it invalid.
//
// What is different from Linux: bounds are by worker and in buffers, not in bytes, and when they are reached the oldest
// datagram goes, not the newest piece; a datagram has at most 128 pieces; there is no bound on how many other pieces of the
// same source come in between (ipfrag_max_dist); nobody is told of a timeout by ICMP; fragment headers behind an
// authentication header are not seen.
//
// The node is on the arcs of received packets, and again, as virtual-reassembly-out, on that of packets to be sent, for
// those that come from an interface without rules. What one has let through whole, the other does not hold again. Pieces of
// a datagram must come to one worker: a network card that spreads first pieces by their ports splits datagrams, and is to be
// told to spread by addresses (ethtool -N NIC rx-flow-hash udp4 sd).
//
// Invariant: pieces of a whole datagram go on in one vector, in order of offset. Each piece ends in exactly one place: it
// goes on, or the node counts why it dropped it. The package reassembles nothing for good: what is sent are the pieces.
package reassembly

import (
	"fmt"
	"sync"
	"time"

	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Tracker is told of each whole datagram.
type Tracker interface {
	// Follow does for a datagram what flow-lookup does for a packet: it finds the session, moves it, counts a packet, and
	// writes Track, Flow, State and Flags of m, with FlagLooked. p is the packet as it would be had it not come in pieces,
	// but without the Ethernet header (L3 is 0) unless there are VLAN tags; m describes it, and is no buffer's. Both are only
	// lent. The counters of the node that runs are not the tracker's.
	Follow(w *graph.Worker, m *buffer.Meta, p []byte)
}

// Defaults and limits of the settings.
const (
	DefaultDatagrams = 1024 // tables of this size take half a megabyte a worker; a flood of pieces fills any
	MaxDatagrams     = 1 << 16
	DefaultTimeout4  = 30 * time.Second // as Linux has them
	DefaultTimeout6  = 60 * time.Second
	MinTimeout       = time.Second
	MaxTimeout       = 10 * time.Minute
)

// maxPieces bounds the pieces of a datagram. The longest one in pieces for the smallest MTU that every IPv4 host takes, 576
// bytes, has 119. Higher, and the pieces do not fit into what a pass has room for.
const maxPieces = 128

// poolShare is the part of all buffers that each of the two nodes may hold, all workers together: 1/poolShare. Higher, and
// strangers who send pieces take the buffers of others; lower, and fewer datagrams come together at a time.
const poolShare = 8

// Plugin is the virtual reassembly of a dataplane. Set the fields before gvpp.New.
type Plugin struct {
	Datagrams          int           // most datagrams that each node and worker gathers at a time; 0: DefaultDatagrams
	Timeout4, Timeout6 time.Duration // 0: the default

	tracker Tracker

	mu    sync.Mutex
	nodes []*node // guarded by mu; what others read of a node is atomic
}

// New makes the plugin. Without a tracker, nil, rules see the ports of all pieces, but nobody follows the datagram.
func New(t Tracker) *Plugin { return &Plugin{tracker: t} }

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	spec := func(name string, arcs ...graph.Arc) {
		r.Node(graph.Spec{
			Name: name, Nexts: nexts, Counters: counters, Arc: arcs[0], MoreArcs: arcs[1:], Trace: trace,
			New: func(w *graph.Worker) graph.Processor { return p.newNode(name, w) },
		})
	}
	spec("virtual-reassembly", graph.Arc{Name: "ip4-unicast", Before: "flow-lookup"}, graph.Arc{Name: "ip6-unicast", Before: "flow-lookup"})
	spec("virtual-reassembly-out", graph.Arc{Name: "interface-output", Before: "flow-lookup-out"})
	r.Config("reassembly", p.config)
	r.Init(p.init)
	r.CLI("show reassembly", "show reassembly\nShows how many fragments wait for others of their datagram, and what became of datagrams. Why fragments were dropped is in show errors.", p.show)
}

// init checks the settings.
func (p *Plugin) init(plugin.Dataplane) error {
	if n := p.Datagrams; n < 0 || n > MaxDatagrams {
		return fmt.Errorf("reassembly: %d datagrams: want 1 to %d", n, MaxDatagrams)
	}
	for _, d := range []time.Duration{p.Timeout4, p.Timeout6} {
		if d != 0 && (d < MinTimeout || d > MaxTimeout) {
			return fmt.Errorf("reassembly: timeout of %v: want %v to %v", d, MinTimeout, MaxTimeout)
		}
	}
	return nil
}

// config reads the stanza: reassembly { datagrams N timeout4 SECONDS timeout6 SECONDS }.
func (p *Plugin) config(c *config.Cursor) error {
	timeout := func(to *time.Duration) func(*config.Cursor) error {
		return func(c *config.Cursor) (err error) {
			*to, err = c.Duration(MinTimeout, MaxTimeout)
			return err
		}
	}
	return c.Walk(config.Schema{
		"datagrams": func(c *config.Cursor) error {
			n, err := c.Uint(1, MaxDatagrams)
			p.Datagrams = int(n)
			return err
		},
		"timeout4": timeout(&p.Timeout4),
		"timeout6": timeout(&p.Timeout6),
	})
}
