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
	key     uint64 // as keyOf gives it
	to      uint32 // the interface that they are given to
	entry   *entry // that interface's
	fault   uint8  // a counter plus one: they are dropped; 0: they are not
	packets int
	octets  int
}

// noKey is no frame's.
const noKey = 1<<64 - 1

func (n *input) Process(w *graph.Worker, f *graph.Frame) {
	t := *n.table.Load()
	if swIf, ok := f.Origin(); ok && t.at(swIf).plain {
		n.plain(w, f)
	} else {
		n.sort(w, f, t)
	}
}

// plain is for frames from a wire without sub-interfaces.
func (n *input) plain(w *graph.Worker, f *graph.Frame) {
	short := 0
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		if packet.Ethernet(v.Bytes(b, m), m) != packet.FaultNone {
			nexts[i], m.Reason = nextDrop, uint8(errShort)+1
			short++
			continue
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
	w.Count(errShort, short)
}

// sort is for frames that may be a sub-interface's, or not for this host.
func (n *input) sort(w *graph.Worker, f *graph.Frame, t table) {
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	n.run.key = noKey
	main, of, moved := &noEntry, ^uint32(0), false
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if packet.Ethernet(p, m) != packet.FaultNone {
			nexts[i] = n.drop(m, errShort)
			continue
		}
		if m.RxIf != of {
			of = m.RxIf
			main = t.at(of)
		}
		e := main
		if m.VLANs != 0 && !e.plain || e.untagged {
			if fault := n.assign(w, t, p, m); fault != 0 {
				nexts[i] = n.drop(m, graph.Counter(fault-1))
				continue
			}
			e, moved = n.run.entry, true
		}
		if e.routed && !mine(p, e.mac) {
			nexts[i] = n.drop(m, errMAC)
			continue
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
	n.settle(w)
	n.count(w)
	if moved {
		setOrigin(v, f, bufs)
	}
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

// mine says whether a frame is for an address, or for a group.
func mine(p []byte, mac uint64) bool {
	d := binary.LittleEndian.Uint64(p)
	return d&(1<<48-1) == mac || d&1 != 0
}

// assign gives a frame to the interface that takes it. fault is a counter plus one, or 0.
func (n *input) assign(w *graph.Worker, t table, p []byte, m *buffer.Meta) (fault uint8) {
	r := &n.run
	if k := keyOf(p, m); k != r.key {
		n.settle(w)
		r.key, r.to, r.fault = k, m.RxIf, 0
		if sub, ok := t.at(m.RxIf).find(k); !ok {
			r.fault = uint8(errVLAN) + 1
		} else if sub != 0 && !w.Up(sub) {
			r.fault = uint8(errDown) + 1
		} else if sub != 0 {
			r.to = sub
		}
		r.entry = t.at(r.to)
	}
	if r.fault == 0 && r.to != m.RxIf {
		m.RxIf = r.to
		r.packets++
		r.octets += int(m.Len)
	}
	return r.fault
}

// settle counts a run for its sub-interface.
func (n *input) settle(w *graph.Worker) {
	if r := &n.run; r.packets > 0 {
		w.Receive(r.to, r.packets, r.octets)
		r.packets, r.octets = 0, 0
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
