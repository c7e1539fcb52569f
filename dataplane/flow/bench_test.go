package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/dolthub/swiss"
	"github.com/gvpp/gvpp/dataplane/cycles"
	"github.com/gvpp/gvpp/dataplane/epoch"
)

// What a node does with a found flow, for the baselines.
type record struct {
	State
	Counters
}

// keyOrder is a random order of lookups over n flows, long enough that its own pattern is not learnt.
func keyOrder(n int) []uint32 {
	r := rand.New(rand.NewPCG(3, 4))
	o := make([]uint32, max(1<<20, n)&^(MaxBatch-1))
	for i := range o {
		o[i] = r.Uint32N(uint32(n))
	}
	return o
}

// BenchmarkLookup finds uniformly chosen flows and updates their state and counters; one op is one key.
func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{1000, 100_000, 1_000_000} {
		name := fmt.Sprintf("flows=%d", n)
		order := keyOrder(n)
		b.Run("flow4/"+name, func(b *testing.B) { benchTable[Key4](b, n, order) })
		b.Run("flow6/"+name, func(b *testing.B) { benchTable[Key6](b, n, order) })
		b.Run("map4/"+name, func(b *testing.B) {
			m := map[Key4]*record{}
			for i := range n {
				m[makeKey[Key4](uint32(i))] = new(record)
			}
			benchMap(b, order, func(k Key4) *record { return m[k] })
		})
		b.Run("swiss4/"+name, func(b *testing.B) {
			m := swiss.NewMap[Key4, *record](1)
			for i := range n {
				m.Put(makeKey[Key4](uint32(i)), new(record))
			}
			benchMap(b, order, func(k Key4) *record { r, _ := m.Get(k); return r })
		})
	}
}

// BenchmarkMiss looks up what is not there.
func BenchmarkMiss(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprintf("flow4/flows=%d", n), func(b *testing.B) {
			t, batch, at := filled[Key4](b, n, n), new(Batch[Key4]), 0
			stream := make([]Key4, 1<<20)
			for i := range stream {
				stream[i] = makeKey[Key4](uint32(n + i))
			}
			b.ResetTimer()
			for done := 0; done < b.N; done += MaxBatch {
				copy(batch.Keys[:], stream[at:at+MaxBatch])
				at = (at + MaxBatch) % len(stream)
				t.Lookup(batch, MaxBatch)
			}
		})
	}
}

// BenchmarkChurn removes the oldest of n flows and inserts a new one; one op is both.
func BenchmarkChurn(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprintf("flow4/flows=%d", n), func(b *testing.B) {
			t := filled[Key4](b, n, n)
			ring := make([]uint32, n)
			for i := range ring {
				k := makeKey[Key4](uint32(i))
				ring[i] = t.Find(&k)
			}
			b.ResetTimer()
			for done := range b.N {
				at := done % n
				t.Remove(ring[at])
				k := makeKey[Key4](uint32(n + done))
				i, r := t.Insert(&k, t.Hash(&k), State{}, Origin{})
				if ring[at] = i; r != Inserted {
					b.Fatal(r)
				}
			}
		})
	}
}

// BenchmarkInsert makes new sessions in a table of n flows as a worker does: a vector is looked up, then its keys are
// inserted while their buckets' lines are at hand. Afterwards a pass over the indices removes them, as a sweep does. One op
// is all of that for one flow; the metrics are the parts, in clocks of the processor's clock.
func BenchmarkInsert(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprintf("flow4/flows=%d", n), func(b *testing.B) { benchInsert[Key4](b, n) })
		b.Run(fmt.Sprintf("flow6/flows=%d", n), func(b *testing.B) { benchInsert[Key6](b, n) })
	}
}

func benchInsert[K Key](b *testing.B, n int) {
	room := min(n, 1<<18)
	t, batch := filled[K](b, n, n+room), new(Batch[K])
	own := make([]uint32, 0, room)
	var lookup, insert, remove uint64
	b.ResetTimer()
	for done := 0; done < b.N; done += MaxBatch {
		for i := range batch.Keys {
			batch.Keys[i] = makeKey[K](uint32(n + done + i))
		}
		start := cycles.Now()
		t.Lookup(batch, MaxBatch)
		found := cycles.Now()
		for i := range batch.Keys {
			x, r := t.Insert(&batch.Keys[i], batch.Hash[i], State{}, Origin{})
			if r != Inserted {
				b.Fatal(r)
			}
			own = append(own, x)
		}
		end := cycles.Now()
		lookup, insert = lookup+found-start, insert+end-found
		if len(own) > room-MaxBatch {
			slices.Sort(own)
			start := cycles.Now()
			for _, x := range own {
				t.RemoveLife(x, t.Life(x))
			}
			remove += cycles.Now() - start
			own = own[:0]
		}
		if done%(16*MaxBatch) == 0 {
			t.Maintain(1)
		}
	}
	b.ReportMetric(float64(lookup)/float64(b.N), "clocks/lookup")
	b.ReportMetric(float64(insert)/float64(b.N), "clocks/insert")
	b.ReportMetric(float64(remove)/float64(b.N), "clocks/remove")
}

// BenchmarkGrow fills a table while it grows; one op is one flow. The metric is the longest Maintain of 2048 units.
func BenchmarkGrow(b *testing.B) {
	worst := time.Duration(0)
	t := newTable[Key4](b, Config{MaxFlows: max(b.N, 1000)})
	for i := range b.N {
		k := makeKey[Key4](uint32(i))
		t.Insert(&k, t.Hash(&k), State{}, Origin{})
		if i%256 == 0 {
			start := threadTime()
			t.Maintain(2048)
			worst = max(worst, threadTime()-start)
		}
	}
	b.ReportMetric(float64(worst.Microseconds()), "us/worst-maintain-cpu")
}

// filled is a table of n flows, of most, grown to its size.
func filled[K Key](b testing.TB, n, most int) *Table[K] {
	t := newTable[K](b, Config{MaxFlows: most, Seed: 9, Epochs: epoch.New(0)})
	for i := range n {
		k := makeKey[K](uint32(i))
		if _, r := t.Insert(&k, t.Hash(&k), State{}, Origin{}); r != Inserted {
			b.Fatal(i, r)
		}
		if i%256 == 0 {
			t.Maintain(256)
		}
	}
	for t.Maintain(1 << 20) {
	}
	return t
}

func benchTable[K Key](b *testing.B, n int, order []uint32) {
	t := filled[K](b, n, n)
	keys := make([]K, n)
	for i := range keys {
		keys[i] = makeKey[K](uint32(i))
	}
	stream := make([]K, len(order))
	for i, o := range order {
		stream[i] = keys[o]
	}
	batch := new(Batch[K])
	b.ResetTimer()
	at := 0
	for done := 0; done < b.N; done += MaxBatch {
		copy(batch.Keys[:], stream[at:at+MaxBatch])
		if at += MaxBatch; at == len(stream) {
			at = 0
		}
		t.Lookup(batch, MaxBatch)
		for _, i := range batch.Index[:] {
			s, c := t.State(i), t.Counters(i)
			s.LastSeen = uint32(done)
			c.Packets[0]++
			c.Bytes[0] += 64
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(t.Stats().Bytes)/float64(n), "B/flow")
}

func benchMap(b *testing.B, order []uint32, get func(Key4) *record) {
	stream := make([]Key4, len(order))
	for i, o := range order {
		stream[i] = makeKey[Key4](o)
	}
	b.ResetTimer()
	at := 0
	for done := 0; done < b.N; done++ {
		r := get(stream[at])
		if at++; at == len(stream) {
			at = 0
		}
		r.LastSeen = uint32(done)
		r.Packets[0]++
		r.Bytes[0] += 64
	}
}
