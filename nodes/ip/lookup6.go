package ip

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// What a worker remembers of lookups, a power of two of destinations, each in one place: a lookup costs some 30 ns with few routes
// and up to a microsecond among a million. More would not fit beside what else is hot.
const (
	cacheBits  = 12
	cacheSize  = 1 << cacheBits
	hashFactor = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
)

// cached6 is what a destination in a table has come to. A generation of 0 is none.
type cached6 struct {
	dst   [2]uint64 // as it is in memory
	table int32
	gen   uint32
	to    uint32 // a forward
}

// lookup6 is ip6-lookup.
type lookup6 struct {
	*Plugin
	cache [cacheSize]cached6
}

func (n *lookup6) Process(w *graph.Worker, f *graph.Frame) {
	s := n.fib.Snapshot()
	hops := s.Hops()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	from, table := uint32(0), s.Table6(0)
	for i, b := range bufs {
		m := v.Meta(b)
		if m.RxIf != from {
			from, table = m.RxIf, s.Table6(m.RxIf)
		}
		p, l3 := v.Bytes(b, m), int(m.L3)
		if table < 0 || len(p) < l3+ip6Len {
			nexts[i] = toDisabled
			continue
		}
		h := p[l3:]
		dst := [2]uint64{binary.NativeEndian.Uint64(h[24:]), binary.NativeEndian.Uint64(h[32:])}
		in := table
		if h[24] == 0xfe && h[25]&0xc0 == 0x80 {
			in = s.LinkTable(from)
		}
		e := &n.cache[(dst[0]*hashFactor^dst[1]^uint64(in))*hashFactor>>(64-cacheBits)]
		if e.dst != dst || e.gen != s.Gen || e.table != in {
			n.learn(s, e, in, dst)
		}
		hop := n.choose(s, e.to, p, m)
		to := hops.At(hop)
		if to.Kind >= fib.KindLookup {
			hop, to = n.special(s, hop, to, p, m)
		}
		m.TxIf, nexts[i] = hop, nextOf[to.Kind&(1<<3-1)]
	}
}

// learn looks a destination up.
func (n *lookup6) learn(s *fib.Snapshot, e *cached6, table int32, dst [2]uint64) {
	var a [16]byte
	binary.NativeEndian.PutUint64(a[:], dst[0])
	binary.NativeEndian.PutUint64(a[8:], dst[1])
	*e = cached6{dst, table, s.Gen, s.Lookup6(uint32(table), &a)}
}

// special is lookup4.special.
func (n *lookup6) special(s *fib.Snapshot, hop uint32, h *fib.Hop, b []byte, m *buffer.Meta) (uint32, *fib.Hop) {
	for range maxLookups {
		switch h.Kind {
		case fib.KindLookup:
			at := int(m.L3) + 24
			if h.Source {
				at -= 16
			}
			hop = n.choose(s, s.Lookup6(h.Table, (*[16]byte)(b[at:])), b, m)
			h = s.Hop(hop)
			continue
		case fib.KindUnreachable:
			setError(m, icmp6Unreachable, code6NoRoute, 0)
		case fib.KindProhibit:
			setError(m, icmp6Unreachable, code6Prohibited, 0)
		}
		return hop, h
	}
	return 0, s.Hop(0)
}
