package flow

import "unsafe"

// The stages of Lookup, run by the worker for one group of keys after the other. Each is a function of its own, so
// that its values stay in registers, and each touches the lines the next one reads: the loads of a group overlap.
//
//	hash     key → hash, touch the bucket
//	probe    bucket → candidate index or link, touch the flow's line
//	resolve  line → compare the key; note what the first candidate does not settle
//	walk     the rest, one by one: overflow buckets, two flows with one fingerprint
//
// The first three know keys as words and nothing of tables, so that they are plain functions (a generic one cannot
// inline what depends on its type) and an assembly routine can take the place of each.

// MaxBatch is the most keys of one Lookup.
const MaxBatch = 256

// group is how many keys run through a stage before the next stage. Measured at 1 M IPv4 flows: 62 ns a key with 16,
// 57 with 32, 51 with 64 and 128, 55 with 256. Low: too few misses overlap; high: the first lines are gone again.
const group = 64

// Batch is a worker's vector of keys and what Lookup found for them. It is worker-owned.
type Batch[K Key] struct {
	Keys    [MaxBatch]K
	Hash    [MaxBatch]uint64
	Index   [MaxBatch]uint32
	pending [group]uint32 // positions in the group for walk
	sink    uint64        // keeps the touching loads alive
}

// Lookup finds Keys[:n]: Index[:n] gets the flows' indices, None where there is none, and Hash[:n] the hashes, which
// Insert takes. The indices are good until the worker quiesces.
func (t *Table[K]) Lookup(b *Batch[K], n int) {
	v := t.view.Load()
	for lo := 0; lo < n; lo += group {
		hi := min(lo+group, n)
		hash, index, walks := b.Hash[lo:hi], b.Index[lo:hi], uint(0)
		if unsafe.Sizeof(b.Keys[0]) == key4Size {
			keys := (*[MaxBatch]words4)(unsafe.Pointer(&b.Keys))[lo:hi]
			b.sink += hashStage4(&t.seeds, v, keys, hash)
			b.sink += probeStage(v, t.lines, 6, hash, index)
			walks = resolveStage4(t.lines, keys, index, &b.pending)
		} else {
			keys := (*[MaxBatch]words6)(unsafe.Pointer(&b.Keys))[lo:hi]
			b.sink += hashStage6(&t.seeds, v, keys, hash)
			b.sink += probeStage(v, t.lines, 7, hash, index)
			n, sink := resolveStage6(t.lines, keys, index, &b.pending)
			walks, b.sink = n, b.sink+sink
		}
		for _, i := range b.pending[:walks] {
			index[i] = t.walk(v, hash[i], &b.Keys[lo+int(i)])
		}
	}
}

//go:noinline
func hashStage4(s *seeds, v *view, keys []words4, hash []uint64) (sink uint64) {
	hash = hash[:len(keys)]
	base, mask := v.base, v.mask // in registers
	for i := range keys {
		h := hash4(s, &keys[i])
		hash[i] = h
		sink ^= peek64((*uint64)(unsafe.Add(base, h&mask)))
	}
	return sink
}

//go:noinline
func hashStage6(s *seeds, v *view, keys []words6, hash []uint64) (sink uint64) {
	hash = hash[:len(keys)]
	base, mask := v.base, v.mask // in registers
	for i := range keys {
		h := tail6(s, head6(s, &keys[i]), &keys[i])
		hash[i] = h
		sink ^= peek64((*uint64)(unsafe.Add(base, h&mask)))
	}
	return sink
}

//go:noinline
func probeStage(v *view, lines unsafe.Pointer, shift uintptr, hash []uint64, index []uint32) (sink uint64) {
	index = index[:len(hash)]
	base, mask := v.base, v.mask // in registers
	for i, h := range hash {
		b := (*bucket)(unsafe.Add(base, h&mask))
		c := peek32(b.at(lane(b.first(pattern(h)))))
		index[i] = c
		line := c &^ uint32(int32(c)>>31) // a link touches line 0, which is always at hand
		sink ^= *(*uint64)(unsafe.Add(lines, uintptr(line)<<(shift&63)))
	}
	return sink
}

//go:noinline
func resolveStage4(lines unsafe.Pointer, keys []words4, index []uint32, pending *[group]uint32) (walks uint) {
	index = index[:len(keys)]
	for i := range keys {
		c := index[i]
		if c == 0 {
			index[i] = None
		} else if c >= overflow || *(*words4)(unsafe.Add(lines, uintptr(c)<<6)) != keys[i] {
			pending[walks%group] = uint32(i)
			walks++
		}
	}
	return walks
}

//go:noinline
func resolveStage6(lines unsafe.Pointer, keys []words6, index []uint32, pending *[group]uint32) (walks uint, sink uint64) {
	index = index[:len(keys)]
	for i := range keys {
		c := index[i]
		if c == 0 {
			index[i] = None
			continue
		}
		line := unsafe.Add(lines, uintptr(c&^overflow)<<7)
		if c >= overflow || differ6((*words6)(line), &keys[i]) {
			pending[walks%group] = uint32(i)
			walks++
			continue
		}
		sink ^= peek64((*uint64)(unsafe.Add(line, unsafe.Offsetof(line6{}.counters)))) // its counters' line is wanted next
	}
	return walks, sink
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
