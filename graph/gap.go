package graph

import (
	"bytes"
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/cycles"
)

// A gap is the time between the starts of two passes of a worker's loop that no sleep came between: for so long nobody
// looked at the ports, and whoever waits for an epoch has waited. A long pass makes one, and so does everything that
// keeps the worker's thread from its core: the barrier, the runtime's scheduler and collector, the kernel, a hypervisor.
// How often and how long the thread was ready but did not run is told beside it, for that is no stall of ours.

// Resolution of the counts: 4 buckets for each doubling, from gapUnit clocks on. The last bucket takes all above.
const (
	gapUnitShift = 5 // 32 clocks
	gapTopBits   = 36
	gapBuckets   = (gapTopBits - 1) * 4
)

// gaps is a worker's record of its gaps.
type gaps struct {
	last  uint64                    // the worker's: clocks at the start of the pass before; 0: it slept since
	worst atomic.Uint64             // clocks; the worker raises it, clear makes it 0
	count [gapBuckets]atomic.Uint64 // single-writer counters
	tid   atomic.Int32              // the thread that runs the loop; 0: none so far

	mu   sync.Mutex
	base gapBase // guarded by mu: what was there at the last clear
}

type gapBase struct {
	count       [gapBuckets]uint64
	preemptions uint64
	waited      time.Duration
}

// start is called by the thread that is about to run the loop.
func (g *gaps) start() {
	g.last = 0
	g.tid.Store(int32(unix.Gettid()))
}

// pass notes that a pass starts now. A clear in the very moment in which a new worst one is stored has come before it.
func (g *gaps) pass(now uint64) {
	if last := g.last; last != 0 {
		d := now - last
		if int64(d) < 0 { // the thread has moved to a core whose counter is behind
			d = 0
		}
		c := &g.count[gapBucket(d)]
		c.Store(c.Load() + 1)
		if d > g.worst.Load() {
			g.worst.Store(d)
		}
	}
	g.last = now
}

// gapBucket is the bucket of a gap in clocks.
func gapBucket(d uint64) int {
	u := min(d>>gapUnitShift, 1<<gapTopBits-1)
	if u < 4 {
		return int(u)
	}
	n := bits.Len64(u)
	return int((uint(n-2)*4 + uint(u>>(n-3)&3)) % gapBuckets) // it never is more, but then the bounds check goes
}

// gapBound is the exclusive upper bound of a bucket, in clocks.
func gapBound(i int) uint64 {
	i++
	if i < 4 {
		return uint64(i) << gapUnitShift
	}
	return uint64(4+i%4) << (i/4 - 1) << gapUnitShift
}

// Gaps are a worker's since start or the last clear.
type Gaps struct {
	Passes uint64  `json:"passes"` // gaps counted
	P50    float64 `json:"p50_us"` // the bound of its bucket: up to 25 % more than it was, never less
	P99    float64 `json:"p99_us"`
	P999   float64 `json:"p999_us"`
	Worst  float64 `json:"worst_us"`
	Over   uint64  `json:"over_100us"` // gaps in the buckets that begin above 100 us

	Preemptions uint64  `json:"preemptions"` // times the kernel took the core from the worker's thread
	WaitedMs    float64 `json:"waited_ms"`   // for which the thread was ready but had no core
}

// Gaps reads the gaps of all workers. Percentiles of a worker that polls include its empty passes, which are short.
func (g *Graph) Gaps() []Gaps {
	out := make([]Gaps, len(g.Workers))
	for i, w := range g.Workers {
		out[i] = w.gaps.read()
	}
	return out
}

// Thread is the number that the kernel gives the thread of a worker's loop, 0 where it has not run.
func (g *Graph) Thread(worker int) int { return int(g.Workers[worker].gaps.tid.Load()) }

// ClearGaps starts them anew.
func (g *Graph) ClearGaps() {
	for _, w := range g.Workers {
		w.gaps.clear()
	}
}

func (g *gaps) read() (r Gaps) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.absolute()
	var n [gapBuckets]uint64
	for i := range n {
		n[i] = now.count[i] - g.base.count[i]
		r.Passes += n[i]
		if gapMicros(gapBound(i-1)) >= 100 {
			r.Over += n[i]
		}
	}
	worst := g.worst.Load()
	quantile := func(q float64) float64 { return gapMicros(min(worst, gapQuantile(&n, r.Passes, q))) }
	r.P50, r.P99, r.P999, r.Worst = quantile(0.5), quantile(0.99), quantile(0.999), gapMicros(worst)
	if now.preemptions >= g.base.preemptions { // else it is another thread
		r.Preemptions = now.preemptions - g.base.preemptions
		r.WaitedMs = (now.waited - g.base.waited).Seconds() * 1e3
	}
	return r
}

func (g *gaps) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.base = g.absolute()
	g.worst.Store(0)
}

// absolute reads what has been counted since start.
func (g *gaps) absolute() (b gapBase) {
	for i := range b.count {
		b.count[i] = g.count[i].Load()
	}
	if tid := g.tid.Load(); tid != 0 {
		b.preemptions, b.waited = threadWaits(int(tid))
	}
	return b
}

// gapQuantile is the bound of the bucket that the q-th of total gaps is in.
func gapQuantile(count *[gapBuckets]uint64, total uint64, q float64) uint64 {
	rank := uint64(q * float64(total))
	for i, n := range count {
		if n > rank {
			return gapBound(i)
		}
		rank -= n
	}
	return 0
}

// gapMicros converts clocks.
func gapMicros(clocks uint64) float64 { return float64(clocks) / cycles.PerSecond() * 1e6 }

// threadWaits reads how often a thread of ours was preempted, and how long it has waited for a core; zeros where the
// kernel does not tell or the thread has ended.
func threadWaits(tid int) (preemptions uint64, waited time.Duration) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/status", tid))
	if _, rest, ok := bytes.Cut(status, []byte("nonvoluntary_ctxt_switches:")); ok {
		preemptions, _ = strconv.ParseUint(string(bytes.TrimSpace(rest)), 10, 64)
	}
	sched, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/schedstat", tid)) // ns on the core, ns waiting, times on it
	if f := bytes.Fields(sched); len(f) > 1 {
		ns, _ := strconv.ParseInt(string(f[1]), 10, 64)
		waited = time.Duration(ns)
	}
	return preemptions, waited
}
