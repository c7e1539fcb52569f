package flow

import "unsafe"

// The stages of Lookup, run by the worker for one group of keys after the other. Each is a function of its own, so
// that its values stay in registers, and each touches the lines the next one reads: the loads of a group overlap.
//
//	hashTouch  key → hash, touch the bucket
//	probe      bucket → candidate index or link, touch the flow's line
//	resolve    line → compare the key; what is not settled by the first candidate takes the slow walk

// MaxBatch is the most keys of one Lookup.
const MaxBatch = 256

// group is how many keys run through a stage before the next stage: enough that their cache misses overlap, few enough
// that their lines are still in the first-level cache when the next stage comes.
const group = 32

// Batch is a worker's vector of keys and what Lookup found for them. It is worker-owned.
type Batch[K Key] struct {
	Keys  [MaxBatch]K
	Hash  [MaxBatch]uint64
	Index [MaxBatch]uint32
	sink  uint64 // keeps the touching loads alive
}

// Lookup finds Keys[:n]: Index[:n] gets the flows' indices, None where there is none, and Hash[:n] the hashes, which
// Insert takes. The indices are good until the worker quiesces.
func (t *Table[K]) Lookup(b *Batch[K], n int) {
	v := t.view.Load()
	for lo := 0; lo < n; lo += group {
		hi := min(lo+group, n)
		keys, hash, index := b.Keys[lo:hi], b.Hash[lo:hi], b.Index[lo:hi]
		b.sink += hashTouch(&t.seeds, v, keys, hash)
		b.sink += probe(v, t.lines, lineShift[K](), hash, index)
		resolve(t, v, keys, hash, index)
	}
}

//go:noinline
func hashTouch[K Key](s *seeds, v *view, keys []K, hash []uint64) (sink uint64) {
	hash = hash[:len(keys)]
	for i := range keys {
		h := hashKey(s, &keys[i])
		hash[i] = h
		sink ^= peek64(&v.bucket(h).fp[0])
	}
	return sink
}

//go:noinline
func probe(v *view, lines unsafe.Pointer, shift uintptr, hash []uint64, index []uint32) (sink uint64) {
	index = index[:len(hash)]
	for i, h := range hash {
		b := v.bucket(h)
		c := peek32(b.at(lane(b.match(pattern(h)))))
		index[i] = c
		line := c &^ uint32(int32(c)>>31) // a link touches line 0, which is always at hand
		sink ^= *(*uint64)(unsafe.Add(lines, uintptr(line)<<shift))
	}
	return sink
}

//go:noinline
func resolve[K Key](t *Table[K], v *view, keys []K, hash []uint64, index []uint32) {
	hash, index = hash[:len(keys)], index[:len(keys)]
	for i := range keys {
		c := index[i]
		if c == 0 {
			index[i] = None
			continue
		}
		if c >= overflow || !equal(t.key(c), &keys[i]) {
			index[i] = t.walk(v, hash[i], &keys[i])
		}
	}
}

// Find is Lookup for one key.
func (t *Table[K]) Find(k *K) uint32 { return t.walk(t.view.Load(), t.Hash(k), k) }

// walk looks through every lane of the chain that has the fingerprint.
//
//go:noinline
func (t *Table[K]) walk(v *view, h uint64, k *K) uint32 {
	pat := pattern(h)
	for b := v.bucket(h); b != nil; b = v.linked(peek32(&b.index[link])) {
		for m := b.match(pat); m != 0; m &= m - 1 {
			if c := peek32(b.at(lane(m))); equal(t.key(c), k) {
				return c
			}
		}
	}
	return None
}
