// Package counter has counters that one worker adds to and anybody reads.
//
// Invariant: a Counter has one writer at a time. It stores plainly: an atomic store is an exclusive access, which costs a
// packet path more than everything else about a counter. Aligned 64-bit words do not tear on amd64 and arm64, so a reader
// sees a value that was there, perhaps not the newest. Under the race detector all accesses are atomic.
//
// The package does not add up counters of several workers, and knows no names.
package counter

// Counter is a number that its owner adds to. The zero value is zero. It must not be copied once in use.
type Counter struct{ n uint64 }

// Add is the owner's.
func (c *Counter) Add(n uint64) { store(&c.n, load(&c.n)+n) }

// Load may be called by anybody.
func (c *Counter) Load() uint64 { return load(&c.n) }

// Reset makes it zero. Nobody may add meanwhile.
func (c *Counter) Reset() { store(&c.n, 0) }
