package stats

import (
	"encoding/binary"
	"fmt"
)

// Change is a change of the structure that is being made. It is valid within the function that Segment.Change calls. What it
// adds can be used at once; clients see it when the function has returned.
type Change struct {
	s      *Segment
	stores []store // what shows the change to readers, in order
	freed  []freed
	empty  []uint32 // entries that the change empties
	err    error
}

// store is a store to memory that readers look at.
type store struct {
	at    int
	value uint64
	half  bool // 32 bits
}

// freed is room that readers may look at until the change is over.
type freed struct {
	room room
	at   int
}

// Change changes the structure: f says how, then all is shown at once. The error is the first that f met, about a name that is taken or
// memory that is full; the rest of the change is made all the same.
func (s *Segment) Change(f func(c *Change)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return errClosed
	}
	c := &Change{s: s}
	defer c.show()
	f(c)
	return c.err
}

// show makes the change visible. There is no moment at which memory cannot be read, and none at which in_progress is set: see
// the package's comment.
func (c *Change) show() {
	s := c.s
	epoch := s.word(atEpoch)
	epoch.Store(epoch.Load() + 1)
	for _, st := range c.stores {
		if st.half {
			s.half(st.at).Store(uint32(st.value))
		} else {
			s.word(st.at).Store(st.value)
		}
	}
	s.half(atLength(s.directory)).Store(uint32(s.entries))
	epoch.Store(epoch.Load() + 1)
	for _, f := range c.freed {
		s.arena.give(f.room, f.at)
	}
	s.empty = append(s.empty, c.empty...)
	s.changes++
}

func (c *Change) fail(format string, a ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("stats: "+format, a...)
	}
}

// set32 and set64 store at the end of the change.
func (c *Change) set32(at int, v uint32) { c.stores = append(c.stores, store{at, uint64(v), true}) }
func (c *Change) set64(at int, v uint64) { c.stores = append(c.stores, store{at, v, false}) }

// vector makes a vector that nobody sees yet, all zero.
func (c *Change) vector(k kind, bytes, length int) (at int, ok bool) {
	r := roomFor(k, bytes)
	at, used, ok := c.s.arena.take(r)
	if !ok {
		c.fail("the segment's %d bytes are taken: a larger one is needed", len(c.s.mem))
		return 0, false
	}
	if used && k != pointers { // an old reader must not find a pointer gone
		clear(c.s.mem[at : at+r.size])
	}
	c.s.half(atLength(at)).Store(uint32(length))
	return at, true
}

// add makes an entry.
func (c *Change) add(name string, t Type, data uint64) (index uint32, ok bool) {
	s := c.s
	name = clean(name)
	if _, dup := s.byName[name]; dup || name == "" || name[0] != '/' || len(name) > MaxName {
		c.fail("name %q: want one that is not taken, begins with / and has at most %d bytes", name, MaxName)
		return 0, false
	}
	if n := len(s.empty); n > 0 {
		index = s.empty[n-1]
		s.empty = s.empty[:n-1]
		c.setName(index, name)
		s.word(s.entry(index) + entryData).Store(data) // nobody reads an empty entry's
		c.set32(s.entry(index)+entryType, uint32(t))
	} else {
		if s.entries == s.capacity {
			c.fail("the directory's %d entries are taken: a larger segment is needed", s.capacity)
			return 0, false
		}
		index = uint32(s.entries)
		s.entries++
		at := s.entry(index) // beyond the directory's end
		copy(s.mem[at+entryName:at+entrySize-1], name)
		s.word(at + entryData).Store(data)
		s.half(at + entryType).Store(uint32(t))
	}
	s.byName[name] = index
	return index, true
}

// setName stores a name of an empty entry. A reader may find half of it, but no entry without a name.
func (c *Change) setName(index uint32, name string) {
	var b [nameSize]byte
	copy(b[:], name)
	for i := 0; i < nameSize; i += 8 {
		c.set64(c.s.entry(index)+entryName+i, binary.LittleEndian.Uint64(b[i:]))
	}
}

// Has tells whether there is an entry of that name.
func (c *Change) Has(name string) bool { _, ok := c.s.byName[clean(name)]; return ok }
