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
	word   [VectorSize]uint64 // the slot of this round
	tag    [VectorSize]uint32
	at     [VectorSize]uint32 // the chain's first line
	from   [VectorSize]uint8  // the table asked
	list   [VectorSize]uint8  // packets with tables left to ask
	asked  [VectorSize]uint8  // packets that ask one in this round
	hits   [VectorSize]uint8  // packets with a chain to walk
}

// FindAll writes the first rule that matches each packet, or None, for up to VectorSize of them. out has the length of keys.
// It allocates nothing. In each round every packet with tables left asks one of them: stages over arrays, so that the loads
// of different packets overlap.
func (v *View) FindAll(s *Scratch, keys []Key, out []uint32) {
	keys = keys[:min(len(keys), VectorSize)]
	out = out[:len(keys)]
	v.pruneAddrs(keys, s.tables[:len(keys)])
	v.prunePorts(keys, s.tables[:len(keys)])
	n := s.begin(out)
	for n > 0 {
		var asked int
		asked, n = v.ask(s, keys, n)
		hits := v.heads(s, asked)
		v.resolve(s, keys, out, v.touch(s, hits))
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
		out[i] = (atomic.LoadUint64(&sc[uint64(hash32(a)>>p.shift)&last]) | openSC) &
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

// ask takes one table of each packet on the list and loads the slot where the chain may be. It returns how many packets
// ask one, and how many have tables left, which stay on the list.
//
//go:noinline
func (v *View) ask(s *Scratch, keys []Key, n int) (asked, left int) {
	tables := v.tables
	for _, i := range s.list[:n] {
		c, best := s.tables[i], s.best[i]
		for c != 0 {
			at := bits.TrailingZeros64(c)
			t := &tables[at]
			c &= c - 1
			slots := t.slots
			if t.first >= best || len(slots) == 0 {
				continue
			}
			tag := v.tag(t, &keys[i])
			s.tag[i], s.from[i] = tag, uint8(at)
			s.word[i] = atomic.LoadUint64(&slots[uint64(tag>>t.shift)&uint64(len(slots)-1)])
			s.asked[uint8(asked)] = i
			asked++
			break
		}
		s.tables[i] = c
		s.list[uint8(left)] = i
		if c != 0 {
			left++
		}
	}
	return asked, left
}

// heads finds the chains, and returns how many there are.
//
//go:noinline
func (v *View) heads(s *Scratch, asked int) (hits int) {
	for _, i := range s.asked[:asked] {
		w := s.word[i]
		if w != 0 && uint32(w>>32) != s.tag[i] { // another chain's; this one's may stand behind it
			w = uint64(v.tables[s.from[i]].head(s.tag[i]))
		}
		s.at[i] = uint32(w)
		s.hits[uint8(hits)] = i
		if uint32(w) != 0 {
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
