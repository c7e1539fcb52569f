//go:build race

package flow

import (
	"sync/atomic"
	"unsafe"
)

// The race detector ignores mapped memory and takes plain accesses at their word: under it the table lives on the heap
// and what plain.go orders by addresses is atomic.

func peek64(p *uint64) uint64 { return atomic.LoadUint64(p) }

func peek32(p *uint32) uint32 { return atomic.LoadUint32(p) }

func poke32(p *uint32, x uint32) { atomic.StoreUint32(p, x) }

func poke64(p *uint64, x uint64) { atomic.StoreUint64(p, x) }

func copyKey[K Key](to, from *K) {
	for at := uintptr(0); at < unsafe.Sizeof(*to); at += 8 {
		poke64((*uint64)(unsafe.Add(unsafe.Pointer(to), at)), peek64((*uint64)(unsafe.Add(unsafe.Pointer(from), at))))
	}
}

// region is zeroed memory without pointers.
type region struct {
	mem  []byte
	base unsafe.Pointer
	size uintptr
}

func reserve(size uintptr, _ bool) (*region, error) {
	mem := make([]byte, size+64)
	return &region{mem: mem, base: unsafe.Pointer(&mem[-uintptr(unsafe.Pointer(&mem[0]))&63]), size: size}, nil
}

func populate(unsafe.Pointer, uintptr, uintptr) {}

func (r *region) discard(from, to uintptr) { clear(r.mem[from:to]) }

func (r *region) release() error {
	r.mem, r.base = nil, nil
	return nil
}
