package tcp

import "sync/atomic"

// patience is how many looks a Lock takes: some microseconds, as long as a holder needs a few times over. Lower, and packets
// pass unjudged where two workers meet; higher, and a worker waits for one that has lost its core.
const patience = 1000

// Lock makes the caller alone with c. It reports false, without having it, where another holder keeps it for long.
func (c *Conn) Lock() bool {
	for range patience {
		if atomic.LoadUint32(&c.lock) == 0 && atomic.CompareAndSwapUint32(&c.lock, 0, 1) {
			return true
		}
	}
	return false
}

// Unlock lets others at c.
func (c *Conn) Unlock() { atomic.StoreUint32(&c.lock, 0) }
