package cycles

// Now is the processor's time-stamp counter.
//
//go:noescape
func Now() uint64
