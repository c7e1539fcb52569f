package ip

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/plugin"
)

// Where the lookup nodes send packets.
const (
	toRewrite graph.Next = iota
	toDrop
	toLocal
	toGlean
	toResolve
	toError
	toDisabled
)

// nextOf is the way of each kind of hop.
var nextOf = [1 << 3]graph.Next{
	fib.KindDrop: toDrop, fib.KindLocal: toLocal, fib.KindGlean: toGlean, fib.KindResolve: toResolve, fib.KindRewrite: toRewrite,
	fib.KindLookup: toDrop, fib.KindUnreachable: toError, fib.KindProhibit: toError,
}

func (p *Plugin) lookupNodes(r *plugin.Registry) {
	text := func(m *buffer.Meta, b []byte) string { return p.hopText(m) + "\n" + trace(m, b) }
	r.Node(graph.Spec{
		Name: "ip4-lookup",
		Nexts: graph.Nexts{toRewrite: "ip4-rewrite", toDrop: "ip4-drop", toLocal: "ip4-local", toGlean: "ip4-glean", toResolve: "ip4-arp",
			toError: "ip4-icmp-error", toDisabled: "ip4-not-enabled"},
		New:   func(*graph.Worker) graph.Processor { return &lookup4{Plugin: p} },
		Trace: text,
	})
	r.Node(graph.Spec{
		Name: "ip6-lookup",
		Nexts: graph.Nexts{toRewrite: "ip6-rewrite", toDrop: "ip6-drop", toLocal: "ip6-local", toGlean: "ip6-glean", toResolve: "ip6-discover-neighbor",
			toError: "ip6-icmp-error", toDisabled: "ip6-not-enabled"},
		New:   func(*graph.Worker) graph.Processor { return &lookup6{Plugin: p} },
		Trace: text,
	})
	for _, v := range []int{4, 6} {
		p.endNode(r, fmt.Sprintf("ip%d-drop", v), "no route, or one that drops")
		p.endNode(r, fmt.Sprintf("ip%d-not-enabled", v), fmt.Sprintf("IPv%d is off on the interface, and it is not cross-connected", v))
	}
}

// endNode declares a node that drops all that it gets, for one reason.
func (p *Plugin) endNode(r *plugin.Registry, name, reason string) {
	r.Node(graph.Spec{Name: name, Nexts: graph.Nexts{graph.ErrorDrop}, Counters: graph.Counters{reason}, New: func(*graph.Worker) graph.Processor { return end{} }})
}

type end struct{}

func (end) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	for _, b := range bufs {
		blame(w.Meta(b), 0)
	}
	w.Count(0, len(bufs))
}

// What a worker remembers of lookups, a power of two of destinations, each in one place: a lookup costs some 30 ns with few routes
// and up to a microsecond among a million. More would not fit beside what else is hot.
const (
	cacheBits = 12
	cacheSize = 1 << cacheBits
)

// several marks a number of a forward, with more hops than one, among those of hops.
const several = 1 << 31

// maxLookups bounds how many tables a packet is looked up in.
const maxLookups = 4

// cached4 is what a destination in a table has come to. A generation of 0 is none.
type cached4 struct {
	key uint64 // table and destination
	gen uint32
	to  uint32 // a hop, or with several a forward
}

// lookup4 is ip4-lookup.
type lookup4 struct {
	*Plugin
	cache [cacheSize]cached4
}

func (n *lookup4) Process(w *graph.Worker, f *graph.Frame) {
	s := n.fib.Snapshot()
	hops := s.Hops()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	from, table, gen := uint32(0), tableOf(s.Table4(0)), s.Gen
	lastKey, lastHop, lastNext := ^uint64(0), uint32(0), toDrop
	for i, b := range bufs {
		m := v.Meta(b)
		if m.RxIf != from {
			from, table = m.RxIf, tableOf(s.Table4(m.RxIf))
		}
		p := v.Bytes(b, m)
		var key uint64
		if len(p) >= plainEnd && m.L3 == etherLen {
			key = table | uint64(binary.BigEndian.Uint32((*[plainEnd]byte)(p)[plainEnd-4:]))
		} else {
			key = table | uint64(tagged4(p, m))
		}
		if key != lastKey {
			lastKey = key
			e := &n.cache[key*hashFactor>>(64-cacheBits)]
			kind := fib.NumKinds
			if e.key == key && e.gen == gen && e.to < several {
				kind = hops.At(e.to).Kind
			}
			if kind < fib.KindLookup {
				lastHop, lastNext = e.to, nextOf[kind]
			} else if lastHop, lastNext = n.find(s, hops, key, p, m); lastHop&several != 0 { // the next packet to there may take another hop
				lastKey, lastHop = ^uint64(0), lastHop&^several
			}
		}
		m.TxIf, nexts[i] = lastHop, lastNext
	}
}

// noTable in place of a table is that of an interface where IPv4 is off, or of a packet without a destination.
const noTable = 1 << 63

func tableOf(place int32) uint64 {
	if place < 0 {
		return noTable
	}
	return uint64(place) << 32
}

// tagged4 is the destination of a packet that does not begin as most do.
func tagged4(p []byte, m *buffer.Meta) uint32 {
	if l3 := int(m.L3); len(p) >= l3+ip4Len {
		return binary.BigEndian.Uint32(p[l3+16:])
	}
	return 0 // not IPv4: the packet generator's. That address is nobody's
}

// find is the hop of a packet, with several where another packet with the same key may take another one.
func (n *lookup4) find(s *fib.Snapshot, hops fib.Hops, key uint64, p []byte, m *buffer.Meta) (uint32, graph.Next) {
	if key&noTable != 0 || len(p) < int(m.L3)+ip4Len {
		return several, toDisabled
	}
	e := &n.cache[key*hashFactor>>(64-cacheBits)]
	if e.key != key || e.gen != s.Gen {
		n.learn(s, e, key)
	}
	hop, mark := e.to, uint32(0)
	if hop&several != 0 {
		hop, mark = n.choose(s, hop, p, m), several
	}
	h := hops.At(hop)
	if h.Kind >= fib.KindLookup {
		hop, h = n.special(s, hop, h, p, m)
		mark = several
	}
	return hop | mark, nextOf[h.Kind&(1<<3-1)]
}

const (
	ip4Len     = 20                 // bytes of an IPv4 header without options
	ip6Len     = 40                 // bytes of an IPv6 header
	hashFactor = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
)

// learn looks a destination up.
func (n *lookup4) learn(s *fib.Snapshot, e *cached4, key uint64) {
	*e = cached4{key, s.Gen, target(s, s.Lookup4(uint32(key>>32), uint32(key)))}
}

// target is the hop of a forward, or if it has several the forward.
func target(s *fib.Snapshot, forward uint32) uint32 {
	if hops := s.Forward(forward).Hops; len(hops) == 1 {
		return hops[0]
	}
	return forward | several
}

// choose is the hop of a forward that a packet's flow takes.
func (p *Plugin) choose(s *fib.Snapshot, to uint32, b []byte, m *buffer.Meta) uint32 {
	hops := s.Forward(to &^ several).Hops
	return hops[int(p.flowHash(b, m))&(len(hops)-1)]
}

// special is for hops that need more than their number: another table's, and those whose sender is told.
func (n *lookup4) special(s *fib.Snapshot, hop uint32, h *fib.Hop, b []byte, m *buffer.Meta) (uint32, *fib.Hop) {
	for range maxLookups {
		switch h.Kind {
		case fib.KindLookup:
			at := int(m.L3) + 16
			if h.Source {
				at -= 4
			}
			to := target(s, s.Lookup4(h.Table, binary.BigEndian.Uint32(b[at:])))
			if hop = to; to&several != 0 {
				hop = n.choose(s, to, b, m)
			}
			h = s.Hop(hop)
			continue
		case fib.KindUnreachable:
			setError(m, icmpUnreachable, codeHost, 0)
		case fib.KindProhibit:
			setError(m, icmpUnreachable, codeProhibited, 0)
		}
		return hop, h
	}
	return 0, s.Hop(0)
}

// flowHash is equal for packets of a flow, of one direction. Fragments have no ports, so that those of a datagram stay together.
func (p *Plugin) flowHash(b []byte, m *buffer.Meta) uint32 {
	ports := uint64(m.Proto)
	if m.HasPorts && !m.Fragment {
		ports |= uint64(m.SrcPort)<<16 | uint64(m.DstPort)<<32
	}
	var x uint64
	if m.IsIP4 {
		src, dst := packet.Addrs4(b, m)
		x = uint64(src)<<32 | uint64(dst)
	} else {
		src, dst := packet.Addrs6(b, m)
		x = p.mix(binary.BigEndian.Uint64(src[:]), binary.BigEndian.Uint64(src[8:]))
		x = p.mix(x^binary.BigEndian.Uint64(dst[:]), binary.BigEndian.Uint64(dst[8:]))
	}
	x = p.mix(x, ports)
	return uint32(x ^ x>>32)
}

func (p *Plugin) mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^p.keys[0], b^p.keys[1]|1<<63)
	return hi ^ lo
}
