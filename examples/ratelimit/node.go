package ratelimit

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

const (
	nextPass graph.Next = iota
	nextDrop
)

const (
	errPackets graph.Counter = iota
	errBytes
	errShared
)

// verdict is what becomes of a packet: in Meta.Reason, where traces and verdicts of replay find it.
type verdict uint8

const (
	within      verdict = 0
	overPackets         = verdict(errPackets) + 1
	overBytes           = verdict(errBytes) + 1
)

// counts is what a worker has decided about packets of an interface.
type counts struct{ passed, dropped counter.Pair }

// node is a worker's.
type node struct {
	*Plugin
	table  *table
	shared [graph.MaxInterfaces]bucket // by sw_if_index: of sources that found no room
	counts [graph.MaxInterfaces]counts // by sw_if_index
}

// run is packets of one interface in a vector.
type run struct {
	swIf                   uint32
	limit                  *limit
	packets, bytes         uint64
	dropped, droppedLength uint64
}

// Process implements graph.Processor.
func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	list, now, v := *n.limits.Load(), w.Now(), w.Packets()
	n.table.forget(n.rounds.Load(), list, now)
	var over [errShared + 1]int
	var r run
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		if m.RxIf != r.swIf {
			n.count(&r)
			r = run{swIf: m.RxIf, limit: list.of(m.RxIf)}
		}
		if r.limit == nil { // it was just deleted
			m.Reason = uint8(within)
			continue
		}
		bucket, shared := n.bucketOf(v.Bytes(b, m), m, r.limit, now)
		why := bucket.take(r.limit, now, m.Len)
		m.Reason = uint8(why)
		r.packets++
		r.bytes += uint64(m.Len)
		if shared {
			over[errShared]++
		}
		if why != within {
			nexts[i] = nextDrop
			over[why-1]++
			r.dropped++
			r.droppedLength += uint64(m.Len)
		}
	}
	n.count(&r)
	for c, k := range over {
		w.Count(graph.Counter(c), k)
	}
}

// count adds a run to the interface's counts.
func (n *node) count(r *run) {
	if r.packets != 0 {
		c := &n.counts[r.swIf]
		c.passed.Add(r.packets-r.dropped, r.bytes-r.droppedLength)
		c.dropped.Add(r.dropped, r.droppedLength)
	}
}

// bucketOf finds the bucket that pays for a packet, or begins it.
func (n *node) bucketOf(p []byte, m *buffer.Meta, l *limit, now int64) (b *bucket, shared bool) {
	source := sourceOf(p, m)
	if b = n.table.find(source, m.RxIf); b == nil {
		b, shared = &n.shared[m.RxIf], true
	}
	if b.swIf == 0 {
		b.begin(source, m.RxIf, l, now)
		if !shared {
			n.table.used.Add(1)
		}
	}
	return b, shared
}

func sourceOf(p []byte, m *buffer.Meta) address {
	if m.IsIP6 {
		src, _ := packet.Addrs6(p, m)
		return address{binary.BigEndian.Uint64(src[:8]), binary.BigEndian.Uint64(src[8:])}
	}
	src, _ := packet.Addrs4(p, m)
	return address{0, 0xffff<<32 | uint64(src)}
}

// String is the address as people write it.
func (a address) String() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b).Unmap().String()
}

// trace says what the node did with a packet.
func trace(m *buffer.Meta, p []byte) string {
	words := [...]string{within: "within its limit", overPackets: "over its packets a second", overBytes: "over its bytes a second"}
	return fmt.Sprintf("source %v: %s", sourceOf(p, m), words[m.Reason])
}
