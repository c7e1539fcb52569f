package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// lookup is flow-lookup on one worker: it finds the sessions of a vector, all at once.
type lookup struct {
	*Plugin
	b4       flow.Batch[flow.Key4]
	b6       flow.Batch[flow.Key6]
	at4, at6 [graph.VectorSize]uint8 // by place in the batch: place in the vector
}

// Process has three stages: keys of all packets, the lookup of each family, the sessions into the metadata.
func (n *lookup) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	n4, n6 := n.keys(w.Packets(), bufs)
	tick := tickOf(w.Now())
	if n4 > 0 {
		n.table4.Lookup(&n.b4, n4)
		sessions(n.Plugin, n.table4, &n.b4, n.at4[:n4], w.Packets(), bufs, tick)
	}
	if n6 > 0 {
		n.table6.Lookup(&n.b6, n6)
		sessions(n.Plugin, n.table6, &n.b6, n.at6[:n6], w.Packets(), bufs, tick)
	}
}

// keys fills the batches with the packets that can have a session and were not looked up before.
func (n *lookup) keys(v buffer.View, bufs []buffer.Index) (n4, n6 int) {
	for i := 0; i < len(bufs); i++ {
		plain := n.plain4(v, bufs, i, n4)
		if i, n4 = i+plain, n4+plain; i >= len(bufs) {
			break
		}
		m := v.Meta(bufs[i])
		p := v.Bytes(bufs[i], m)
		switch {
		case m.Flags&buffer.FlagLooked != 0:
		case m.IsIP6 && whole(m):
			src, dst := packet.Addrs6(p, m)
			m.Flags |= buffer.FlagLooked | buffer.FlagSessions | n.b6.Keys[n6].Set(src, dst, m.SrcPort, m.DstPort, 0, m.Proto, 0)
			n.at6[n6] = uint8(i)
			n6++
		default:
			n4, n6 = n.key(p, m, i, n4, n6)
		}
	}
	return n4, n6
}

// whole reports whether a packet has what names its session: ports, and of TCP the flags, too.
func whole(m *buffer.Meta) bool { return m.HasPorts && (m.Proto != packet.ProtoTCP || m.HasTCPFlags) }

// plain4 is keys for IPv4 packets with ports, as most are, from place i on until one that is none, and returns how many they
// are. It is a function of its own so that everything stays in registers.
//
//go:noinline
func (n *lookup) plain4(v buffer.View, bufs []buffer.Index, i, n4 int) (plain int) {
	for ; i < len(bufs); i++ {
		b := bufs[i]
		m := v.Meta(b)
		if !m.IsIP4 || !whole(m) || m.Flags&buffer.FlagLooked != 0 {
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
func (n *lookup) key(p []byte, m *buffer.Meta, i, n4, n6 int) (int, int) {
	m.Flags |= buffer.FlagLooked
	e, ok := endpointsOf(p, m)
	if !ok {
		return n4, n6
	}
	m.Flags |= buffer.FlagSessions
	var reversed bool
	if m.IsIP4 {
		n.b4.Keys[n4], reversed = key4(p, m, &e)
		n.at4[n4] = uint8(i)
		n4++
	} else {
		n.b6.Keys[n6], reversed = key6(p, m, &e)
		n.at6[n6] = uint8(i)
		n6++
	}
	if reversed {
		m.Flags |= buffer.FlagReversed
	}
	return n4, n6
}

// sessions writes what was found into the metadata.
func sessions[K flow.Key](p *Plugin, t *flow.Table[K], found *flow.Batch[K], at []uint8, v buffer.View, bufs []buffer.Index, tick uint32) {
	for i, x := range found.Index[:len(at)] {
		m := v.Meta(bufs[at[i]])
		if x == flow.None {
			m.Flow, m.Track = tagOf(found.Hash[i]), buffer.TrackNew
			continue
		}
		s := t.State(x)
		word := s.LoadWord()
		if p.timeouts.expired(word, s.LoadLastSeen(), tick) || isReopen(word, m) { // it is over: as if it had not been found
			t.Remove(x)
			m.Flow, m.Track = tagOf(found.Hash[i]), buffer.TrackNew
			continue
		}
		mark(m, x, word)
	}
}

// tagOf is what Meta.Flow holds of a packet without a session: equal for packets of one session to be, and hardly ever for
// others.
func tagOf(hash uint64) uint32 { return uint32(hash >> 20) }

// mark makes x the packet's session, whose state it is in unless flow-track moves it.
func mark(m *buffer.Meta, x, word uint32) {
	m.Flow, m.State = x, uint8(stateOf(word))
	flags := m.Flags | buffer.FlagHasFlow
	// The bits of word and flags that say which endpoint is which differ in a packet of the reply direction.
	m.Flags = flags | uint8((word>>wordReversedBit^uint32(flags))&1)*buffer.FlagReply
	m.Track = buffer.TrackNew
	if word&wordReplied != 0 || m.Flags&buffer.FlagReply != 0 {
		m.Track = buffer.TrackEstablished
	}
}
