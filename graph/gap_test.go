package graph

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/cycles"
)

func TestGapBuckets(t *testing.T) {
	for i := range gapBuckets {
		low, high := gapBound(i-1), gapBound(i)
		if high <= low || float64(high-low) > 0.25*float64(low) && i >= 5 {
			t.Errorf("bucket %d is %d to %d", i, low, high)
		}
		if gapBucket(low) != i || gapBucket(high-1) != i {
			t.Errorf("%d and %d are in buckets %d and %d, want %d", low, high-1, gapBucket(low), gapBucket(high-1), i)
		}
	}
	if i := gapBucket(1<<64 - 1); i != gapBuckets-1 {
		t.Errorf("the longest gap is in bucket %d", i)
	}
}

// TestGapFigures: percentiles of random gaps, against the sorted list, and after a clear those of the gaps since.
func TestGapFigures(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var g gaps
	now := uint64(1)
	for round := range 3 {
		var list []float64
		g.last = 0
		g.pass(now)
		for range 5000 {
			d := uint64(200) << r.IntN(20)
			d += r.Uint64N(d)
			now += d
			g.pass(now)
			list = append(list, gapMicros(d))
		}
		slices.Sort(list)
		got := g.read()
		over := 0
		for _, x := range list {
			if gapMicros(gapBound(gapBucket(uint64(x/1e6*cycles.PerSecond()))-1)) >= 100 {
				over++
			}
		}
		if got.Passes != 5000 || got.Worst != list[4999] || got.Over == 0 || max(int(got.Over)-over, over-int(got.Over)) > 5 {
			t.Errorf("round %d: %+v, worst %v, over %d", round, got, list[4999], over)
		}
		for q, v := range map[float64]float64{0.5: got.P50, 0.99: got.P99, 0.999: got.P999} {
			if is := list[int(q*5000)]; v < is || v > 1.26*is {
				t.Errorf("round %d: quantile %v is %v, want %v or a little more", round, q, v, is)
			}
		}
		g.clear()
		if got = g.read(); got != (Gaps{}) {
			t.Errorf("round %d: cleared, %+v", round, got)
		}
	}
}

// A thread's waits are the kernel's figures, and nothing of a thread that is no more.
func TestThreadWaits(t *testing.T) {
	if _, err := os.Stat("/proc/thread-self/schedstat"); err != nil {
		t.Skip(err)
	}
	var u unix.Rusage
	before, _ := threadWaits(os.Getpid()) // the main thread
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil || before > uint64(u.Nivcsw) {
		t.Errorf("%d preemptions of one thread, %d of all, %v", before, u.Nivcsw, err)
	}
	if n, waited := threadWaits(1 << 30); n != 0 || waited != 0 {
		t.Errorf("%d preemptions and %v of no thread", n, waited)
	}
}

func TestGapDoesNotAllocate(t *testing.T) {
	var g gaps
	now := uint64(1)
	if n := testing.AllocsPerRun(1000, func() { now += 1000; g.pass(now) }); n != 0 {
		t.Errorf("%v allocations a pass", n)
	}
}

// What a pass pays.
func BenchmarkGap(b *testing.B) {
	var g gaps
	now := uint64(1)
	for b.Loop() {
		now += 40000
		g.pass(now)
	}
}

// TestGapBackwards: a core's counter may be behind that of the core that the thread was on before.
func TestGapBackwards(t *testing.T) {
	g := new(gaps)
	g.pass(1000)
	g.pass(990)
	if w := g.worst.Load(); w != 0 {
		t.Errorf("worst gap %d clocks", w)
	}
}
