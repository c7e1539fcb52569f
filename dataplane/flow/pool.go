package flow

import (
	"sync/atomic"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

// links are two words of a thing with a number, used while it is on a list: in a cold record (created and serial) or an
// overflow bucket. A list is numbers chained by next, ending with 0; a chain is lists chained by list from head to head.
// So a list of any length changes hands without a look at what is on it: each look would be a cache miss, one waiting
// for the other, under a lock.
type links struct{ next, list uint32 }

// chain is a chain of lists, first in, first out.
type chain struct {
	head, tail uint32
	lists      uint32
	n          uint32 // numbers on the lists, in open and waiting
}

// pool hands out numbers from 1 to limit-1, a list at a time, and takes them back into use only after their epoch. It
// has three chains:
//
//	retire ─► open ──(Advance)──► waiting ──(Passed)──► free ─► take        and bump, what was never used
//
// At most one set waits at a time, so a reader that stalls leaves the pool with what is free and unused: take then
// gives nothing, and nothing is used early.
type pool struct {
	base   unsafe.Pointer // links by number, stride bytes apart
	stride uintptr
	limit  uint32
	batch  uint32 // numbers on a list made of unused ones
	epochs *epoch.Domain

	bump atomic.Uint32 // the lowest number never used; stored under mu, loaded by anyone

	mu                  spin
	free, open, waiting chain  // guarded by mu
	until               uint64 // guarded by mu: the epoch that waiting waits for
}

func (p *pool) init(base unsafe.Pointer, stride uintptr, limit, batch uint32, d *epoch.Domain) {
	p.base, p.stride, p.limit, p.batch, p.epochs = base, stride, limit, batch, d
	p.bump.Store(1)
}

func (p *pool) at(i uint32) *links { return (*links)(unsafe.Add(p.base, uintptr(i)*p.stride)) }

// push puts number i before the list that begins with head; it is the new head.
func (p *pool) push(head *uint32, i uint32) {
	poke32(&p.at(i).next, *head)
	*head = i
}

// shift takes the first number off a list that is not empty.
func (p *pool) shift(head *uint32) uint32 {
	i := *head
	*head = p.at(i).next
	return i
}

// add puts a list of n numbers at the end of c.
func (p *pool) add(c *chain, head, n uint32) { p.join(c, &chain{head, head, 1, n}) }

// join moves all of from to the end of c.
func (p *pool) join(c, from *chain) {
	if from.lists == 0 {
		return
	}
	if c.lists == 0 {
		*c = *from
	} else {
		poke32(&p.at(c.tail).list, from.head)
		c.tail = from.tail
		c.lists += from.lists
		c.n += from.n
	}
	*from = chain{}
}

// retire takes back a list of n numbers that readers may still see.
func (p *pool) retire(head, n uint32) {
	p.mu.lock()
	p.add(&p.open, head, n)
	p.mu.unlock()
}

// release takes back lists that no reader has seen, or can see any more.
func (p *pool) release(c *chain) {
	p.mu.lock()
	p.join(&p.free, c)
	p.mu.unlock()
}

// take hands out a list, 0 if there is none: a free one first, so that memory stays small, then one of unused numbers.
func (p *pool) take() (head uint32) {
	p.mu.lock()
	if p.free.lists == 0 {
		p.turn()
	}
	if p.free.lists > 0 {
		head = p.free.head
		if p.free.lists--; p.free.lists > 0 {
			p.free.head = p.at(head).list
		}
	} else {
		at := p.bump.Load()
		end := min(at+p.batch, p.limit)
		for i := end; i > at; i-- {
			p.push(&head, i-1)
		}
		p.bump.Store(end)
	}
	p.mu.unlock()
	return head
}

// turn frees what has waited long enough and sets the open chain waiting. It is called under mu and takes no time that
// depends on how much there is.
func (p *pool) turn() {
	for range 2 { // the second time for a set that finds all workers idle
		if p.waiting.lists > 0 && p.epochs.Passed(p.until) {
			p.join(&p.free, &p.waiting)
		}
		if p.waiting.lists == 0 && p.open.lists > 0 {
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

// retired is how many numbers wait for an epoch.
func (p *pool) retired() int {
	p.mu.lock()
	defer p.mu.unlock()
	return int(p.open.n + p.waiting.n)
}

// taken is how many lists are out: numbers, where batch is 1.
func (p *pool) taken() int {
	p.mu.lock()
	defer p.mu.unlock()
	return int(p.bump.Load() - 1 - p.free.lists - p.open.lists - p.waiting.lists)
}
