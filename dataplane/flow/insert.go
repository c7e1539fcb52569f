package flow

import (
	"sync/atomic"
	"unsafe"
)

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
	bucket *bucket // with a free lane, or the end of the chain where spare is not 0
	lane   uintptr
	spare  uint32 // an overflow bucket to link behind bucket
}

// Insert makes a flow for k with hash t.Hash(k). State and Origin are stored before anyone can find it, the counters
// are 0.
func (t *Table[K]) Insert(k *K, hash uint64, state State, origin Origin) (index uint32, r Result) {
	s := t.shardOf(hash)
	s.lock.lock()
	index, r = t.insert(s, k, hash, &state, &origin)
	s.lock.unlock()
	return index, r
}

// insert is Insert under the shard's lock.
func (t *Table[K]) insert(s *shard, k *K, hash uint64, state *State, origin *Origin) (index uint32, r Result) {
	if i := t.walk(s.cur, hash, k); i != None {
		return i, Exists
	}
	if !t.admit() {
		return None, Full
	}
	i := s.take(&t.slots)
	if i == 0 {
		return None, t.stall()
	}
	cur, ok := t.room(s.cur, hash)
	var next place
	grown := s.grown(hash)
	if ok && grown != nil {
		if next, ok = t.room(grown, hash); !ok {
			t.giveUp(cur)
		}
	}
	if !ok {
		t.slots.push(&s.free, i)
		return None, t.stall()
	}
	t.fill(i, k, state, origin)
	if grown != nil {
		next.put(grown, i, hash)
	}
	cur.put(s.cur, i, hash)
	return i, Inserted
}

// admit counts one flow more unless the table is full.
func (t *Table[K]) admit() bool {
	for {
		n := t.len.Load()
		if n >= int64(t.max) {
			return false
		}
		if t.len.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// stall takes back what admit counted.
func (t *Table[K]) stall() Result {
	t.len.Add(-1)
	t.stalls.Add(1)
	return Stalled
}

// room finds a place for a flow in the chain of a hash. It fails if that takes an overflow bucket and there is none.
func (t *Table[K]) room(v *view, h uint64) (p place, ok bool) {
	for b := v.bucket(h); b != nil; b = v.linked(b.index[link]) {
		p.bucket = b
		if m := b.match(0); m != 0 {
			p.lane = lane(m)
			return p, true
		}
	}
	l := t.over.take(1)
	if l.n == 0 {
		return p, false
	}
	p.spare = l.head
	return p, true
}

// giveUp hands back the overflow bucket of a place that is not used.
func (t *Table[K]) giveUp(p place) {
	if p.spare != 0 {
		t.over.release(&list{p.spare, p.spare, 1})
	}
}

// put publishes flow i, whose line is complete.
func (p place) put(v *view, i uint32, h uint64) {
	if p.spare == 0 {
		p.bucket.set(p.lane, i, pattern(h))
		return
	}
	b := v.spare(p.spare)
	atomic.StoreUint64(&b.fp[0], 0)
	atomic.StoreUint64(&b.fp[1], 0)
	atomic.StoreUint32(&b.index[link], 0)
	b.set(0, i, pattern(h))
	atomic.StoreUint32(&p.bucket.index[link], overflow|p.spare)
}

// fill writes the line of index i and makes it alive. Nobody can find it yet, but a sweep may be looking.
func (t *Table[K]) fill(i uint32, k *K, s *State, o *Origin) {
	*t.key(i) = *k
	state, counters := t.State(i), t.Counters(i)
	poke32(&state.LastSeen, s.LastSeen)
	poke32(&state.Word, s.Word)
	poke64(&state.Verdict, s.Verdict)
	for d := range counters.Packets {
		poke64(&counters.Packets[d], 0)
		poke64(&counters.Bytes[d], 0)
	}
	*t.Origin(i) = *o
	atomic.AddUint32(&t.life(i).count, 1)
}

var _ [16 - unsafe.Sizeof(State{})]byte
var _ [unsafe.Sizeof(State{}) - 16]byte
var _ [16 - unsafe.Sizeof(Origin{})]byte
var _ [unsafe.Sizeof(Origin{}) - 16]byte
