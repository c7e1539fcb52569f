package ip

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// cached6 is cached4 of IPv6.
type cached6 struct {
	dst   [2]uint64 // as it is in memory
	table int32
	gen   uint32
	to    uint32
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
		hop := e.to
		if hop&several != 0 {
			hop = n.choose(s, hop, p, m)
		}
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
	*e = cached6{dst, table, s.Gen, target(s, s.Lookup6(uint32(table), &a))}
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
			to := target(s, s.Lookup6(h.Table, (*[16]byte)(b[at:])))
			if hop = to; to&several != 0 {
				hop = n.choose(s, to, b, m)
			}
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
