package flowtrack

import (
	"runtime"
	"sync/atomic"
)

// memory is what is remembered of one session besides its entry in the table: of one that a helper reads along with, the helper's
// words and what it has announced; of one that was announced, by which session.
type memory struct {
	lock     lock
	who      atomic.Uint64 // idOf the session; 0: nobody's. Stored with the lock held
	words    Memory        // guarded by lock, as what follows
	announce [8]notice     // the last announcements, in a ring
	next     uint8         // in that ring
}

// notice names an expectation.
type notice struct{ number, bucket uint32 }

// memories are all there are: places that a session may have in one bucket of eight, found by its name. Nobody gives a memory back:
// whoever needs one takes that of a session that is over.
type memories struct {
	buckets [memoryBuckets][8]memory
}

// memoryBuckets bounds the sessions that can be read along with at a time, to eight times as many.
const memoryBuckets = 1 << 10

// open is the memory of the session named id, closed for others until close; nil where it has none, or somebody else is long at
// it. Asked to, it makes one if there is room.
func (all *memories) open(p *Plugin, id uint64, make bool) *memory {
	b := &all.buckets[spreadID(id)%memoryBuckets]
	for i := range b {
		if b[i].who.Load() == id {
			return b[i].openAs(id)
		}
	}
	for i := range b {
		old := b[i].who.Load()
		if !make || old != 0 && p.lives(old) {
			continue
		}
		if m := b[i].openAs(old); m != nil {
			m.words, m.announce, m.next = Memory{}, [8]notice{}, 0
			m.who.Store(id)
			return m
		}
	}
	return nil
}

// openAs opens a memory if it is still the session's.
func (m *memory) openAs(id uint64) *memory {
	if !m.lock.take() {
		return nil
	}
	if m.who.Load() != id {
		m.lock.release()
		return nil
	}
	return m
}

func (m *memory) close() { m.lock.release() }

// spreadID mixes a name's bits: neighbours go into different buckets.
func spreadID(id uint64) uint64 {
	id *= 0x9e3779b97f4a7c15
	return id >> 32
}

// lock is for a few hundred nanoseconds' work. Nobody waits for it in the kernel: workers give up, others let others run.
type lock struct{ held atomic.Uint32 }

// lockPatience is how many looks a worker takes: as long as a holder needs a few times over.
const lockPatience = 1000

// take is for workers. It is false where a holder keeps it for long.
func (l *lock) take() bool {
	for range lockPatience {
		if l.held.Load() == 0 && l.held.CompareAndSwap(0, 1) {
			return true
		}
	}
	return false
}

// wait is for everybody else.
func (l *lock) wait() {
	for !l.held.CompareAndSwap(0, 1) {
		runtime.Gosched()
	}
}

func (l *lock) release() { l.held.Store(0) }
