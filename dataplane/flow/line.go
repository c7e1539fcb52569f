package flow

import (
	"sync/atomic"
	"unsafe"
)

// life is the cold word pair of an index: whether it is in use, and its place in a list while it is not.
type life struct {
	count uint32 // odd while alive; raised by Insert (under the shard's lock) and by the one Remove that wins
	next  uint32 // the owner of the list that the index is on
}

// line4 and line6 are the lines as the offsets below describe them.
type (
	line4 struct {
		key      Key4
		state    State
		counters Counters
	}
	line6 struct {
		key      Key6
		state    State
		_        [8]byte
		counters Counters // second cache line
		origin   Origin
		_        [16]byte
	}
)

// lineShift is log2 of the bytes of a line.
func lineShift[K Key]() uintptr {
	if unsafe.Sizeof(*new(K)) == key4Size {
		return 6
	}
	return 7
}

// countersAt is the offset of Counters in a line.
func countersAt[K Key]() uintptr {
	if unsafe.Sizeof(*new(K)) == key4Size {
		return unsafe.Offsetof(line4{}.counters)
	}
	return unsafe.Offsetof(line6{}.counters)
}

// originStride is the size of an entry of the array of origins, which only IPv4 needs.
func originStride[K Key]() uintptr {
	if unsafe.Sizeof(*new(K)) == key4Size {
		return unsafe.Sizeof(Origin{})
	}
	return 0
}

// line is the line of index i; its key is at its start.
func (t *Table[K]) line(i uint32) unsafe.Pointer {
	return unsafe.Add(t.lines, uintptr(i)<<lineShift[K]())
}

func (t *Table[K]) key(i uint32) *K { return (*K)(t.line(i)) }

func (t *Table[K]) life(i uint32) *life {
	return (*life)(unsafe.Add(t.lives, uintptr(i)*unsafe.Sizeof(life{})))
}

// Key is the key of flow i.
func (t *Table[K]) Key(i uint32) K { return *(*K)(t.line(i)) }

// State is the hot state of flow i.
func (t *Table[K]) State(i uint32) *State {
	return (*State)(unsafe.Add(t.line(i), unsafe.Sizeof(*new(K))))
}

// Counters are the counters of flow i.
func (t *Table[K]) Counters(i uint32) *Counters {
	return (*Counters)(unsafe.Add(t.line(i), countersAt[K]()))
}

// Origin is the cold record of flow i.
func (t *Table[K]) Origin(i uint32) *Origin {
	if unsafe.Sizeof(*new(K)) == key4Size {
		return (*Origin)(unsafe.Add(t.origins, uintptr(i)*unsafe.Sizeof(Origin{})))
	}
	return (*Origin)(unsafe.Add(t.line(i), unsafe.Offsetof(line6{}.origin)))
}

// Alive reports whether index i names a flow now. None and any other number may be asked about.
func (t *Table[K]) Alive(i uint32) bool { return t.Life(i)&1 != 0 }

// Life is a number that changes whenever index i is taken or given up; odd while it is alive. Someone who reads flows
// without being a worker, as a sweep does, reads it first and hands it to RemoveLife, or reads it again afterwards, to
// know that all of it was the same flow.
func (t *Table[K]) Life(i uint32) uint32 {
	if i >= t.limit {
		return 0
	}
	return atomic.LoadUint32(&t.life(i).count)
}

// Lines are whole cache lines with the key and the hot state on the first.
var _ [64 - unsafe.Sizeof(line4{})]byte
var _ [unsafe.Sizeof(line4{}) - 64]byte
var _ [128 - unsafe.Sizeof(line6{})]byte
var _ [unsafe.Sizeof(line6{}) - 128]byte
var _ [unsafe.Offsetof(line4{}.state) - unsafe.Sizeof(Key4{})]byte
var _ [unsafe.Offsetof(line6{}.state) - unsafe.Sizeof(Key6{})]byte
var _ [unsafe.Offsetof(line6{}.counters) - 64]byte
var _ [64 - unsafe.Offsetof(line6{}.counters)]byte
