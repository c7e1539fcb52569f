package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

// rig is memory for the stages, filled at random and with what is rare in a table made common: equal fingerprints in a
// bucket, the fingerprint 0 of a hash, links, index 0, keys that differ in one bit.
type rig struct {
	r     *rand.Rand
	view  *view
	seeds seeds
	lines []byte // of IPv6 size, for both
	keys4 [MaxBatch]words4
	keys6 [MaxBatch]words6
	hash  [MaxBatch]uint64
	flows uint32
}

const rigFlows = 500

func newRig(t *testing.T, seed uint64) *rig {
	r := &rig{r: rand.New(rand.NewPCG(seed, 1)), seeds: newSeeds(seed + 1), flows: rigFlows}
	over, err := reserve(rigFlows*64, false)
	if err != nil {
		t.Fatal(err)
	}
	if r.view, err = newView(minBuckets, over.base); err != nil {
		t.Fatal(err)
	}
	lines, err := reserve(rigFlows*128, false)
	if err != nil {
		t.Fatal(err)
	}
	r.lines = unsafe.Slice((*byte)(lines.base), rigFlows*128)
	t.Cleanup(func() { _, _, _ = over.release(), r.view.region.release(), lines.release() })
	for n := range r.view.buckets() {
		b := r.view.bucket(n * 64)
		for s := range uintptr(lanes) {
			b.set(s, r.word(), pattern(r.rareHash())*uint64(r.r.IntN(2)))
		}
		b.index[link] = r.word()
	}
	return r
}

// word is an index word: 0, a flow or a link.
func (r *rig) word() uint32 {
	switch r.r.IntN(4) {
	case 0:
		return 0
	case 1:
		return overflow | r.r.Uint32N(r.flows)
	}
	return r.r.Uint32N(r.flows)
}

// rareHash is a hash with one of few fingerprints.
func (r *rig) rareHash() uint64 {
	return []uint64{0, 1, 2, 0x7fff, 0x8000, 0xffff}[r.r.IntN(6)]<<48 | r.r.Uint64()>>16
}

// vector draws n keys and hashes.
func (r *rig) vector(n int) {
	for i := range n {
		r.hash[i] = r.rareHash()
		for j := range r.keys4[i] {
			r.keys4[i][j] = r.r.Uint64() >> r.r.IntN(64)
		}
		for j := range r.keys6[i] {
			r.keys6[i][j] = r.r.Uint64() >> r.r.IntN(64)
		}
	}
}

// plant puts the keys where their candidates are, one in two with one bit wrong; size is that of a key.
func (r *rig) plant(keys unsafe.Pointer, size, stride uintptr, index []uint32) {
	for i, c := range index {
		key := unsafe.Slice((*byte)(unsafe.Add(keys, uintptr(i)*size)), size)
		line := r.lines[uintptr(c&^overflow)*stride:][:size]
		if copy(line, key); r.r.IntN(2) == 0 {
			line[r.r.IntN(len(line))] ^= 1 << r.r.IntN(8)
		}
	}
}

// The stages in assembly do what those in Go do, word for word, and write nothing beyond.
func TestStages(t *testing.T) {
	if !haveAVX2() {
		t.Skip("no stages in assembly here")
	}
	for seed := range uint64(30) {
		r := newRig(t, seed)
		for n := 1; n <= MaxBatch; n += 1 + int(seed) {
			r.vector(n)
			r.compare4(t, n)
			r.compare6(t, n)
		}
	}
}

// outputs are what the stages write, with room behind to see what they should not.
type outputs struct {
	hash    [MaxBatch + 1]uint64
	index   [MaxBatch + 1]uint32
	pending [MaxBatch]uint32
	walks   uint
}

func (r *rig) compare4(t *testing.T, n int) {
	var a, b outputs
	lines := unsafe.Pointer(&r.lines[0])
	hash4AVX2(&r.seeds, r.view, &r.keys4[0], &a.hash[0], n)
	hash4Go(&r.seeds, r.view, r.keys4[:n], b.hash[:n])
	probe4AVX2(r.view, lines, &r.hash[0], &a.index[0], n)
	probeGo(r.view, r.hash[:n], b.index[:n])
	same(t, "hash4 and probe4", n, &a, &b)
	r.plant(unsafe.Pointer(&r.keys4), unsafe.Sizeof(words4{}), 64, a.index[:n])
	a.walks = resolve4AVX2(lines, &r.keys4[0], &a.index[0], &a.pending, n)
	b.walks = resolve4Go(lines, r.keys4[:n], b.index[:n], &b.pending)
	same(t, "resolve4", n, &a, &b)
}

func (r *rig) compare6(t *testing.T, n int) {
	var a, b outputs
	lines := unsafe.Pointer(&r.lines[0])
	hash6AVX2(&r.seeds, r.view, &r.keys6[0], &a.hash[0], n)
	hash6Go(&r.seeds, r.view, r.keys6[:n], b.hash[:n])
	probe6AVX2(r.view, lines, &r.hash[0], &a.index[0], n)
	probeGo(r.view, r.hash[:n], b.index[:n])
	same(t, "hash6 and probe6", n, &a, &b)
	r.plant(unsafe.Pointer(&r.keys6), unsafe.Sizeof(words6{}), 128, a.index[:n])
	a.walks = resolve6AVX2(lines, &r.keys6[0], &a.index[0], &a.pending, n)
	b.walks = resolve6Go(lines, r.keys6[:n], b.index[:n], &b.pending)
	same(t, "resolve6", n, &a, &b)
}

func same(t *testing.T, what string, n int, a, b *outputs) {
	t.Helper()
	if a.hash != b.hash || a.index != b.index || a.walks != b.walks || !slices.Equal(a.pending[:a.walks], b.pending[:b.walks]) {
		t.Fatalf("%s, %d keys: assembly and Go differ", what, n)
	}
}

// Two tables, one with and one without assembly, answer alike through growth, churn, overflow chains and flows that
// share bucket and fingerprint, at every batch size.
func testPortable[K Key](t *testing.T) {
	const flows, space = 30_000, 45_000
	both := [2]*Table[K]{}
	for i := range both {
		both[i] = newTable[K](t, Config{MaxFlows: flows, Seed: 3, Epochs: epoch.New(1), Portable: i == 1})
	}
	if both[1].asm {
		t.Fatal("a portable table uses assembly")
	}
	rounds := 300
	if testing.Short() {
		rounds = 150
	}
	r := rand.New(rand.NewPCG(4, 4))
	var batch [2]Batch[K]
	for n := 0; n <= MaxBatch; n++ {
		for range rounds {
			k := makeKey[K](r.Uint32N(space))
			x := both[0].Find(&k)
			for _, tab := range both {
				if x != None {
					tab.Remove(x)
				} else if _, res := tab.Insert(&k, tab.Hash(&k), State{}, Origin{}); res != Inserted && res != Full {
					t.Fatal(res)
				}
			}
		}
		for i := range n {
			batch[0].Keys[i] = makeKey[K](r.Uint32N(space))
		}
		batch[1].Keys = batch[0].Keys
		for i, tab := range both {
			tab.Lookup(&batch[i], n)
			if n > MaxBatch/2 { // before, 512 buckets and long chains
				tab.Maintain(4 * n)
			}
		}
		if n == MaxBatch/2 && !testing.Short() && (both[0].Stats().Overflow == 0 || twins(both[0]) == 0) {
			t.Errorf("want overflow, and flows that share bucket and fingerprint: %+v", both[0].Stats())
		}
		if batch[0].Index != batch[1].Index || batch[0].Hash != batch[1].Hash {
			t.Fatalf("%d keys: the tables differ", n)
		}
	}
	if s := both[0].Stats(); s.Growths == 0 {
		t.Errorf("want growth: %+v", s)
	}
}

// twins counts the flows that are not the first with their fingerprint in their bucket.
func twins[K Key](t *Table[K]) (n int) {
	seen := map[string]bool{}
	for i := range uint32(t.Slots()) {
		if t.Alive(i) {
			h := t.Hash(t.key(i))
			id := fmt.Sprint(h&t.view.Load().mask, pattern(h))
			if seen[id] {
				n++
			}
			seen[id] = true
		}
	}
	return n
}

func TestPortable4(t *testing.T) { testPortable[Key4](t) }
func TestPortable6(t *testing.T) { testPortable[Key6](t) }

// GVPP_NOASM=1 keeps every table from assembly.
func TestNoAsm(t *testing.T) {
	for _, c := range []struct {
		env, name string
		want      bool
	}{{"", "unset", haveAVX2()}, {"0", "0", haveAVX2()}, {"1", "1", false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("GVPP_NOASM", c.env)
			if got := newTable[Key4](t, Config{MaxFlows: 1}).asm; got != c.want {
				t.Errorf("assembly %v, want %v", got, c.want)
			}
		})
	}
}
