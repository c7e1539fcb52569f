package flow

import "unsafe"

// Lookup runs its keys through stages, a group at a time. Each stage touches the lines that the next one reads, and the
// groups are staggered: between touching a line and reading it lie the other stages of other groups.
//
//	hash     group g    key → hash, touch the bucket
//	probe    group g-1  bucket → candidate index or link, touch the flow's line or the overflow bucket
//	resolve  group g-2  line → compare the key; note what the first candidate does not settle
//	walk     group g-2  the rest, one by one: overflow buckets, two flows with one fingerprint
//
// The first three are plain functions for each family of keys: in Go (stages.go), and in assembly where the processor
// has what it takes (lookup_amd64.s). Table.asm says which; nothing else differs.

// MaxBatch is the most keys of one Lookup.
const MaxBatch = 256

// group is how many keys run through a stage before the next stage. Measured at 1 M IPv4 flows, ns a key with assembly
// and without: 28 and 66 with 8, 23 and 63 with 16, 20 and 57 with 32, 20 and 54 with 64, 20 and 58 with 128 (Go before
// touching was a loop of its own: now 30 with 64). Low: a line
// is read before it has come; high: the first lines are gone again.
const group = 64

// Batch is a worker's vector of keys and what Lookup found for them. It is worker-owned.
type Batch[K Key] struct {
	Keys    [MaxBatch]K
	Hash    [MaxBatch]uint64
	Index   [MaxBatch]uint32
	pending [MaxBatch]uint32 // positions in the group for walk
	sink    uint64           // keeps the touching loads alive
}

// Lookup finds Keys[:n]: Index[:n] gets the flows' indices, None where there is none, and Hash[:n] the hashes, which
// Insert takes. The indices are good until the worker quiesces.
func (t *Table[K]) Lookup(b *Batch[K], n int) {
	v := t.view.Load()
	for g := 0; g < n+2*group; g += group {
		if g < n {
			t.hashStage(v, b, g, min(g+group, n))
		}
		if lo := g - group; lo >= 0 && lo < n {
			t.probeStage(v, b, lo, min(lo+group, n))
		}
		if lo := g - 2*group; lo >= 0 {
			t.resolveStage(v, b, lo, min(lo+group, n))
		}
	}
}

func (t *Table[K]) hashStage(v *view, b *Batch[K], lo, hi int) {
	hash := b.Hash[lo:hi]
	if unsafe.Sizeof(b.Keys[0]) == key4Size {
		keys := (*[MaxBatch]words4)(unsafe.Pointer(&b.Keys))[lo:hi]
		if t.asm {
			hash4AVX2(&t.seeds, v, unsafe.SliceData(keys), unsafe.SliceData(hash), len(keys))
		} else {
			b.sink += hash4Go(&t.seeds, v, keys, hash)
		}
	} else {
		keys := (*[MaxBatch]words6)(unsafe.Pointer(&b.Keys))[lo:hi]
		if t.asm {
			hash6AVX2(&t.seeds, v, unsafe.SliceData(keys), unsafe.SliceData(hash), len(keys))
		} else {
			b.sink += hash6Go(&t.seeds, v, keys, hash)
		}
	}
}

func (t *Table[K]) probeStage(v *view, b *Batch[K], lo, hi int) {
	hash, index := b.Hash[lo:hi], b.Index[lo:hi]
	if !t.asm {
		probeGo(v, hash, index)
		if unsafe.Sizeof(b.Keys[0]) == key4Size {
			b.sink += touch4Go(t.lines, index)
		} else {
			b.sink += touch6Go(t.lines, index)
		}
	} else if unsafe.Sizeof(b.Keys[0]) == key4Size {
		probe4AVX2(v, t.lines, unsafe.SliceData(hash), unsafe.SliceData(index), len(hash))
	} else {
		probe6AVX2(v, t.lines, unsafe.SliceData(hash), unsafe.SliceData(index), len(hash))
	}
}

func (t *Table[K]) resolveStage(v *view, b *Batch[K], lo, hi int) {
	hash, index, walks := b.Hash[lo:hi], b.Index[lo:hi], uint(0)
	if unsafe.Sizeof(b.Keys[0]) == key4Size {
		keys := (*[MaxBatch]words4)(unsafe.Pointer(&b.Keys))[lo:hi]
		if t.asm {
			walks = resolve4AVX2(t.lines, unsafe.SliceData(keys), unsafe.SliceData(index), &b.pending, len(keys))
		} else {
			walks = resolve4Go(t.lines, keys, index, &b.pending)
		}
	} else {
		keys := (*[MaxBatch]words6)(unsafe.Pointer(&b.Keys))[lo:hi]
		if t.asm {
			walks = resolve6AVX2(t.lines, unsafe.SliceData(keys), unsafe.SliceData(index), &b.pending, len(keys))
		} else {
			walks = resolve6Go(t.lines, keys, index, &b.pending)
		}
	}
	for _, i := range b.pending[:walks] {
		index[i] = t.walk(v, hash[i], &b.Keys[lo+int(i)])
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
