package ethernet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// input is ethernet-input on one worker.
type input struct {
	*Plugin
	dropped [numErrors]int // in this vector
	run     run
}

// run is frames with the same tags from the same interface, one behind the other: what they are given to is looked up once.
type run struct {
	rxIf  uint32 // the interface that they came from
	kind  uint16 // Meta.EtherType
	vlans uint8  // Meta.VLANs
	raw   uint64 // the two tags, or what is there, as rawTags has them
	to    uint32 // the interface that they are given to
	entry *entry // that interface's
	fault uint8  // a counter plus one: they are dropped; 0: they are not
}

func (n *input) Process(w *graph.Worker, f *graph.Frame) {
	t := *n.table.Load()
	e := &noEntry
	swIf, one := f.Origin()
	if one {
		e = t.at(swIf)
	}
	bufs, nexts := f.Vector()
	odd := n.parse(w.Packets(), bufs, nexts, e)
	if !one || e.untagged || odd && !e.plain {
		n.sort(w, f, t)
	}
	n.count(w)
}

// retry is after how many frames that are not plain the next one is looked at as if it were.
const retry = 8

// parse reads frames from one interface, or from several with the entry of none. odd says that some have tags, or are not for the
// interface's address where that matters.
func (n *input) parse(v buffer.View, bufs []buffer.Index, nexts []graph.Next, e *entry) (odd bool) {
	mac, care := e.mac, uint64(0)
	if e.routed {
		care = addressBits
	}
	nexts = nexts[:len(bufs)]
	for i := 0; i < len(bufs); {
		i += plainFrames(v, bufs[i:], nexts[i:], mac, care)
		for end := min(i+retry, len(bufs)); i < end; i++ {
			m := v.Meta(bufs[i])
			p := v.Bytes(bufs[i], m)
			if packet.Ethernet(p, m) != packet.FaultNone {
				nexts[i] = n.drop(m, errShort)
				continue
			}
			if d := binary.LittleEndian.Uint64(p); (d^mac)&care != 0 && d&1 == 0 || m.VLANs != 0 {
				odd = true
			}
			switch m.EtherType {
			case packet.EtherTypeIP4:
				nexts[i] = nextIP4
			case packet.EtherTypeIP6:
				nexts[i] = nextIP6
			default:
				nexts[i] = nextL2
			}
		}
	}
	return odd
}

// sort is for frames, parsed already, that may be a sub-interface's, or not for this host.
func (n *input) sort(w *graph.Worker, f *graph.Frame, t table) {
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	r := &n.run
	r.rxIf = ^uint32(0)
	main, of, taken, octets := &noEntry, ^uint32(0), 0, 0
	for i, b := range bufs {
		if nexts[i] == nextDrop {
			continue
		}
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if m.RxIf != of {
			of = m.RxIf
			main = t.at(of)
		}
		e := main
		if m.VLANs != 0 && !e.plain || e.untagged {
			if raw := rawTags(p); raw != r.raw || of != r.rxIf || m.EtherType != r.kind || m.VLANs != r.vlans {
				n.settle(w, taken, octets)
				taken, octets = 0, 0
				n.find(w, t, m, raw, keyOf(p, m))
			}
			if r.fault != 0 {
				nexts[i] = n.drop(m, graph.Counter(r.fault-1))
				continue
			}
			e, m.RxIf = r.entry, r.to
			taken++
			octets += int(m.Len)
		}
		if e.routed && !mine(p, e.mac) {
			nexts[i] = n.drop(m, errMAC)
		}
	}
	n.settle(w, taken, octets)
	setOrigin(v, f, bufs)
}

// drop notes why a frame is dropped.
func (n *input) drop(m *buffer.Meta, why graph.Counter) graph.Next {
	m.Reason = uint8(why) + 1
	n.dropped[why]++
	return nextDrop
}

func (n *input) count(w *graph.Worker) {
	for c := range n.dropped {
		w.Count(graph.Counter(c), n.dropped[c])
		n.dropped[c] = 0
	}
}

// addressBits is where a frame's first eight bytes, read with the lowest first, have the address that it is for.
const addressBits = 1<<48 - 1

// mine says whether a frame is for an address, or for a group.
func mine(p []byte, mac uint64) bool {
	d := binary.LittleEndian.Uint64(p)
	return d&addressBits == mac || d&1 != 0
}

// find begins a run of frames like m's: k tells of their tags.
func (n *input) find(w *graph.Worker, t table, m *buffer.Meta, raw, k uint64) {
	r := &n.run
	*r = run{rxIf: m.RxIf, kind: m.EtherType, vlans: m.VLANs, raw: raw, to: m.RxIf}
	sub, ok := t.at(m.RxIf).find(k)
	switch {
	case !ok:
		r.fault = uint8(errVLAN) + 1
	case sub != 0 && !w.Up(sub):
		r.fault = uint8(errDown) + 1
	case sub != 0:
		r.to = sub
	}
	r.entry = t.at(r.to)
}

// settle counts the frames of a run for its sub-interface.
func (n *input) settle(w *graph.Worker, frames, octets int) {
	if r := &n.run; frames > 0 && r.to != r.rxIf {
		w.Receive(r.to, frames, octets)
	}
}

// setOrigin tells the engine where the packets of a frame came from, as their metadata says now.
func setOrigin(v buffer.View, f *graph.Frame, bufs []buffer.Index) {
	first, differ := v.Meta(bufs[0]).RxIf, uint32(0)
	for _, b := range bufs {
		differ |= v.Meta(b).RxIf ^ first
	}
	if differ == 0 {
		f.SetOrigin(graph.NoArc, first)
	} else {
		f.SetOrigins()
	}
}
