// Package flow is the table of flows: a sharded, lock-free map from a normalized 5-tuple to a line of state, looked up
// a whole vector at a time.
//
// Terms: a bucket is one cache line of 8 fingerprints (16 bits of the hash, never 0), 8 flow indices and one link; the
// link is 0, which makes a miss definite, or names an overflow bucket; a line is the key of a flow and its hot state,
// one cache line for IPv4, two for IPv6; a view is one array of buckets; a shard is the set of buckets whose numbers
// have the same low bits, with the lock its writers take in turn.
//
//	hash ──► view: bucket │ fp0 … fp7 │ index0 … index7 │ link │──► overflow bucket ──► …
//	                                      │
//	                                      ▼
//	lines         │ none │ 1 key,state,counters │ 2 … │ 3 … │        never move, never freed before their epoch
//	cold          │ none │ 1 life,origin        │ 2 … │ 3 … │        in an array of its own; IPv6: in the lines
//
// Invariant: nothing moves inside a view, so a reader takes no lock, needs no version and never retries. A writer fills
// the line, stores the index, then stores the fingerprint that makes both visible; Remove clears the fingerprint and
// leaves the index, so a fingerprint a reader has seen always leads to a line that was whole when it got there. Indices
// and overflow buckets are used again only after every worker has passed a quiescent point. A key found in a line is
// therefore the key asked for, until the finder quiesces, even when the flow has been removed meanwhile.
//
// Growth builds a view of more buckets beside the current one, takes its pages, copies shard by shard in small steps while
// writers write below the shard's cursor into both, swaps one pointer, and gives the old view's pages back after the epoch;
// all of it in slices, in the goroutine that calls Maintain. A shard's lock is held for copyStep buckets at most.
//
// Lookup, where everything is fast or slow, has its stages in Go and, for amd64 with AVX2, in assembly; both do the same
// (TestStages). Insert and Remove take one lock, whose atomic exchange is their only one: what else they share they store
// plainly under it, and quota and indices are dealt to the shards in lots.
//
// Lookup and Find may be called by the workers of the epoch domain while they are busy. Insert and Remove may be called by
// anyone. A writer waits where the holder of its shard's lock has lost its core; readers never wait. The package does not
// time flows out, knows nothing of packets and nodes, and never shrinks a view.
package flow

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/epoch"
)

// None is the index of no flow. Index 0 is never used either.
const None uint32 = 1<<32 - 1

// maxFlows is the largest MaxFlows: indices must stay below the overflow mark with room for the slack.
const maxFlows = 1 << 30

// Config says how large a table may get. Seed keys the hash: 0 takes a random one, any other makes the table
// deterministic, for replay. Epochs is the domain of the workers that look up; without one the table has no readers
// but the goroutine that writes. Portable keeps Lookup from using assembly, as GVPP_NOASM=1 in the environment does. Annex
// gives each flow room for an Annex.
type Config struct {
	MaxFlows int
	Seed     uint64
	Epochs   *epoch.Domain
	Portable bool
	Annex    bool
}

// Table maps keys of one address family to flows. The fields up to epochs are set by New and then only read.
type Table[K Key] struct {
	lines   unsafe.Pointer // by index: key, State, Counters
	colds   unsafe.Pointer // by index: cold
	limit   uint32         // exclusive bound of the indices
	max     uint32
	seeds   seeds
	epochs  *epoch.Domain
	regions []*region
	annex   annexes
	asm     bool // the stages of Lookup are those in assembly

	_      [64]byte
	view   atomic.Pointer[view] // what readers use; stored by grow
	_      [56]byte
	quota  quota
	stalls atomic.Uint64 // Insert calls that found nothing to reuse; any writer
	_      [56]byte

	slots  pool // indices; any writer, under its lock
	over   pool // overflow buckets; any writer, under its lock
	shards [shardCount]shard

	control   sync.Mutex
	grow      growth // guarded by control
	populated uint32 // guarded by control: exclusive bound of the indices whose lines have pages
	chained   uint32 // guarded by control: the same of the overflow buckets
}

// New makes an empty table. It reserves address space for MaxFlows and takes memory as flows come.
func New[K Key](c Config) (*Table[K], error) {
	if c.MaxFlows < 1 || c.MaxFlows > maxFlows {
		return nil, fmt.Errorf("flow: MaxFlows %d: want 1 to %d", c.MaxFlows, maxFlows)
	}
	if c.Epochs == nil {
		c.Epochs = epoch.New(0)
	}
	t := &Table[K]{max: uint32(c.MaxFlows), epochs: c.Epochs, seeds: newSeeds(c.Seed)}
	t.asm = !c.Portable && haveAVX2() && os.Getenv("GVPP_NOASM") != "1"
	t.quota.left.Store(int64(c.MaxFlows))
	t.quota.tight.Store(c.MaxFlows < roomy)
	t.limit = t.max + slack(t.max) + 1
	err := t.reserve()
	if err == nil && c.Annex {
		err = t.reserveAnnexes()
	}
	if err != nil {
		_ = t.Close()
		return nil, fmt.Errorf("flow: reserving address space for MaxFlows %d: %w; use fewer flows", c.MaxFlows, err)
	}
	return t, nil
}

// reserve maps everything but the views to come, and the first view.
func (t *Table[K]) reserve() error {
	overflow := t.limit/2 + slackMin
	lines, err := t.region(uintptr(t.limit) << lineShift[K]())
	if err != nil {
		return err
	}
	over, err := t.region(uintptr(overflow) * unsafe.Sizeof(bucket{}))
	if err != nil {
		return err
	}
	t.lines, t.colds = lines, unsafe.Add(lines, unsafe.Offsetof(line6{}.cold))
	if unsafe.Sizeof(*new(K)) == key4Size {
		if t.colds, err = t.region(uintptr(t.limit) * unsafe.Sizeof(cold{})); err != nil {
			return err
		}
	}
	t.slots.init(unsafe.Add(t.colds, unsafe.Offsetof(cold{}.created)), coldStride[K](), t.limit, chunk, t.epochs)
	t.over.init(unsafe.Add(over, unsafe.Offsetof(bucket{}.links)), unsafe.Sizeof(bucket{}), overflow, 1, t.epochs)
	v, err := newView(minBuckets, over)
	if err != nil {
		return err
	}
	t.view.Store(v)
	for i := range t.shards {
		t.shards[i].cur = v
	}
	return nil
}

// region maps n bytes for as long as the table lives.
func (t *Table[K]) region(n uintptr) (unsafe.Pointer, error) {
	r, err := reserve(n, true)
	if err != nil {
		return nil, err
	}
	t.regions = append(t.regions, r)
	return r.base, nil
}

// Close gives all memory back. Nobody may touch the table, or a pointer it gave out, afterwards.
func (t *Table[K]) Close() (err error) {
	t.control.Lock()
	defer t.control.Unlock()
	for _, v := range []*view{t.view.Swap(nil), t.grow.next, t.grow.old} {
		if v != nil {
			t.regions = append(t.regions, v.region)
		}
	}
	for _, r := range t.regions {
		if e := r.release(); e != nil && err == nil {
			err = fmt.Errorf("flow: unmapping: %w", e)
		}
	}
	t.regions, t.grow = nil, growth{}
	return err
}

// Len is the number of flows, at about one moment where others insert or remove.
func (t *Table[K]) Len() (n int) {
	for i := range t.shards {
		n += int(peek32(&t.shards[i].flows))
	}
	return n
}

// Cap is the number of flows at which Insert says Full.
func (t *Table[K]) Cap() int { return int(t.max) }

// Slots is the exclusive upper bound of the indices used so far: a sweep walks 0 to Slots and asks Alive.
func (t *Table[K]) Slots() int { return int(t.slots.bump.Load()) }

// slackMin is the least number of indices beyond MaxFlows, in flows: what the shards may hold back between them
// (shardCount times a chunk of free and a chunk of retired ones) and as much again for removed flows that wait for
// their epoch. Too low: Insert stalls though flows have been removed. Too high: address space.
const slackMin = 2 * 2 * shardCount * chunk

// slack is the number of indices beyond MaxFlows: 1/16 of it waits for an epoch at worst, at 10 M flows that is half a
// second of churn at a million a second.
func slack(n uint32) uint32 { return max(slackMin, n/16) }
