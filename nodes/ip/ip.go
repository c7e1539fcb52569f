// Package ip forwards IPv4 and IPv6: from ip4-input and ip6-input, which verify headers and parse them into the packet's metadata,
// past the arcs ip4-unicast and ip6-unicast to the lookup in the forwarding tables, and from there to the next hop or to this host.
//
//	ip4-input ─[ip4-unicast]─ ip4-lookup ┬─ ip4-rewrite ┬─[ip4-output]─ interface-output
//	                                     │              └─ ip4-frag ─[ip4-output]─ …
//	                                     ├─ ip4-glean, ip4-arp: packets wait there until a neighbour is found
//	                                     ├─ ip4-local ┬─ ip4-icmp-echo-request ─ ip4-lookup
//	                                     │            └─[ip4-punt]─ ip4-punt-redirect ─ ip4-punt-end
//	                                     ├─ ip4-icmp-error ─ ip4-lookup
//	                                     └─ ip4-drop, ip4-not-enabled
//	arp-input ─ arp-reply ─ interface-output      icmp6-neighbor-solicitation and -advertisement do the same behind ip6-local
//
// Terms: an interface routes a family if it has an address of it, or is told to; a hop, a forward and a table are those of package
// fib; a neighbour is one of package neighbor; a worker's desk is where its nodes leave word of neighbours.
//
// A malformed packet is dropped before any feature sees it and counted by reason. TTL and hop limit are looked at where a packet is
// rewritten: on a cross-connect gvpp is a wire. Transport checksums are not verified, but those that a local sender left to an
// offload are completed (see packet.CompletePartial).
//
// Invariant: what strangers send cannot make the package send or keep more than its limits say: neighbours asked for, packets that
// wait for them, ICMP errors. Workers wait for nobody: what they have learned of neighbours they put into the table when nobody
// else has it.
//
// It does not reassemble, or forward multicast, answers for others only where it is told to, and sends no router advertisements.
package ip

import (
	"encoding/binary"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

const (
	nextArc graph.Next = iota
	nextDrop
)

// The counters of the input nodes are the parser's faults from first to last.
const (
	first4, last4 = packet.FaultIP4Version, packet.FaultIP4Checksum
	first6, last6 = packet.FaultIP6Version, packet.FaultIP6PayloadLength
)

func faults(first, last packet.Fault) (c graph.Counters) {
	for f := first; f <= last; f++ {
		c = append(c, f.String())
	}
	return c
}

type input4 struct {
	*Plugin
	faults [graph.VectorSize]packet.Fault
}

// errOffset is for the fragment that could write over the ports of the first one (RFC 1858). A host that cuts datagrams sends none.
const errOffset = graph.Counter(last4-first4) + 1

func (n *input4) Process(w *graph.Worker, f *graph.Frame) {
	w.CountIP4(f)
	bufs, nexts := f.Vector()
	v := w.Packets()
	bad, flags, frags := packet.IPv4Vector(v, bufs, n.faults[:])
	if bad == 0 && !frags && flags&buffer.FlagPartial == 0 {
		return
	}
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		if fault := n.faults[i&(graph.VectorSize-1)]; fault != packet.FaultNone {
			nexts[i] = nextDrop
			m.Reason = uint8(fault-first4) + 1
			w.Count(graph.Counter(fault-first4), 1)
		} else if m.LaterFragment && offset4(v.Bytes(b, m), m) == 1 && n.info(m.RxIf).on[0] {
			nexts[i] = nextDrop
			blame(m, errOffset)
			w.Count(errOffset, 1)
		} else if m.Flags&buffer.FlagPartial != 0 {
			packet.CompletePartial(v.Bytes(b, m), m)
		}
	}
}

// offset4 is the offset of a datagram's data in that of which it is a fragment, in 8 bytes.
func offset4(p []byte, m *buffer.Meta) uint16 {
	return binary.BigEndian.Uint16(p[int(m.L3)+6:]) & 0x1fff
}

type input6 struct{}

func (input6) Process(w *graph.Worker, f *graph.Frame) {
	w.CountIP6(f)
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if fault := packet.IPv6(p, m); fault != packet.FaultNone {
			nexts[i] = nextDrop
			m.Reason = uint8(fault-first6) + 1
			w.Count(graph.Counter(fault-first6), 1)
			continue
		}
		if m.Flags&buffer.FlagPartial != 0 {
			packet.CompletePartial(p, m)
		}
	}
}

func trace(m *buffer.Meta, p []byte) string { return strings.Join(packet.FormatIP(p, m), "\n") }
