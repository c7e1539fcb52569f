package stats

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// Sizes of a segment in bytes. Pages that nobody has written to take no memory.
const (
	DefaultSize = 32 << 20
	MinSize     = 1 << 20
	MaxSize     = 1 << 31
)

// Segment is the memory and its structure. Its methods are safe for concurrent use.
type Segment struct {
	mem       []byte
	directory int // where it begins
	capacity  int // entries that it has room for

	mu      sync.Mutex
	file    *os.File          // guarded by mu: read-only; nil: closed
	arena   arena             // guarded by mu
	byName  map[string]uint32 // guarded by mu: index by name, the empty entries' left out
	entries int               // guarded by mu: with those of the change under way
	empty   []uint32          // guarded by mu: indices of empty entries
	changes uint64            // guarded by mu
}

var errClosed = errors.New("stats: the segment is closed")

// New makes a segment of size bytes, 0 for DefaultSize.
func New(size int) (*Segment, error) {
	if size == 0 {
		size = DefaultSize
	}
	if size < MinSize || size > MaxSize {
		return nil, fmt.Errorf("stats: size %d: want from %d to %d bytes", size, MinSize, MaxSize)
	}
	size = (size + pageSize - 1) &^ (pageSize - 1)
	mem, file, err := allocate(size)
	if err != nil {
		return nil, fmt.Errorf("stats: segment of %d bytes: %w", size, err)
	}
	s := &Segment{mem: mem, file: file, directory: pageSize + line, capacity: size / 4 / entrySize, byName: map[string]uint32{}}
	s.arena = arena{next: s.directory + s.capacity*entrySize, end: size - pageSize}
	s.word(atVersion).Store(version)
	s.word(atEpoch).Store(1)
	s.word(atDirectory).Store(uint64(s.directory))
	runtime.AddCleanup(s, func(mem []byte) { _ = unix.Munmap(mem) }, mem)
	return s, nil
}

// allocate makes memory that clients can map, read-only, by the file.
func allocate(size int) (mem []byte, file *os.File, err error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("gvpp statistics", flags|unix.MFD_NOEXEC_SEAL) // some systems want to be told that it is no program
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate("gvpp statistics", flags) // before Linux 6.3
	}
	if err != nil {
		return nil, nil, fmt.Errorf("memfd_create: %w", err)
	}
	defer unix.Close(fd)
	if err = unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, nil, fmt.Errorf("ftruncate: %w", err)
	}
	if mem, err = unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, nil, fmt.Errorf("mmap: %w", err)
	}
	if file, err = lend(fd); err != nil {
		return nil, nil, errors.Join(err, unix.Munmap(mem))
	}
	return mem, file, nil
}

// lend is a descriptor to give away: by it nobody can write, by opening it anew through /proc neither, and what is mapped
// can neither grow nor shrink under a reader.
func lend(fd int) (*os.File, error) {
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_FUTURE_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return nil, fmt.Errorf("sealing: %w; Linux 5.1 is the first that can", err)
	}
	if err := unix.Fchmod(fd, 0o400); err != nil {
		return nil, fmt.Errorf("fchmod: %w", err)
	}
	return os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", fd), os.O_RDONLY, 0)
}

// Close ends changes, and nobody gets the segment any more; clients keep what they have mapped. The memory stays until nothing refers
// to the Segment: who uses rows of counters must.
func (s *Segment) Close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		err = s.file.Close()
		s.file = nil
	}
	return err
}

// Usage is how full a segment is.
type Usage struct {
	Size     int    `json:"size"`     // bytes, all together
	Used     int    `json:"used"`     // bytes that are taken; the directory counts whole
	Entries  int    `json:"entries"`  // of the directory, the empty ones too
	Capacity int    `json:"capacity"` // entries that it has room for
	Changes  uint64 `json:"changes"`  // since start
}

// Usage tells how full the segment is.
func (s *Segment) Usage() Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Usage{Size: len(s.mem), Used: s.arena.next, Entries: s.entries, Capacity: s.capacity, Changes: s.changes}
}

// Entry is an entry of the directory.
type Entry struct {
	Name  string `json:"name"`
	Type  Type   `json:"type"`
	Value uint64 `json:"value"` // a scalar's; else a pointer, or a link's index and column
}

// Entries lists the directory in its order, without the empty entries.
func (s *Segment) Entries() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Entry, 0, len(s.byName))
	for i := range uint32(s.entries) {
		at := s.entry(i)
		if t := Type(s.half(at + entryType).Load()); t != TypeEmpty {
			out = append(out, Entry{s.entryText(i), t, s.word(at + entryData).Load()})
		}
	}
	return out
}
