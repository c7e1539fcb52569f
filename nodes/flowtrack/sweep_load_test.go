package flowtrack

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/epoch"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
	"github.com/gvpp/gvpp/plugin"
)

var (
	longLived  = wordOf(timer(tcp.Established), StateEstablished) | wordReplied | wordAssured // five days
	shortLived = wordOf(timerUDP, StateNew)                                                   // here a second
)

func wordOf(t timer, s State) uint32 { return withSteady(withDetail(withTimer(0, t), 0, s)) }

// bench is the tables and the sweep without a graph, on a clock moved by hand.
type bench struct {
	*Plugin
	t      testing.TB
	epochs *epoch.Domain
	clock  atomic.Int64
	step   int64 // by which the clock moves each time the sweep reads it
}

// handClock is the part of a dataplane that the sweep uses.
type handClock struct {
	plugin.Dataplane
	b *bench
}

func (c handClock) Clock() int64 { return c.b.clock.Add(c.b.step) }

func newBench(t testing.TB, sessions int) *bench {
	b := &bench{Plugin: New(), t: t, epochs: epoch.New(1)}
	b.dp = handClock{b: b}
	b.clock.Store(int64(time.Minute))
	var err error
	if b.table4, err = flow.New[flow.Key4](flow.Config{MaxFlows: sessions, Seed: 1, Epochs: b.epochs}); err != nil {
		t.Fatal(err)
	}
	if b.table6, err = flow.New[flow.Key6](flow.Config{MaxFlows: 1, Seed: 1, Epochs: b.epochs}); err != nil {
		t.Fatal(err)
	}
	if err := b.SetTimeout("udp", time.Second); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func keyOf(i uint32) flow.Key4 {
	k, _ := flow.MakeKey4(i, 1<<31, 1000, 53, 0, 17, 0)
	return k
}

func (b *bench) insert(i, word uint32) {
	k := keyOf(i)
	if _, r := b.table4.Insert(&k, b.table4.Hash(&k), flow.State{LastSeen: tickOf(b.clock.Load()), Word: word}, flow.Origin{}); r != flow.Inserted {
		b.t.Fatalf("session %d: %v, %d sessions", i, r, b.table4.Len())
	}
}

// fill inserts sessions from to to-1, every other one to stay, and lets the table grow meanwhile.
func (b *bench) fill(from, to uint32) {
	for i := from; i < to; i++ {
		b.insert(i, []uint32{longLived, shortLived}[i%2])
		if i%4096 == 0 {
			for b.table4.Maintain(1 << 16) {
			}
		}
	}
}

// TestSweepBesideAWorker: many sessions are swept while a worker looks up those that stay, all of which it must find, and
// begins others, for all of which there must be room.
func TestSweepBesideAWorker(t *testing.T) {
	sessions, rounds := uint32(few), 40
	if !raced && !testing.Short() {
		sessions = 1_000_000 // ten million are for the bench: they take a quarter of a minute
	}
	const passes, begun = 4, 64 // passes a round, sessions a pass
	b := newBench(t, int(sessions)+rounds*passes*begun)
	b.fill(0, sessions)
	var done atomic.Int64 // passes
	var worker sync.WaitGroup
	worker.Go(func() {
		r := rand.New(rand.NewPCG(1, 2))
		batch, next := new(flow.Batch[flow.Key4]), sessions
		for n := range rounds * passes {
			b.epochs.Quiesce(0)
			tick := tickOf(b.clock.Load())
			for i := range batch.Keys {
				batch.Keys[i] = keyOf(r.Uint32N(sessions) &^ 1)
			}
			b.table4.Lookup(batch, len(batch.Keys))
			for i, x := range batch.Index {
				if x == flow.None {
					t.Errorf("session of %v is gone", batch.Keys[i])
					break
				}
				b.table4.State(x).Seen(tick)
			}
			for range begun {
				b.insert(next, shortLived)
				next++
			}
			b.epochs.Idle(0)
			done.Store(int64(n + 1))
		}
	})
	for round := range rounds {
		for done.Load() < int64(round*passes) {
			runtime.Gosched()
		}
		b.sweep(b.clock.Add(int64(50 * time.Millisecond)))
	}
	worker.Wait()
	for range 40 {
		b.sweep(b.clock.Add(int64(50 * time.Millisecond)))
	}
	want := uint64(sessions)/2 + uint64(rounds*passes*begun)
	if s := b.Swept(); s.Removed != want || s.LatestMs > 1000 || b.table4.Len() != int(sessions)/2 {
		t.Errorf("%+v, %d sessions, want %d removed of %d", s, b.table4.Len(), want, sessions)
	}
	if s := b.table4.Stats(); s.Stalls != 0 || s.Refused != 0 {
		t.Errorf("%+v", s)
	}
	t.Logf("%+v, %d sessions left", b.Swept(), b.table4.Len())
}

// TestSweepSlices: no slice does more than its share, and a call ends when its time is over.
func TestSweepSlices(t *testing.T) {
	const sessions = few
	b := newBench(t, sessions)
	b.fill(0, sessions)
	b.clock.Add(int64(2 * time.Second))
	s := &b.sweeps[0]
	s.begin(&b.timeouts, b.clock.Load(), b.table4.Slots())
	slices, before := 0, b.Swept()
	for more := true; more; slices++ {
		more = sweepSlice(b.Plugin, b.table4, s)
		now := b.Swept()
		looked, removed := now.Looked-before.Looked, now.Removed-before.Removed
		if cost := looked + removeCost*removed; cost > sliceCost+blockSize*(1+removeCost) || more && cost < sliceCost {
			t.Errorf("slice %d looked at %d sessions and removed %d", slices, looked, removed)
		}
		before = now
	}
	if before.Removed != sessions/2 || slices < sessions/2*removeCost/sliceCost {
		t.Errorf("%d slices removed %d", slices, before.Removed)
	}
	late := newBench(t, sessions)
	late.fill(0, sessions)
	late.clock.Add(int64(2 * time.Second))
	late.step = int64(sweepWork) / 4
	calls := 0
	for ; late.table4.Len() > sessions/2; calls++ {
		was := late.table4.Len()
		late.sweep(late.clock.Load())
		if n := was - late.table4.Len(); n == 0 || n > 4*(sliceCost/removeCost+blockSize) {
			t.Fatalf("call %d removed %d", calls, n)
		}
	}
	if calls < sessions/20_000 || calls < 2 {
		t.Errorf("%d calls", calls)
	}
}

// TestSweepRests: blocks in which nothing can end are not looked at before the shortest timeout, whatever the packets.
func TestSweepRests(t *testing.T) {
	const sessions = few
	b := newBench(t, sessions)
	if err := b.SetTimeout("udp", time.Hour); err != nil {
		t.Fatal(err)
	}
	b.fill(0, sessions)
	for range 600 { // 30 s
		b.sweep(b.clock.Add(int64(50 * time.Millisecond)))
	}
	// The shortest is closed, 10 s; some blocks are due up to a quarter earlier, so that not all are at once.
	if s := b.Swept(); s.Looked < 2*sessions || s.Looked > 6*sessions || s.Removed != 0 {
		t.Errorf("%+v", s)
	}
	if n := testing.AllocsPerRun(100, func() { b.sweep(b.clock.Add(int64(50 * time.Millisecond))) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

// BenchmarkSweep: the cost of a second's sweep over sessions that do not end, and of one removal.
func BenchmarkSweep(b *testing.B) {
	const sessions = 1_000_000
	b.Run("rest", func(b *testing.B) {
		s := newBench(b, sessions)
		_ = s.SetTimeout("udp", time.Hour) // the shortest is closed's 10 s, as by default
		for i := range uint32(sessions) {
			s.insert(i, longLived)
			if i%4096 == 0 {
				for s.table4.Maintain(1 << 16) {
				}
			}
		}
		s.sweep(s.clock.Load())
		before := s.Swept().Looked
		for b.Loop() {
			for range 20 {
				s.sweep(s.clock.Add(int64(50 * time.Millisecond)))
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/sessions, "ns/session-second")
		b.ReportMetric(float64(s.Swept().Looked-before)/float64(b.N)/sessions, "looks/session-second")
	})
	b.Run("remove", func(b *testing.B) {
		s := newBench(b, sessions)
		for b.Loop() {
			b.StopTimer()
			for i := range uint32(sessions) {
				s.insert(i, shortLived)
				if i%4096 == 0 {
					for s.table4.Maintain(1 << 16) {
					}
				}
			}
			s.clock.Add(int64(2 * time.Second))
			b.StartTimer()
			s.sweep(s.clock.Load())
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/sessions, "ns/session")
	})
}
