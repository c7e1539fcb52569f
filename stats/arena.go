package stats

import "math/bits"

// kind is what memory holds. Memory of a kind stays of it: a reader that follows an old pointer finds what it looks for, if not
// what is there now, and its epoch tells it so.
type kind int

const (
	pointers kind = iota
	numbers
	text
)

// arena hands out room for vectors, and again what was given back.
type arena struct {
	next, end int
	free      map[room][]int
}

// room is what vectors that take each other's place have in common.
type room struct {
	kind kind
	size int // bytes of the elements
}

// roomFor rounds up to what suits many vectors: powers of two, then pages.
func roomFor(k kind, bytes int) room {
	switch {
	case bytes <= line:
		return room{k, line}
	case bytes <= pageSize:
		return room{k, 1 << bits.Len(uint(bytes-1))}
	}
	return room{k, (bytes + pageSize - 1) &^ (pageSize - 1)}
}

// take finds room for a vector, used before or all zero. Its first element is on a line of its own, its length before that.
func (a *arena) take(r room) (at int, used, ok bool) {
	if f := a.free[r]; len(f) > 0 {
		a.free[r] = f[:len(f)-1]
		return f[len(f)-1], true, true
	}
	at = (a.next + vectorHead + line - 1) &^ (line - 1)
	if at+r.size > a.end {
		return 0, false, false
	}
	a.next = at + r.size
	return at, false, true
}

// give takes room back.
func (a *arena) give(r room, at int) {
	if a.free == nil {
		a.free = map[room][]int{}
	}
	a.free[r] = append(a.free[r], at)
}
