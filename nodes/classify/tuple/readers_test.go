package tuple_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// beside is a set with readers of its views.
type beside struct {
	*twin
	now  atomic.Pointer[past]
	at   [2]atomic.Pointer[past] // what each reader uses; nil: none
	stop atomic.Bool
	done sync.WaitGroup
}

// read looks random packets up in the newest view, as reader w, and holds what it finds against the view's rules.
func (b *beside) read(t *testing.T, w int, ip6 bool) {
	var s tuple.Scratch
	k := world{rand.New(rand.NewPCG(4, uint64(w))), ip6, b.ranges}
	defer b.at[w].Store(nil)
	for ; !b.stop.Load(); runtime.Gosched() {
		p := b.now.Load()
		b.at[w].Store(p)
		if b.now.Load() != p { // control may not have seen that it is in use
			continue
		}
		if d := k.differs(&s, p.v, p.rules, 32); d != "" {
			t.Error(d)
			return
		}
	}
}

// publish makes the set's state the readers' and waits until they have left the older ones; if met, until they use it.
func (b *beside) publish(t *testing.T, met bool) {
	p := &past{b.set.Commit(), slices.Clone(b.rules)}
	b.now.Store(p)
	for w := range b.at { // the epoch
		for u := b.at[w].Load(); u != p && (u != nil || met) && !t.Failed(); u = b.at[w].Load() {
			runtime.Gosched()
		}
	}
}

// TestReadersBeside: readers use published views while control changes the set and uses its lines again. What they find must
// be right for the view, under the race detector's eyes.
func TestReadersBeside(t *testing.T) {
	rounds := 1500
	if testing.Short() {
		rounds = 100
	}
	for name, most := range map[string]int{"few": 7, "many": 120, "ranges": 121} {
		for _, ip6 := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " IPv6"}[ip6], func(t *testing.T) {
				b := &beside{twin: newTwin(3, ip6)}
				b.ranges = name == "ranges"
				b.publish(t, false)
				for w := range b.at {
					b.done.Go(func() { b.read(t, w, ip6) })
				}
				for round := 0; round < rounds && !t.Failed(); round++ {
					for range 1 + most/20 {
						if len(b.rules) < b.IntN(most) {
							b.insert()
						} else {
							b.delete(t)
						}
					}
					if b.moves(t); round%100 == 99 {
						b.surge(t, 70)
					}
					b.publish(t, round%4 == 0)
					b.set.Reclaim()
				}
				b.stop.Store(true)
				b.done.Wait()
			})
		}
	}
}
