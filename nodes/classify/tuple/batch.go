package tuple

import (
	"math/bits"
	"sync/atomic"
)

// VectorSize is how many packets FindAll takes at most.
const VectorSize = 256

// Scratch is what FindAll works on: one for each goroutine, for its calls one after the other.
type Scratch struct {
	tables [VectorSize]uint64 // left to ask, a bit each
	best   [VectorSize]uint64 // the label of the first rule so far
	tag    [VectorSize]uint32
	at     [VectorSize]uint32 // the chain's first line
	from   [VectorSize]uint8  // the table asked
	list   [VectorSize]uint8  // packets with tables left to ask
	far    [VectorSize]uint8  // packets whose chain may be in a further bucket
	hits   [VectorSize]uint8  // packets with a chain to walk
}

// FindAll writes the first rule that matches each packet, or None, for up to VectorSize of them. out has the length of keys.
// It allocates nothing. In each round every packet with tables left asks one of them: stages over arrays, so that the loads
// of different packets overlap.
func (v *View) FindAll(s *Scratch, keys []Key, out []uint32) {
	keys = keys[:min(len(keys), VectorSize)]
	out = out[:len(keys)]
	if v.few != nil {
		v.few.findAll(keys, out, v.ip6)
		return
	}
	v.pruneAddrs(keys, s.tables[:len(keys)])
	v.prunePorts(keys, s.tables[:len(keys)])
	n := s.begin(out)
	for n > 0 {
		var hits, far int
		if hits, far, n = v.ask(s, keys, n); far > 0 {
			hits = v.search(s, hits, far)
		}
		if hits > 0 {
			v.resolve(s, keys, out, v.touch(s, hits))
		}
	}
}

// begin lists the packets that have tables to ask.
func (s *Scratch) begin(out []uint32) (n int) {
	for i := range out {
		out[i] = None
		s.best[uint8(i)] = noLabel
		if s.tables[uint8(i)] != 0 {
			s.list[uint8(n)] = uint8(i)
			n++
		}
	}
	return n
}

// pruneAddrs writes the tables that may have a rule for each packet's addresses.
//
//go:noinline
func (v *View) pruneAddrs(keys []Key, out []uint64) {
	p := v.prune
	sc, sf, dc, df := p.dim[srcCoarse], p.dim[srcFine], p.dim[dstCoarse], p.dim[dstFine]
	if len(sc) == 0 || len(sf) != len(sc) || len(dc) != len(sc) || len(df) != len(sc) {
		return // cannot be
	}
	last := uint64(len(sc) - 1)
	openSC, openSF := atomic.LoadUint64(&p.open[srcCoarse]), atomic.LoadUint64(&p.open[srcFine])
	openDC, openDF := atomic.LoadUint64(&p.open[dstCoarse]), atomic.LoadUint64(&p.open[dstFine])
	out = out[:len(keys)]
	for i := range keys {
		k := &keys[i]
		a, b, c, d := k.Addr[0]>>48, k.Addr[0]>>40, k.Addr[0]>>16&0xffff, k.Addr[0]>>8&0xffffff
		if v.ip6 {
			a, b, c, d = k.Addr[0]>>32, k.Addr[0]>>16, k.Addr[2]>>32, k.Addr[2]>>16
		}
		out[i] = v.known & (atomic.LoadUint64(&sc[uint64(hash32(a)>>p.shift)&last]) | openSC) &
			(atomic.LoadUint64(&sf[uint64(hash32(b)>>p.shift)&last]) | openSF) &
			(atomic.LoadUint64(&dc[uint64(hash32(c)>>p.shift)&last]) | openDC) &
			(atomic.LoadUint64(&df[uint64(hash32(d)>>p.shift)&last]) | openDF)
	}
}

// prunePorts leaves out those that have none for its ports and protocol.
//
//go:noinline
func (v *View) prunePorts(keys []Key, out []uint64) {
	p := v.prune
	sports, dports, protos := p.dim[sportDim], p.dim[dportDim], p.dim[protoDim]
	if len(sports) < portSlots || len(dports) < portSlots || len(protos) < protoSlots {
		return // cannot be
	}
	openS, openD := atomic.LoadUint64(&p.open[sportDim]), atomic.LoadUint64(&p.open[dportDim])
	openP := atomic.LoadUint64(&p.open[protoDim])
	out = out[:len(keys)]
	for i := range keys {
		rest := keys[i].Rest
		out[i] &= (atomic.LoadUint64(&sports[portSlot(uint16(rest>>sportShift))&(portSlots-1)]) | openS) &
			(atomic.LoadUint64(&dports[portSlot(uint16(rest))&(portSlots-1)]) | openD) &
			(atomic.LoadUint64(&protos[uint8(rest>>protoShift)]) | openP)
	}
}

// ask takes one table of each packet on the list and looks for its chain there. It returns how many chains there are and
// how many packets have tables left; those stay on the list. far are the chains that may stand in a further bucket.
//
//go:noinline
func (v *View) ask(s *Scratch, keys []Key, n int) (hits, far, left int) {
	tables, seed, ip6 := v.tables, &v.seed, v.ip6
	for _, i := range s.list[:n] {
		c, best := s.tables[i], s.best[i]
		k := &keys[i]
		for c != 0 {
			number := bits.TrailingZeros64(c)
			t := &tables[number]
			c &= c - 1
			buckets := t.buckets
			if t.first >= best || len(buckets) == 0 {
				continue
			}
			var tag uint32
			if ip6 {
				tag = t.tag6(k, seed)
			} else {
				tag = t.tag4(k.Addr[0], k.Rest, seed)
			}
			at, full := buckets[uint64(tag>>t.shift)&uint64(len(buckets)-1)].find(tag)
			s.at[i] = at
			s.hits[uint8(hits)] = i
			if at != 0 {
				hits++
			}
			s.tag[i], s.from[i] = tag, uint8(number)
			s.far[uint8(far)] = i
			if full {
				far++
			}
			break
		}
		s.tables[i] = c
		s.list[uint8(left)] = i
		if c != 0 {
			left++
		}
	}
	return hits, far, left
}

// find is the first line of the tag's chain, or 0; more says that the chain may be in the next bucket.
func (b *bucket) find(tag uint32) (line uint32, more bool) {
	w0, w1, w2, w3 := atomic.LoadUint64(&b[0]), atomic.LoadUint64(&b[1]), atomic.LoadUint64(&b[2]), atomic.LoadUint64(&b[3])
	if uint32(w0>>32) == tag {
		line = uint32(w0)
	}
	if uint32(w1>>32) == tag {
		line = uint32(w1)
	}
	if uint32(w2>>32) == tag {
		line = uint32(w2)
	}
	if uint32(w3>>32) == tag {
		line = uint32(w3)
	}
	return line, w3 != 0 && line == 0
}

// search looks for chains in further buckets and adds them to the others.
//
//go:noinline
func (v *View) search(s *Scratch, hits, far int) int {
	for _, i := range s.far[:far] {
		s.at[i] = v.tables[s.from[i]].head(s.tag[i])
		s.hits[uint8(hits)] = i
		if s.at[i] != 0 {
			hits++
		}
	}
	return hits
}

// touch loads the chains' first lines, one after the other, and leaves out those that stand behind a rule found already.
//
//go:noinline
func (v *View) touch(s *Scratch, hits int) (left int) {
	lines := v.lines
	for _, i := range s.hits[:hits] {
		s.hits[uint8(left)] = i
		if lines[s.at[i]].label < s.best[i] {
			left++
		}
	}
	return left
}

// resolve walks the chains.
//
//go:noinline
func (v *View) resolve(s *Scratch, keys []Key, out []uint32, hits int) {
	for _, i := range s.hits[:hits] {
		if at := v.walk(s.at[i], &keys[i], s.best[i]); at != 0 {
			s.best[i], out[i] = v.lines[at].label, v.lines[at].rule
		}
	}
}
