//go:build !race

package flow

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// peek64 loads a word that another worker may be storing. Aligned words do not tear on amd64 and arm64, and every load
// that must come after it takes its address from the value, which both keep in order. An atomic load would make arm64
// wait for each one.
func peek64(p *uint64) uint64 { return *p }

// peek32 is peek64 for an index word.
func peek32(p *uint32) uint32 { return *p }

// poke32 stores a word of a line that nobody can find yet.
func poke32(p *uint32, x uint32) { *p = x }

// poke64 is poke32 for a counter.
func poke64(p *uint64, x uint64) { *p = x }

// copyKey copies a key between a line and something else.
func copyKey[K Key](to, from *K) { *to = *from }

// pageSize is a multiple of the kernel's, in bytes, on every machine.
const pageSize = 64 << 10

// region is zeroed memory that the collector never sees and that takes pages only where it is touched.
type region struct {
	mem  []byte
	base unsafe.Pointer
	size uintptr
}

// reserve maps size bytes, aligned for huge pages where it is large and they are wanted.
func reserve(size uintptr, huge bool) (*region, error) {
	huge = huge && size >= hugePage
	n := size
	if huge {
		n += hugePage
	}
	mem, err := unix.Mmap(-1, 0, int(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	r := &region{mem: mem, base: unsafe.Pointer(&mem[0]), size: size}
	if huge {
		skip := -uintptr(r.base) & (hugePage - 1)
		r.base = unsafe.Pointer(&mem[skip])
		_ = unix.Madvise(mem[skip:skip+size], unix.MADV_HUGEPAGE) // a wish: 4 KiB pages work too
	}
	return r, nil
}

// populate takes pages for the bytes from, to behind base now. What is there stays.
func populate(base unsafe.Pointer, from, to uintptr) {
	from &^= pageSize - 1
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(base, from)), to-from), unix.MADV_POPULATE_WRITE) // a wish: Linux 5.14
}

// discard gives back the pages of the bytes from, to; they may not be touched again.
func (r *region) discard(from, to uintptr) {
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(r.base, from)), to-from), unix.MADV_DONTNEED) // munmap does it, too
}

// release unmaps.
func (r *region) release() error { return unix.Munmap(r.mem) }
