package flow

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/epoch"
	"golang.org/x/sys/unix"
)

// pauses are the longest single calls of a worker, in wall time and in its own processor time: the first counts that
// other programs take the core away, the second only what the table costs it, waiting at a lock included.
type pauses struct {
	wall, cpu time.Duration
	over20    int // calls of more than 20 us of processor time
}

func threadTime() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}

func (p *pauses) measure(f func()) {
	start, cpu := time.Now(), threadTime()
	f()
	cpu, wall := threadTime()-cpu, time.Since(start)
	p.wall, p.cpu = max(p.wall, wall), max(p.cpu, cpu)
	if cpu > 20*time.Microsecond {
		p.over20++
	}
}

func (p *pauses) report(b *testing.B, name string) {
	b.ReportMetric(float64(p.wall.Nanoseconds())/1e3, "us/worst-"+name+"-wall")
	b.ReportMetric(float64(p.cpu.Nanoseconds())/1e3, "us/worst-"+name+"-cpu")
	b.ReportMetric(float64(p.over20), name+"s-over-20us")
}

// BenchmarkPauses fills a table from one worker, which also looks up a vector every 256 flows, while the control side
// maintains it all the time; one op is one flow. "still" is the same without growth: what the machine does to anybody.
func BenchmarkPauses(b *testing.B) {
	for _, name := range []string{"growing", "still"} {
		b.Run(name, func(b *testing.B) {
			d := epoch.New(1)
			t := newTable[Key4](b, Config{MaxFlows: max(b.N, 1000), Epochs: d})
			if name == "still" {
				fillAndEmpty(b, t, b.N)
			}
			var stop atomic.Bool
			var control sync.WaitGroup
			worst := time.Duration(0)
			control.Go(func() {
				for !stop.Load() {
					start := time.Now()
					more := t.Maintain(2048)
					if worst = max(worst, time.Since(start)); !more {
						time.Sleep(100 * time.Microsecond)
					}
				}
			})
			b.ResetTimer()
			inserts, lookups := fillMeasured(b, t, d)
			b.StopTimer()
			stop.Store(true)
			control.Wait()
			inserts.report(b, "insert")
			lookups.report(b, "lookup")
			b.ReportMetric(float64(worst.Microseconds()), "us/worst-maintain-wall")
		})
	}
}

// fillMeasured is the worker.
func fillMeasured(b *testing.B, t *Table[Key4], d *epoch.Domain) (inserts, lookups pauses) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	batch := new(Batch[Key4])
	for i := range b.N {
		k := makeKey[Key4](uint32(i))
		hash := t.Hash(&k)
		inserts.measure(func() {
			if _, r := t.Insert(&k, hash, State{}, Origin{}); r != Inserted {
				b.Error(r)
			}
		})
		if batch.Keys[i%MaxBatch] = k; i%MaxBatch == MaxBatch-1 {
			lookups.measure(func() { t.Lookup(batch, MaxBatch) })
			d.Quiesce(0)
		}
	}
	d.Idle(0)
	return inserts, lookups
}

// fillAndEmpty leaves an empty table that need not grow and has all pages.
func fillAndEmpty(b *testing.B, t *Table[Key4], n int) {
	for i := range n {
		insert4(t, uint32(i))
		if i%256 == 0 {
			t.Maintain(1 << 20)
		}
	}
	for t.Maintain(1 << 20) {
	}
	for i := range uint32(t.Slots()) {
		t.Remove(i)
	}
	t.Maintain(1)
	if t.Len() != 0 {
		b.Fatal(t.Len())
	}
}
