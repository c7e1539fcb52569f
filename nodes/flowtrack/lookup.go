package flowtrack

import (
	"slices"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

const (
	lookupOn    graph.Next = iota
	lookupAgain            // another packet of the vector comes first
)

// lookup is flow-lookup on one worker: it finds the sessions of a vector, all at once, and moves them, as the kernel does
// before any rule is asked.
type lookup struct {
	*desk
	b4       flow.Batch[flow.Key4]
	b6       flow.Batch[flow.Key6]
	at4, at6 [graph.VectorSize]uint8 // by place in the batch: place in the vector
	flaws    [graph.VectorSize]packet.Flaw
	sink     uint64 // keeps annexes from being optimized away
	unborn   tags   // of this vector's packets that may begin a session
}

// Process has three stages: keys of all packets that have no flaw, the lookup of each family, and what the packets do to the
// sessions that were found.
func (n *lookup) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	v := w.Packets()
	n.look(w)
	n.unborn.reset()
	n4, n6 := n.keys(w, v, bufs)
	if n4 > 0 {
		n.table4.Lookup(&n.b4, n4)
		sessions(w, n, n.table4, &n.b4, n.at4[:n4], bufs, nexts)
	}
	if n6 > 0 {
		n.table6.Lookup(&n.b6, n6)
		sessions(w, n, n.table6, &n.b6, n.at6[:n6], bufs, nexts)
	}
}

// keys fills the batches with the packets that can have a session and were not looked up before.
func (n *lookup) keys(w *graph.Worker, v buffer.View, bufs []buffer.Index) (n4, n6 int) {
	for i := 0; i < len(bufs); {
		j := len(bufs)
		if havePlain && n.set.zones == nil {
			meta, mem, shift := v.Raw()
			at := n4 & (flow.MaxBatch - 1)
			plain := plain4BMI2(meta, mem, shift, &bufs[i], len(bufs)-i, &n.b4.Keys[at], &n.at4[at], i, n.set.Checksum)
			if i, n4 = i+plain, n4+plain; i == len(bufs) {
				break
			}
			for j = i + 1; j < len(bufs) && !v.Meta(bufs[j]).IsIP4; j++ {
			}
		}
		n4, n6 = n.others(w, v, bufs[:j], i, n4, n6)
		i = j
	}
	return n4, n6
}

// others is keys for packets of any kind, from place i on.
func (n *lookup) others(w *graph.Worker, v buffer.View, bufs []buffer.Index, i, n4, n6 int) (int, int) {
	n.check(w, v, bufs[i:])
	for ; i < len(bufs); i++ {
		if n.set.zones == nil {
			plain := n.plain4(v, bufs, i, n4)
			if i, n4 = i+plain, n4+plain; i >= len(bufs) {
				break
			}
		}
		m := v.Meta(bufs[i])
		p := v.Bytes(bufs[i], m)
		switch {
		case m.Flags&buffer.FlagLooked != 0:
			if r := m.Track.Reason(); r != 0 && m.Whole && !m.LaterFragment && m.Flags&buffer.FlagCounted == 0 { // see Follow
				m.Flags |= buffer.FlagCounted
				w.Count(graph.Counter(r-1), 1)
			}
		case m.IsIP6 && named(m) && !m.Fragment && n.set.zones == nil:
			src, dst := packet.Addrs6(p, m)
			m.Flags |= buffer.FlagLooked | buffer.FlagSessions | n.b6.Keys[n6].Set(src, dst, m.SrcPort, m.DstPort, 0, m.Proto, 0)
			n.at6[n6] = uint8(i)
			n6++
		default:
			n4, n6 = n.key(w, p, m, i, n4, n6)
		}
	}
	return n4, n6
}

// check marks the packets whose transport headers have a flaw: no session is asked about them.
func (n *lookup) check(w *graph.Worker, v buffer.View, bufs []buffer.Index) {
	flaws, bad := n.flaws[:len(bufs)], 0
	if n.set.Checksum {
		bad = packet.TransportVector(v, bufs, flaws)
	} else {
		bad = packet.HeadersVector(v, bufs, flaws)
	}
	if bad == 0 {
		return
	}
	for i, b := range bufs {
		if flaws[i] != packet.FlawNone {
			m := v.Meta(b)
			m.Flags |= buffer.FlagLooked
			refuse(w, m, Reason(flaws[i]))
		}
	}
}

// plain4 is keys for IPv4 packets with ports, as most are, from place i on until one that is none, and returns how many they
// are. It is a function of its own so that everything stays in registers.
//
//go:noinline
func (n *lookup) plain4(v buffer.View, bufs []buffer.Index, i, n4 int) (plain int) {
	for ; i < len(bufs); i++ {
		b := bufs[i]
		m := v.Meta(b)
		if !m.IsIP4 || !named(m) || m.Fragment || m.Flags&buffer.FlagLooked != 0 {
			break
		}
		src, dst := packet.Addrs4(v.Bytes(b, m), m)
		at := (n4 + plain) & (flow.MaxBatch - 1)
		m.Flags |= buffer.FlagLooked | buffer.FlagSessions | n.b4.Keys[at].Set(src, dst, m.SrcPort, m.DstPort, 0, m.Proto, 0)
		n.at4[at] = uint8(i)
		plain++
	}
	return plain
}

// key is keys for one packet of any kind.
func (n *lookup) key(w *graph.Worker, p []byte, m *buffer.Meta, i, n4, n6 int) (int, int) {
	m.Flags |= buffer.FlagLooked
	e, ok := n.suits(w, p, m)
	if !ok {
		return n4, n6
	}
	m.Flags |= buffer.FlagSessions
	if m.IsIP4 {
		n.b4.Keys[n4] = n.keyOf4(p, m, &e)
		n.at4[n4] = uint8(i)
		n4++
	} else {
		n.b6.Keys[n6] = n.keyOf6(p, m, &e)
		n.at6[n6] = uint8(i)
		n6++
	}
	return n4, n6
}

// suits reports whether a packet is of a kind that has sessions, and gives its endpoints. Of those that are not, it says
// what they are.
func (d *desk) suits(w *graph.Worker, p []byte, m *buffer.Meta) (e endpoints, ok bool) {
	if !m.IsIP4 && !m.IsIP6 { // on its way out
		return e, false
	}
	if m.Fragment && !m.Whole && !(d.FirstPieces && isFirst(m)) && !packet.AtomicFragment(p, m) {
		refuse(w, m, reasonPiece)
		return e, false
	}
	e, what := endpointsOf(p, d.seen(p, m))
	switch what {
	case untracked:
		m.Track = buffer.TrackUntracked
	case isError:
		d.related(w, p, m)
	case senseless:
		refuse(w, m, reasonBegin)
	}
	return e, what == hasSession
}

// isFirst reports whether a piece says as much as its datagram would of the session that this belongs to: of UDP the first one does, whose
// checksum is over more than it has.
func isFirst(m *buffer.Meta) bool {
	return !m.LaterFragment && m.HasPorts && m.Proto == packet.ProtoUDP
}

// sessions does what the packets of one family do to the sessions that were found for them.
func sessions[K flow.Key](w *graph.Worker, n *lookup, t *flow.Table[K], found *flow.Batch[K], at []uint8, bufs []buffer.Index, nexts []graph.Next) {
	v := w.Packets()
	index, fetched := found.Index[:len(at)], 0
	for i := 0; i < len(at); i++ {
		if i += steady(&n.timeouts, t, index[i:], at[i:], v, bufs, n.tick); i >= len(at) {
			return
		}
		place := at[i]
		m := v.Meta(bufs[place])
		if m.Proto == packet.ProtoTCP {
			if fetched <= i {
				fetched = min(i+annexesAhead, len(at))
				n.sink += annexes(t, index[i:fetched], at[i:], v, bufs)
			}
			if k := quick(n.desk, t, index[i:], at[i:], v, bufs); k > 0 {
				i += k - 1
				continue
			}
		}
		p := v.Bytes(bufs[place], m)
		if x := found.Index[i]; x != flow.None && follow(w, n.desk, t, x, m, p) {
			continue
		}
		nexts[place] = n.unknown(w, m, p, tagOf(found.Hash[i]))
	}
}

// tagOf is what Meta.Flow holds of a packet without a session: equal for packets of one session to be, and hardly ever for
// others.
func tagOf(hash uint64) uint32 { return uint32(hash >> 20) }

// tags is a set of them, of as many as a vector has. The bits answer for most that are not in it: asking the list for each packet
// would cost as much as the lookup, and trusting the bits alone would send packets of other sessions behind those that came later.
type tags struct {
	bits [64]uint64
	list [graph.VectorSize]uint32
	n    int
}

func (s *tags) reset() {
	if s.n > 0 {
		s.bits, s.n = [64]uint64{}, 0
	}
}

func (s *tags) add(tag uint32) {
	s.bits[tag>>6&63] |= 1 << (tag & 63)
	if s.n < len(s.list) {
		s.list[s.n] = tag
		s.n++
	}
}

func (s *tags) has(tag uint32) bool {
	return s.n > 0 && s.bits[tag>>6&63]>>(tag&63)&1 != 0 && slices.Contains(s.list[:s.n], tag)
}

// trackAgain is the class of a packet that has been sent back once: not twice, for if the first one has begun no session then,
// it has been dropped, and a flood of such packets must not go round and round.
const trackAgain = buffer.NumTracks

// unknown says what a packet without a session can be, and where it goes.
func (n *lookup) unknown(w *graph.Worker, m *buffer.Meta, p []byte, tag uint32) graph.Next {
	m.Flow = tag
	if n.unborn.has(tag) && m.Track != trackAgain {
		m.Flags &^= buffer.FlagLooked | buffer.FlagSessions | buffer.FlagReversed
		m.Track = trackAgain
		return lookupAgain
	}
	if why := n.beginning(p, m); why != 0 {
		refuse(w, m, why)
		return lookupOn
	}
	m.Track = n.firstClass(p, m)
	n.unborn.add(tag)
	return lookupOn
}

// again is flow-again: it sends packets back to flow-lookup when those before them have come to their ends.
type again struct{}

func (again) Process(*graph.Worker, *graph.Frame) {}
