package flow

import "unsafe"

// Annex is a second cache line of a flow, for state that only some kinds of flows have. Its words belong to whoever asks
// for it; the table stores the first value before anyone can find the flow, and never looks at it again.
type Annex [8]uint64

// annexes is the array of them, by index. Where no flow has one it takes no memory.
type annexes struct {
	base unsafe.Pointer // nil: Config.Annex was not set
	used uint32         // atomic: 1 once some flow has had one, and pages are taken ahead
}

// Annex is the annex of flow i, of a table with Config.Annex. It holds what InsertAnnex was given; a flow inserted without
// one has what the index's last flow with an annex has left there.
func (t *Table[K]) Annex(i uint32) *Annex {
	return (*Annex)(unsafe.Add(t.annex.base, uintptr(i)*unsafe.Sizeof(Annex{})))
}

// annexed reports whether annexes are in use.
func (t *Table[K]) annexed() bool { return peek32(&t.annex.used) != 0 }

// reserveAnnexes maps room for them.
func (t *Table[K]) reserveAnnexes() (err error) {
	t.annex.base, err = t.region(uintptr(t.limit) * unsafe.Sizeof(Annex{}))
	return err
}

// fillAnnex writes the annex of index i, which nobody can find yet.
func (t *Table[K]) fillAnnex(i uint32, a *Annex) {
	*t.Annex(i) = *a
	if !t.annexed() {
		poke32(&t.annex.used, 1)
	}
}
