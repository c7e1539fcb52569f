// Package counter has counters that one worker adds to and anybody reads.
//
// Invariant: a Counter has one writer at a time. It stores plainly: an atomic store is an exclusive access, which costs a
// packet path more than everything else about a counter. Aligned 64-bit words do not tear on amd64 and arm64, so a reader
// sees a value that was there, perhaps not the newest. Under the race detector all accesses are atomic.
//
// The package does not add up counters of several workers, and knows no names.
package counter

import "unsafe"

// Counter is a number that its owner adds to. The zero value is zero. It must not be copied once in use.
type Counter struct{ n uint64 }

// Add is the owner's.
func (c *Counter) Add(n uint64) { store(&c.n, load(&c.n)+n) }

// Load may be called by anybody.
func (c *Counter) Load() uint64 { return load(&c.n) }

// Reset makes it zero. Nobody may add meanwhile.
func (c *Counter) Reset() { store(&c.n, 0) }

// Pair counts packets and their bytes.
type Pair struct{ Packets, Bytes Counter }

// Add is the owner's.
func (p *Pair) Add(packets, bytes uint64) {
	p.Packets.Add(packets)
	p.Bytes.Add(bytes)
}

// In makes counters of memory that others read, a word each.
func In(words []uint64) []Counter {
	return unsafe.Slice((*Counter)(unsafe.Pointer(unsafe.SliceData(words))), len(words))
}

// PairsIn is In with two words each.
func PairsIn(words []uint64) []Pair {
	return unsafe.Slice((*Pair)(unsafe.Pointer(unsafe.SliceData(words))), len(words)/2)
}

// They are as large as that memory says.
var _ = [1]struct{}{}[unsafe.Sizeof(Pair{})-16]
