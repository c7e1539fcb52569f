package stats

import (
	"strings"
	"sync/atomic"
	"unsafe"
)

// Type is what an entry is.
type Type uint32

// The types that the segment has. Scalars are of type 1, for GoVPP 0.13 knows no gauges.
const (
	TypeScalar   Type = 1
	TypeSimple   Type = 2
	TypeCombined Type = 3
	TypeNames    Type = 4
	TypeEmpty    Type = 5 // free: its name says nothing, but it has one, for GoVPP stops reading where there is none
	TypeLink     Type = 6
)

// String is what VPP calls it.
func (t Type) String() string {
	switch t {
	case TypeScalar:
		return "ScalarPtr"
	case TypeSimple, TypeCombined:
		return "CMainPtr"
	case TypeNames:
		return "NameVector"
	case TypeEmpty:
		return "empty"
	case TypeLink:
		return "Symlink"
	}
	return "illegal!"
}

// The header, in bytes from the start. What follows the directory stays zero: older layouts have more there, and GoVPP looks.
const (
	atVersion    = 0
	atBase       = 8 // zero: a pointer is the number of bytes from the start
	atEpoch      = 16
	atInProgress = 24
	atDirectory  = 32

	version = 2
)

// pageSize keeps pointers above what Go's runtime takes for a bad pointer in a client's hands, and the last page free, for
// clients take what ends with the segment for too long.
const pageSize = 4096

// An entry, in bytes from its start.
const (
	entrySize = 144
	entryType = 0
	entryData = 8 // a number, a pointer, or a link's index and column, 32 bits each
	entryName = 16
	nameSize  = entrySize - entryName
)

// MaxName is the bytes that an entry's name may have.
const MaxName = nameSize - 1

// line is what a vector's first element is aligned to, so that rows of two threads share no cache line.
const line = 64

// vectorHead is the bytes before a vector's first element, of which the first four are the length.
const vectorHead = 8

// atLength is where the length of the vector at at is.
func atLength(at int) int { return at - vectorHead }

// word is the 64 bits at at, which is a multiple of 8.
func (s *Segment) word(at int) *atomic.Uint64 { return (*atomic.Uint64)(unsafe.Pointer(&s.mem[at])) }

// half is the 32 bits at at.
func (s *Segment) half(at int) *atomic.Uint32 { return (*atomic.Uint32)(unsafe.Pointer(&s.mem[at])) }

// words is n words at at.
func (s *Segment) words(at, n int) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(&s.mem[at])), n)
}

// entry is where an entry is.
func (s *Segment) entry(index uint32) int { return s.directory + int(index)*entrySize }

// entryText is the name of an entry.
func (s *Segment) entryText(index uint32) string {
	at := s.entry(index) + entryName
	name, _, _ := strings.Cut(string(s.mem[at:at+nameSize]), "\x00")
	return name
}

// Part makes a name part of an entry's name: what would divide it becomes _.
func Part(name string) string { return strings.ReplaceAll(name, "/", "_") }

// clean makes text ASCII, as clients expect, without what cannot be printed.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, text)
}
