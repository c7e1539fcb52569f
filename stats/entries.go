package stats

import (
	"fmt"
	"sync/atomic"
)

// Scalar is a number with a name. Any goroutine may set it.
type Scalar struct {
	seg   *Segment // keeps the memory mapped that value is in
	value *atomic.Uint64
}

// Set is what clients read from now on.
func (v *Scalar) Set(n uint64) {
	if v != nil {
		v.value.Store(n)
	}
}

// Load is what was set.
func (v *Scalar) Load() uint64 { return v.value.Load() }

// Scalar adds a number. As what Simple, Combined and Names add it is nil where the change fails, and then does nothing.
func (c *Change) Scalar(name string) *Scalar {
	index, ok := c.add(name, TypeScalar, 0)
	if !ok {
		return nil
	}
	return &Scalar{c.s, c.s.word(c.s.entry(index) + entryData)}
}

// Counters are rows of columns.
type Counters struct {
	seg      *Segment
	name     string
	index    uint32
	top      int   // where the vector of rows is
	rows     []int // where each row is
	wide     int   // words in a column
	columns  int   // guarded by seg.mu: that clients see
	capacity int
}

// Simple adds counters of one number a column, zero, for threads rows. Clients see columns of them, and Grow shows more, up to
// capacity.
func (c *Change) Simple(name string, threads, columns, capacity int) *Counters {
	return c.counters(name, TypeSimple, 1, threads, columns, capacity)
}

// Combined adds counters of packets and bytes; else it is as Simple.
func (c *Change) Combined(name string, threads, columns, capacity int) *Counters {
	return c.counters(name, TypeCombined, 2, threads, columns, capacity)
}

func (c *Change) counters(name string, t Type, wide, threads, columns, capacity int) *Counters {
	k := &Counters{seg: c.s, name: name, wide: wide, columns: columns, capacity: capacity}
	if columns < 0 || columns > capacity {
		c.fail("counters %q: %d columns of %d", name, columns, capacity)
		return nil
	}
	var ok bool
	if k.top, ok = c.vector(pointers, threads*8, threads); !ok {
		return nil
	}
	for thread := range threads {
		at, ok := c.vector(numbers, capacity*wide*8, columns)
		if !ok {
			return nil
		}
		c.s.word(k.top + thread*8).Store(uint64(at))
		k.rows = append(k.rows, at)
	}
	if k.index, ok = c.add(name, t, uint64(k.top)); !ok {
		return nil
	}
	return k
}

// Capacity is how many columns there is room for.
func (k *Counters) Capacity() int { return k.capacity }

// Row is the words of a row, as many as there is room for: one a column, or packets and bytes in turn. Each word has one writer,
// which stores it whole.
func (k *Counters) Row(thread int) []uint64 {
	return k.seg.words(k.rows[thread], k.capacity*k.wide)
}

// Set stores a simple counter's number. It may be called by the word's writer, any time before the counters are removed.
func (k *Counters) Set(thread, column int, n uint64) {
	k.seg.word(k.rows[thread] + column*8).Store(n)
}

// SetPair is Set for combined counters.
func (k *Counters) SetPair(thread, column int, packets, bytes uint64) {
	at := k.rows[thread] + column*16
	k.seg.word(at).Store(packets)
	k.seg.word(at + 8).Store(bytes)
}

// Grow shows more columns to clients. There is room for at most Capacity.
func (c *Change) Grow(k *Counters, columns int) {
	if k == nil {
		return
	}
	if columns > k.capacity {
		c.fail("%q: %d columns: there is room for %d", k.name, columns, k.capacity)
		columns = k.capacity
	}
	if columns <= k.columns {
		return
	}
	k.columns = columns
	for _, at := range k.rows {
		c.set32(atLength(at), uint32(columns))
	}
}

// RemoveCounters removes counters. Nobody may store into them from now on.
func (c *Change) RemoveCounters(k *Counters) {
	if k == nil {
		return
	}
	c.Remove(k.name)
	c.freed = append(c.freed, freed{roomFor(pointers, len(k.rows)*8), k.top})
	for _, at := range k.rows {
		c.freed = append(c.freed, freed{roomFor(numbers, k.capacity*k.wide*8), at})
	}
}

// Remove removes an entry, if there is one of that name. The memory of counters and names is not used again; RemoveCounters
// does that.
func (c *Change) Remove(name string) {
	s := c.s
	index, ok := s.byName[clean(name)]
	if !ok {
		return
	}
	delete(s.byName, clean(name))
	c.set32(s.entry(index)+entryType, uint32(TypeEmpty))
	c.setName(index, fmt.Sprintf("/empty/%d", index))
	c.empty = append(c.empty, index)
}

// Unlink removes an entry if it is a link to that column.
func (c *Change) Unlink(name string, to *Counters, column int) {
	index, ok := c.s.byName[clean(name)]
	if !ok || to == nil {
		return
	}
	at := c.s.entry(index)
	if c.s.half(at+entryType).Load() == uint32(TypeLink) && c.s.word(at+entryData).Load() == uint64(to.index)|uint64(column)<<32 {
		c.Remove(name)
	}
}

// Link adds an entry that stands for one column of counters, in all rows.
func (c *Change) Link(name string, to *Counters, column int) {
	if to == nil {
		return
	}
	if column < 0 || column >= to.columns {
		c.fail("link %q: column %d of %d", name, column, to.columns)
		return
	}
	c.add(name, TypeLink, uint64(to.index)|uint64(column)<<32)
}

// Names is a vector of names.
type Names struct {
	at       int
	capacity int
	texts    []freed // guarded by Segment.mu: what each takes
}

// Names adds a vector of names, at first none, with room for capacity.
func (c *Change) Names(name string, capacity int) *Names {
	at, ok := c.vector(pointers, capacity*8, 0)
	if !ok {
		return nil
	}
	if _, ok = c.add(name, TypeNames, uint64(at)); !ok {
		return nil
	}
	return &Names{at: at, capacity: capacity}
}

// SetName makes text the i-th name. Names before it that were never set are "".
func (c *Change) SetName(n *Names, i int, text string) {
	if n == nil {
		return
	}
	if i < 0 || i >= n.capacity {
		c.fail("name %d of %d: there is no room", i, n.capacity)
		return
	}
	for len(n.texts) < i && c.err == nil {
		c.putName(n, len(n.texts), "")
	}
	if len(n.texts) < i {
		return
	}
	c.putName(n, i, text)
	c.set32(atLength(n.at), uint32(len(n.texts)))
}

// putName makes t the i-th name, of which there are i at least.
func (c *Change) putName(n *Names, i int, t string) {
	t = clean(t)
	at, ok := c.vector(text, len(t)+1, len(t)+1)
	if !ok {
		return
	}
	copy(c.s.mem[at:], t)
	c.set64(n.at+i*8, uint64(at))
	takes := freed{roomFor(text, len(t)+1), at}
	if i == len(n.texts) {
		n.texts = append(n.texts, takes)
		return
	}
	c.freed = append(c.freed, n.texts[i])
	n.texts[i] = takes
}
