// Package cycles reads the processor's clock: the unit of "clocks" in show runtime.
//
// Now is a count that rises at a constant rate (PerSecond), cheap enough to be read twice per vector. It is no
// wall clock and not ordered against other instructions. Where the processor has no such counter, a clock is a
// nanosecond.
package cycles

import (
	"sync"
	"time"
)

// PerSecond is the rate of Now, measured once against the system's monotonic clock over some milliseconds.
var PerSecond = sync.OnceValue(func() float64 {
	t0, c0 := time.Now(), Now()
	time.Sleep(10 * time.Millisecond)
	t1, c1 := time.Now(), Now()
	return float64(c1-c0) / t1.Sub(t0).Seconds()
})
