package ip

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// The short ways of the nodes, for packets as most are. Each takes packets from the first of a vector on until one that is not so, to
// which it does nothing, and returns how many they are. Each is a function of its own so that everything stays in registers.

// plainEnd is where an IPv4 header without options ends behind a header of Ethernet without tags.
const plainEnd = etherLen + ip4Len

// plainLookup finds the hops of packets that begin as most do, from one interface, and go to one hop that its number says all of. No
// branch depends on where packets go, but for the length of the prefixes.
//
//go:noinline
func plainLookup(v buffer.View, bufs []buffer.Index, nexts []graph.Next, s *fib.Snapshot, tree fib.Tree, from uint32) int {
	hops, forwards := s.Hops(), s.Forwards()
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if len(p) < plainEnd || m.L3 != etherLen || m.RxIf != from {
			return i
		}
		hop := forwards.At(tree.Lookup(binary.BigEndian.Uint32((*[plainEnd]byte)(p)[plainEnd-4:]))).Only
		if hop >= fib.Several {
			return i
		}
		kind := hops.At(hop).Kind
		if kind >= fib.KindLookup {
			return i
		}
		m.TxIf, nexts[i] = hop, nextOf[kind]
	}
	return len(bufs)
}

// plainRewrite4 rewrites packets of a run that begin as most do, fit and live on.
//
//go:noinline
func plainRewrite4(v buffer.View, bufs []buffer.Index, nexts []graph.Next, r *run) int {
	number, txIf, first, other, plain, out := r.number, r.TxIf, r.first, r.other, r.plain, r.out
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if m.TxIf != number || len(p) < plainEnd || m.L3 != etherLen || uint(m.End)-etherLen > plain {
			return i
		}
		q := (*[plainEnd]byte)(p)
		x := binary.LittleEndian.Uint32(q[etherLen+8:]) // TTL, protocol, checksum
		if x&0xff <= 1 {
			return i
		}
		sum := x>>16 + 1
		sum += (sum + 1) >> 16 // 0xffff is 0
		binary.LittleEndian.PutUint32(q[etherLen+8:], sum<<16|(x-1)&0xffff)
		binary.NativeEndian.PutUint64(q[:], first)
		binary.NativeEndian.PutUint64(q[6:], other)
		m.TxIf, nexts[i] = txIf, out
	}
	return len(bufs)
}

// plainRewrite6 is plainRewrite4 of IPv6.
//
//go:noinline
func plainRewrite6(v buffer.View, bufs []buffer.Index, nexts []graph.Next, r *run) int {
	number, txIf, first, other, plain, out := r.number, r.TxIf, r.first, r.other, r.plain, r.out
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if m.TxIf != number || len(p) < plainEnd || m.L3 != etherLen || uint(m.End)-etherLen > plain {
			return i
		}
		q := (*[plainEnd]byte)(p)
		if q[etherLen+7] <= 1 {
			return i
		}
		q[etherLen+7]--
		binary.NativeEndian.PutUint64(q[:], first)
		binary.NativeEndian.PutUint64(q[6:], other)
		m.TxIf, nexts[i] = txIf, out
	}
	return len(bufs)
}
