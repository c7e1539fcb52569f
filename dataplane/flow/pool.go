package flow

import (
	"sync/atomic"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

// list is a chain of numbers of one pool. Whoever owns the list owns the links of what is on it.
type list struct{ head, tail, n uint32 }

// pool hands out numbers from 1 to limit-1 and takes them back into use only after their epoch. It has three lists:
//
//	retire ─► open ──(Advance)──► waiting ──(Passed)──► free ─► take        and bump, what was never used
//
// At most one set waits at a time, so a reader that stalls leaves the pool with what is free and unused: take then
// gives less, and nothing is used early.
type pool struct {
	links  unsafe.Pointer // by number, stride bytes apart: the next one of its list
	stride uintptr
	limit  uint32
	epochs *epoch.Domain

	bump atomic.Uint32 // the lowest number never used; stored under mu, loaded by anyone

	mu                  spin
	free, open, waiting list   // guarded by mu
	until               uint64 // guarded by mu: the epoch that waiting waits for
}

func (p *pool) init(links unsafe.Pointer, stride uintptr, limit uint32, d *epoch.Domain) {
	p.links, p.stride, p.limit, p.epochs = links, stride, limit, d
	p.bump.Store(1)
}

func (p *pool) next(i uint32) *uint32 {
	return (*uint32)(unsafe.Add(p.links, uintptr(i)*p.stride))
}

// push puts number i at the end of l.
func (p *pool) push(l *list, i uint32) {
	if l.n == 0 {
		l.head = i
	} else {
		*p.next(l.tail) = i
	}
	l.tail = i
	l.n++
}

// join moves all of from to the end of l.
func (p *pool) join(l, from *list) {
	if from.n == 0 {
		return
	}
	if l.n == 0 {
		*l = *from
	} else {
		*p.next(l.tail) = from.head
		l.tail = from.tail
		l.n += from.n
	}
	*from = list{}
}

// shift takes the first number off l, which is not empty.
func (p *pool) shift(l *list) uint32 {
	i := l.head
	if l.n--; l.n > 0 {
		l.head = *p.next(i)
	}
	return i
}

// retire takes back numbers that readers may still see.
func (p *pool) retire(l *list) {
	p.mu.lock()
	p.join(&p.open, l)
	p.mu.unlock()
}

// release takes back numbers that no reader has seen, or can see any more.
func (p *pool) release(l *list) {
	p.mu.lock()
	p.join(&p.free, l)
	p.mu.unlock()
}

// take hands out at most n numbers: free ones first, so that memory stays small, then unused ones.
func (p *pool) take(n uint32) (l list) {
	p.mu.lock()
	if p.free.n < n {
		p.turn()
	}
	for l.n < n && p.free.n > 0 {
		p.push(&l, p.shift(&p.free))
	}
	at := p.bump.Load()
	for ; l.n < n && at < p.limit; at++ {
		p.push(&l, at)
	}
	p.bump.Store(at)
	p.mu.unlock()
	return l
}

// turn frees what has waited long enough and sets the open list waiting. It is called under mu and takes no time that
// depends on how much there is.
func (p *pool) turn() {
	for range 2 { // the second time for a set that finds all workers idle
		if p.waiting.n > 0 && p.epochs.Passed(p.until) {
			p.join(&p.free, &p.waiting)
		}
		if p.waiting.n == 0 && p.open.n > 0 {
			p.join(&p.waiting, &p.open)
			p.until = p.epochs.Advance()
		}
	}
}

// reclaim is turn for the control side.
func (p *pool) reclaim() {
	p.mu.lock()
	p.turn()
	p.mu.unlock()
}

// counts are the numbers in use or on their way, and those that wait for an epoch.
func (p *pool) counts() (taken, retired int) {
	p.mu.lock()
	defer p.mu.unlock()
	retired = int(p.open.n + p.waiting.n)
	return int(p.bump.Load()-1-p.free.n) - retired, retired
}
