package flow

import "unsafe"

// Result says what became of an Insert.
type Result uint8

// The results of Insert. Only Inserted and Exists come with an index.
const (
	Inserted Result = iota // a new flow
	Exists                 // the key has a flow: its index
	Full                   // Len has reached Cap
	Stalled                // everything removed still waits for its epoch
)

func (r Result) String() string {
	return [...]string{"inserted", "exists", "full", "stalled"}[r&3]
}

// place is where a flow can be put into a view.
type place struct {
	bucket *bucket // with a free lane, or the end of the chain where lane is link
	lane   uintptr
	spare  uint32 // an overflow bucket to link behind bucket
}

// Insert makes a flow for k with hash t.Hash(k). State and Origin are stored before anyone can find it, the counters
// are 0.
func (t *Table[K]) Insert(k *K, hash uint64, state State, origin Origin) (index uint32, r Result) {
	return t.InsertAnnex(k, hash, state, origin, nil)
}

// InsertAnnex is Insert for a flow that has an annex, in a table made for that; nil: it has none.
func (t *Table[K]) InsertAnnex(k *K, hash uint64, state State, origin Origin, annex *Annex) (index uint32, r Result) {
	s := t.shardOf(hash)
	s.lock.lock()
	index, r = t.insert(s, k, hash, &state, &origin, annex)
	s.lock.unlock()
	if r == Full && t.tighten() { // other shards may have had room
		s.lock.lock()
		index, r = t.insert(s, k, hash, &state, &origin, annex)
		s.lock.unlock()
	}
	return index, r
}

// insert is Insert under the shard's lock.
func (t *Table[K]) insert(s *shard, k *K, hash uint64, state *State, origin *Origin, annex *Annex) (index uint32, r Result) {
	i, cur := t.seek(s.cur, hash, k)
	if i != None {
		return i, Exists
	}
	if !t.quota.admit(s) {
		return None, Full
	}
	if i = t.takeIndex(s); i == 0 {
		return None, t.stall(s)
	}
	grown, ok := s.grown(hash), t.extend(&cur)
	var next place
	if ok && grown != nil {
		if next = room(grown, hash); !t.extend(&next) {
			t.giveUp(cur)
			ok = false
		}
	}
	if !ok {
		t.slots.push(&s.free, i)
		return None, t.stall(s)
	}
	t.fill(i, k, state, origin)
	if annex != nil {
		t.fillAnnex(i, annex)
	}
	if grown != nil {
		next.put(grown, i, hash)
	}
	cur.put(s.cur, i, hash)
	release32(&s.flows, s.flows+1)
	return i, Inserted
}

// takeIndex gives an index, 0 if there is none to be had, and touches the memory of the one that s gives next.
func (t *Table[K]) takeIndex(s *shard) uint32 {
	if s.free == 0 {
		s.free = t.slots.take()
	}
	if s.free == 0 && s.removed > 0 {
		s.flush(&t.slots)
		s.free = t.slots.take()
	}
	if s.free == 0 {
		return 0
	}
	i := t.slots.shift(&s.free)
	if t.asm && s.free != 0 {
		line := t.line(s.free)
		if unsafe.Sizeof(*new(K)) == key4Size {
			touch(line, unsafe.Pointer(t.cold(s.free)))
		} else {
			touch(line, unsafe.Add(line, 64))
		}
	}
	return i
}

// stall takes back what admit counted.
func (t *Table[K]) stall(s *shard) Result {
	t.quota.readmit(s)
	t.stalls.Add(1)
	return Stalled
}

// seek goes through the chain of a hash once: it finds the flow of k, or None and the first free lane.
func (t *Table[K]) seek(v *view, h uint64, k *K) (index uint32, p place) {
	pat := pattern(h)
	b := v.bucket(h)
	p.lane = link
	for {
		for m := b.match(pat); m != 0; m &= m - 1 {
			if c := *b.at(lane(m)); equal(t.key(c), k) && t.Life(c)&1 != 0 {
				return c, p
			}
		}
		if p.lane == link {
			p.bucket, p.lane = b, b.vacant()
		}
		l := b.index[link]
		if l == 0 {
			break
		}
		b = v.linked(l)
	}
	if p.lane == link {
		p.bucket = b
	}
	return None, p
}

// room finds a place for a flow in the chain of a hash.
func room(v *view, h uint64) (p place) {
	for b := v.bucket(h); b != nil; b = v.linked(b.index[link]) {
		p.bucket = b
		if p.lane = b.vacant(); p.lane != link {
			return p
		}
	}
	return p
}

// extend takes an overflow bucket for a place that needs one. It fails if there is none.
func (t *Table[K]) extend(p *place) bool {
	if p.lane != link {
		return true
	}
	p.spare = t.over.take()
	return p.spare != 0
}

// giveUp hands back the overflow bucket of a place that is not used.
func (t *Table[K]) giveUp(p place) {
	if p.spare != 0 {
		t.over.release(&chain{p.spare, p.spare, 1, 1})
	}
}

// put publishes flow i, whose line is complete.
func (p place) put(v *view, i uint32, h uint64) {
	if p.spare == 0 {
		p.bucket.set(p.lane, i, pattern(h))
		return
	}
	b := v.spare(p.spare)
	release64(&b.fp[0], 0)
	release64(&b.fp[1], 0)
	release32(&b.index[link], 0)
	b.set(0, i, pattern(h))
	release32(&p.bucket.index[link], overflow|p.spare)
}

// fill writes the line of index i and makes it alive. Nobody can find it yet, but a sweep may be looking.
func (t *Table[K]) fill(i uint32, k *K, s *State, o *Origin) {
	copyKey(t.key(i), k)
	state, counters := t.State(i), t.Counters(i)
	poke32(&state.LastSeen, s.LastSeen)
	poke32(&state.Word, s.Word)
	poke64(&state.Verdict, s.Verdict)
	for d := range counters.Packets {
		poke64(&counters.Packets[d], 0)
		poke64(&counters.Bytes[d], 0)
	}
	c := t.cold(i)
	c.pack(o)
	release32(&c.life, c.life+1)
}

var _ [16 - unsafe.Sizeof(State{})]byte
var _ [unsafe.Sizeof(State{}) - 16]byte
