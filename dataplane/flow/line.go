package flow

import "unsafe"

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
		cold     cold
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

// line is the line of index i; its key is at its start.
func (t *Table[K]) line(i uint32) unsafe.Pointer {
	return unsafe.Add(t.lines, uintptr(i)<<lineShift[K]())
}

func (t *Table[K]) key(i uint32) *K { return (*K)(t.line(i)) }

// Key is the key of flow i. Who is no worker may get parts of two: see Life.
func (t *Table[K]) Key(i uint32) (k K) {
	copyKey(&k, t.key(i))
	return k
}

// State is the hot state of flow i.
func (t *Table[K]) State(i uint32) *State {
	return (*State)(unsafe.Add(t.line(i), unsafe.Sizeof(*new(K))))
}

// Counters are the counters of flow i.
func (t *Table[K]) Counters(i uint32) *Counters {
	return (*Counters)(unsafe.Add(t.line(i), countersAt[K]()))
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
