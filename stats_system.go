package gvpp

import (
	"runtime/metrics"
	"time"

	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/stats"
)

// systemStatistics is what clients are told of the program as a whole.
type systemStatistics struct {
	heartbeat, cleared, boot, workers *stats.Scalar
	vectorRate, inputRate, updated    *stats.Scalar
	ratePerThread, loopsPerThread     *stats.Counters // one row, columns are threads: VPP's way

	buffersCached, buffersUsed, buffersFree *stats.Scalar
	heap, segment                           *stats.Counters

	at    int64 // clock of the sample before
	last  []busy
	first int // column of worker 0
}

// busy is what a worker had done at the sample before.
type busy struct{ passes, calls, vectors, received uint64 }

// Columns of /mem/…
const (
	memTotal = iota
	memUsed
	memFree
	memMapped
	memMost
	memFreeChunks
	memReleasable
	memColumns
)

// declare comes first: clients look for the heartbeat in entry 0.
func (y *systemStatistics) declare(ch *stats.Change, threads, first int) {
	y.heartbeat, y.cleared, y.boot = ch.Scalar("/sys/heartbeat"), ch.Scalar("/sys/last_stats_clear"), ch.Scalar("/sys/boottime")
	memory := func(name string) *stats.Counters {
		k := ch.Simple(name, 1, memColumns, memColumns)
		ch.Link(name+"/used", k, memUsed)
		ch.Link(name+"/total", k, memTotal)
		ch.Link(name+"/free", k, memFree)
		return k
	}
	y.segment = memory("/mem/stat segment")
	y.vectorRate = ch.Scalar("/sys/vector_rate")
	y.ratePerThread = ch.Simple("/sys/vector_rate_per_worker", 1, threads, threads)
	y.loopsPerThread = ch.Simple("/sys/loops_per_worker", 1, threads, threads)
	y.workers = ch.Scalar("/sys/num_worker_threads")
	y.updated, y.inputRate = ch.Scalar("/sys/last_update"), ch.Scalar("/sys/input_rate")
	y.heap = memory("/mem/main heap")
	y.buffersCached = ch.Scalar("/buffer-pools/default-numa-0/cached")
	y.buffersUsed = ch.Scalar("/buffer-pools/default-numa-0/used")
	y.buffersFree = ch.Scalar("/buffer-pools/default-numa-0/available")
	y.workers.Set(uint64(threads - 1))
	y.last, y.first = make([]busy, threads-first), first
}

func (y *systemStatistics) begin(dp *Dataplane) {
	y.boot.Set(uint64(time.Now().Unix()))
	y.at = dp.Clock()
}

// sample stores rates since the sample before, and what there is now.
func (y *systemStatistics) sample(dp *Dataplane, workers []graph.WorkerFigures, now int64) {
	seconds := max(time.Duration(now-y.at).Seconds(), 1e-9)
	y.at = now
	y.rates(workers, seconds)
	y.updated.Set(uint64(time.Duration(now).Seconds()))
	free := uint64(dp.pool.Shared())
	y.buffersFree.Set(free)
	y.buffersUsed.Set(uint64(dp.pool.Len()) - free) // those in workers' caches, too: nobody else may count them
	y.memory(dp.stats.segment.Usage())
	y.heartbeat.Set(y.heartbeat.Load() + 1)
}

func (y *systemStatistics) rates(workers []graph.WorkerFigures, seconds float64) {
	received, sum := uint64(0), 0.0
	for w := range workers {
		b, last := busyOf(&workers[w]), y.last[w]
		y.last[w] = b
		received += b.received - last.received
		rate := ratio(b.vectors-last.vectors, b.calls-last.calls)
		sum += rate
		y.ratePerThread.Set(0, w+y.first, uint64(rate))
		y.loopsPerThread.Set(0, w+y.first, uint64(float64(b.passes-last.passes)/seconds))
	}
	y.vectorRate.Set(uint64(sum / float64(len(workers))))
	y.inputRate.Set(uint64(float64(received) / seconds))
}

func busyOf(f *graph.WorkerFigures) (b busy) {
	b.passes = f.Passes
	for _, n := range f.Nodes {
		switch {
		case n.State == "active":
			b.calls += n.Calls
			b.vectors += n.Vectors
		case n.Input():
			b.received += n.Vectors
		}
	}
	return b
}

// memory stores how full Go's heap and the segment are. Packet memory and sessions are elsewhere.
func (y *systemStatistics) memory(u stats.Usage) {
	m := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(m)
	v := func(i int) uint64 { return m[i].Value.Uint64() }
	for column, n := range [memColumns]uint64{memTotal: v(0), memUsed: v(1), memFree: v(2) + v(3), memMost: v(0), memFreeChunks: v(2), memReleasable: v(4)} {
		y.heap.Set(0, column, n)
	}
	for column, n := range [memColumns]uint64{memTotal: uint64(u.Size), memUsed: uint64(u.Used), memFree: uint64(u.Size - u.Used), memMapped: uint64(u.Size), memMost: uint64(u.Used)} {
		y.segment.Set(0, column, n)
	}
}
