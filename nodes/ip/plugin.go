package ip

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
	"github.com/gvpp/gvpp/plugin"
)

// The arcs that well-formed packets pass, by the interface they came from.
const (
	Arc4 = "ip4-unicast"
	Arc6 = "ip6-unicast"
)

// The arcs of packets that have been forwarded, by the interface they leave by, in front of that of all frames.
const (
	OutArc4 = "ip4-output"
	OutArc6 = "ip6-output"
)

// The arcs of packets to addresses of interfaces that nobody here wants, by the interface they came from.
const (
	PuntArc4 = "ip4-punt"
	PuntArc6 = "ip6-punt"
)

const outputArc = "interface-output" // nodes/device

// Plugin is forwarding: the operations are safe for concurrent use.
type Plugin struct {
	dp     plugin.Dataplane
	routed func(swIf uint32, on bool)

	fib   *fib.FIB                   // its tables are published; what changes them is guarded by mu
	infos atomic.Pointer[[]ifInfo]   // published: by sw_if_index
	keys  [2]uint64                  // of the flow hash
	found atomic.Uint64              // counts neighbours found: who holds packets looks again when it changes
	due   atomic.Int64               // when the neighbours' table has something to do
	desks [graph.MaxWorkers]*desk    // by worker: its own
	pings atomic.Pointer[[]*pinging] // published: who waits for answers

	redirects [2]atomic.Pointer[puntTable] // published: by family
	punted    [2]puntPorts                 // by family
	proxies   atomic.Pointer[[]ProxyRange] // published: whom ARP is answered for
	counting  atomic.Pointer[adjacencies]  // published; nil: nothing is counted
	watchers  watchers

	mu         sync.Mutex
	ifs        map[uint32]*ifState  // guarded by mu: by sw_if_index
	neighbors  *neighbor.Table      // guarded by mu
	nextID     uint16               // guarded by mu: of pings
	toSend     []outgoing           // guarded by mu: for worker 0
	stalePaths map[fib.PathMTU]bool // guarded by mu: of MTU 0: those that were not said again
	foreseen   []neighbor.Ask       // guarded by mu: likewise
	asking     bool                 // guarded by mu: nobody has waited for them yet
	taken      chan struct{}        // guarded by mu: closed when worker 0 takes them

	puntRedirects [2]map[uint32]PuntRedirect // guarded by mu: by family and who has received
}

// New makes the plugin.
func New() *Plugin {
	p := &Plugin{ifs: map[uint32]*ifState{}, keys: [2]uint64{0x9e3779b97f4a7c15, 0xd1b54a32d192ed03}}
	p.infos.Store(&[]ifInfo{})
	p.puntRedirects = [2]map[uint32]PuntRedirect{{}, {}}
	p.pings.Store(&[]*pinging{})
	p.proxies.Store(&[]ProxyRange{})
	p.neighbors = neighbor.New(neighbor.Default(), sink{p})
	for i := range p.desks {
		p.desks[i] = &desk{Plugin: p}
	}
	return p
}

// OnRouted has f called when an interface begins to forward IPv4 or IPv6, and when it does neither any more. f must not call the
// plugin. It is to be called before Register.
func (p *Plugin) OnRouted(f func(swIf uint32, on bool)) { p.routed = f }

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Init(p.init)
	r.Changed(p.linkChanged)
	r.Removed(p.removed)
	r.Periodic("tell clients of neighbours", tellEvery, p.tellNeighbors)
	r.Stat(p.tell)
	p.inputNodes(r)
	p.lookupNodes(r)
	p.rewriteNodes(r)
	p.fragmentNodes(r)
	p.localNodes(r)
	p.puntNodes(r)
	p.errorNodes(r)
	p.neighborNodes(r)
	p.commands(r)
	p.puntCommands(r)
	p.messages(r)
}

func (p *Plugin) init(dp plugin.Dataplane) (err error) {
	p.dp = dp
	if !dp.Deterministic() {
		p.keys = [2]uint64{rand.Uint64(), rand.Uint64()}
	}
	p.due.Store(never)
	if p.fib, err = fib.New(dp.Epochs()); err == nil {
		p.fib.Foresee, p.fib.NewHop = p.foresee, p.newHop
	}
	return err
}

const never = 1<<63 - 1

// inputNodes declares what reads headers.
func (p *Plugin) inputNodes(r *plugin.Registry) {
	r.Arc(graph.ArcSpec{Name: Arc4, End: "ip4-lookup", Only: packet.EtherTypeIP4})
	r.Arc(graph.ArcSpec{Name: Arc6, End: "ip6-lookup", Only: packet.EtherTypeIP6})
	r.Node(graph.Spec{
		Name:     "ip4-input",
		Nexts:    graph.Nexts{nextArc: graph.ArcStart(Arc4), nextDrop: graph.ErrorDrop},
		Counters: append(faults(first4, last4), "IPv4 fragment at offset 8"),
		New:      func(*graph.Worker) graph.Processor { return &input4{Plugin: p} },
		Trace:    trace,
	})
	r.Node(graph.Spec{
		Name:     "ip6-input",
		Nexts:    graph.Nexts{nextArc: graph.ArcStart(Arc6), nextDrop: graph.ErrorDrop},
		Counters: faults(first6, last6),
		New:      func(*graph.Worker) graph.Processor { return input6{} },
		Trace:    trace,
	})
}

// ifInfo is what the packet path knows of an interface.
type ifInfo struct {
	on     [2]bool // by family
	proxy  bool    // it answers ARP for proxied addresses
	table4 uint32  // the id of its IPv4 table
	mac    [6]byte
	tags   []byte
	addrs4 []addr4
	addrs6 []netip.Prefix
	link   netip.Addr // its link-local address; valid if on[1]
}

// addr4 is an address with its network's mask, in host byte order.
type addr4 struct{ ip, mask uint32 }

// info is what is known of an interface; never nil.
func (p *Plugin) info(swIf uint32) *ifInfo {
	if list := *p.infos.Load(); int(swIf) < len(list) {
		return &list[swIf]
	}
	return &noInfo
}

var noInfo ifInfo

// source4 is the address that an interface asks or answers by, in host byte order: one of the network of to, or any. 0: it has none.
func (i *ifInfo) source4(to uint32) uint32 {
	for _, a := range i.addrs4 {
		if (a.ip^to)&a.mask == 0 {
			return a.ip
		}
	}
	if len(i.addrs4) > 0 {
		return i.addrs4[0].ip
	}
	return 0
}

// has4 says whether an address is the interface's own, and onLink whether one of its networks has it.
func (i *ifInfo) has4(ip uint32) bool {
	for _, a := range i.addrs4 {
		if a.ip == ip {
			return true
		}
	}
	return false
}

func (i *ifInfo) onLink4(ip uint32) bool {
	for _, a := range i.addrs4 {
		if (a.ip^ip)&a.mask == 0 {
			return true
		}
	}
	return false
}

// source6 is source4 of IPv6. Without an address there is always the link-local one.
func (i *ifInfo) source6(to netip.Addr) netip.Addr {
	if to.IsLinkLocalUnicast() || to.IsLinkLocalMulticast() {
		return i.link
	}
	for _, a := range i.addrs6 {
		if a.Contains(to) {
			return a.Addr()
		}
	}
	for _, a := range i.addrs6 {
		if !a.Addr().IsLinkLocalUnicast() {
			return a.Addr()
		}
	}
	return i.link
}

func (i *ifInfo) has6(a netip.Addr) bool {
	if a == i.link {
		return true
	}
	for _, own := range i.addrs6 {
		if own.Addr() == a {
			return true
		}
	}
	return false
}

// onLink6 says whether a host is on the interface's link.
func (i *ifInfo) onLink6(a netip.Addr) bool {
	if a.IsLinkLocalUnicast() {
		return true
	}
	for _, own := range i.addrs6 {
		if own.Contains(a) {
			return true
		}
	}
	return false
}

// blame gives a packet the reason for which the node that runs drops it.
func blame(m *buffer.Meta, c graph.Counter) { m.Reason = uint8(c) + 1 }

func be32(b []byte) uint32 {
	return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
}

func addrOf4(ip uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
}

func (p *Plugin) hopText(m *buffer.Meta) string {
	h := p.fib.Snapshot().Hop(m.TxIf)
	if h == nil {
		return fmt.Sprintf("hop %d", m.TxIf)
	}
	switch h.Kind {
	case fib.KindResolve, fib.KindRewrite:
		return fmt.Sprintf("hop %d: via %v %s", m.TxIf, h.Via, p.dp.InterfaceName(h.TxIf))
	case fib.KindGlean:
		return fmt.Sprintf("hop %d: glean %s", m.TxIf, p.dp.InterfaceName(h.TxIf))
	}
	return fmt.Sprintf("hop %d: %v", m.TxIf, h.Kind)
}
