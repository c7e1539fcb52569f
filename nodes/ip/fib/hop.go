package fib

import (
	"net/netip"
	"sync/atomic"
)

// Kind is what becomes of a packet at a hop.
type Kind uint8

// The kinds.
const (
	KindDrop        Kind = iota
	KindLocal            // it is for this host
	KindGlean            // its destination is on the link of TxIf, and not known
	KindResolve          // it goes to Via on the link of TxIf, which is not known
	KindRewrite          // it goes to Via, with Header
	KindLookup           // it is looked up again, in Table
	KindUnreachable      // its sender is told that there is no way
	KindProhibit         // or that it must not go it
	NumKinds
)

var kindNames = [NumKinds]string{"drop", "local", "glean", "resolve", "rewrite", "lookup", "unreachable", "prohibit"}

// String is the kind in a word.
func (k Kind) String() string {
	if k < NumKinds {
		return kindNames[k]
	}
	return "?"
}

// MaxHeader is the longest header that a hop puts in front of a packet, in bytes: Ethernet with two VLAN tags, and two bytes that
// are never sent.
const MaxHeader = 24

// Hop is what is done with a packet. It is immutable.
type Hop struct {
	Kind   Kind
	Size   uint8           // of Header, in bytes; 0 on a link without headers
	MTU    uint16          // bytes of the longest IP datagram; KindRewrite
	TxIf   uint32          // KindGlean, KindResolve, KindRewrite; KindLookup: whose table it is, if it is to be that
	Header [MaxHeader]byte // KindRewrite
	Table  uint32          // KindLookup: where the table is in the snapshot
	Source bool            // KindLookup: the source address is looked up
	Via    netip.Addr      // KindResolve, KindRewrite

	// Stale, if not nil, is to be set by who sends: nobody has heard of the neighbour for a while.
	Stale *atomic.Bool
}

// Forward is one hop or several: those a packet's flow hash chooses from. It is immutable.
type Forward struct {
	Hops []uint32 // a power of two of them
	Only uint32   // the hop where it is one, else Several
	list []sourced
}

// Several in place of a hop says that there are more than one, or that more than its number is to be known.
const Several = 1 << 31

func newForward(hops []uint32, list []sourced) *Forward {
	f := &Forward{hops, Several, list}
	if len(hops) == 1 {
		f.Only = hops[0]
	}
	return f
}

// MaxBuckets bounds the hops of a forward.
const MaxBuckets = 64

// spread gives paths places in a row by their weights: the shortest row, of a power of two, in which no path's share is off by
// more than an eighth of it, or the longest.
func spread(hops []uint32, weights []int) []uint32 {
	if len(hops) > MaxBuckets {
		hops, weights = hops[:MaxBuckets], weights[:MaxBuckets]
	}
	total := 0
	for _, w := range weights {
		total += w
	}
	for n := 1; ; n *= 2 {
		if n < len(hops) {
			continue
		}
		places, close := share(weights, total, n)
		if !close && n < MaxBuckets {
			continue
		}
		row := make([]uint32, 0, n)
		for i, k := range places {
			for range k {
				row = append(row, hops[i])
			}
		}
		return row
	}
}

// share divides n places by weights, at least one each. It reports whether all shares are about right.
func share(weights []int, total, n int) (places []int, close bool) {
	places = make([]int, len(weights))
	rest := n
	for i, w := range weights {
		places[i] = max(1, n*w/total)
		rest -= places[i]
	}
	for ; rest != 0; rest -= sign(rest) { // to the one that lacks most, or from the one that has most too many
		at, most := 0, -1<<62
		for i, w := range weights {
			lack := (w*n - places[i]*total) * sign(rest)
			if lack > most && (rest > 0 || places[i] > 1) {
				at, most = i, lack
			}
		}
		places[at] += sign(rest)
	}
	close = true
	for i, w := range weights {
		off := places[i]*total - w*n
		close = close && 8*off*sign(off) <= w*n
	}
	return places, close
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
