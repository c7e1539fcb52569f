package buffer

import (
	"math/bits"
	"unsafe"
)

// View is what a node needs of a Pool to reach packets: a value that stays in registers through a loop over a vector,
// where Pool's own methods would load the arena's bounds again for each packet. The index must be one that the pool
// handed out; that is not checked, save in debug builds.
type View struct {
	meta, mem unsafe.Pointer
	size      uintptr // of a buffer: a product costs less than a shift by a number that is not known
	n         Index   // debug builds only
}

// View is the pool as the packet path sees it. It stays valid as long as the pool.
func (p *Pool) View() View {
	return View{unsafe.Pointer(unsafe.SliceData(p.meta)), unsafe.Pointer(unsafe.SliceData(p.mem)), 1 << p.shift, Index(len(p.meta))}
}

// Meta is the metadata of b.
func (v View) Meta(b Index) *Meta {
	if debugBuild && b >= v.n {
		panic("buffer: an index that the pool never gave out")
	}
	return (*Meta)(unsafe.Add(v.meta, uintptr(b)*unsafe.Sizeof(Meta{})))
}

// Bytes is the packet of b, whose metadata m is, cut to its length.
func (v View) Bytes(b Index, m *Meta) []byte {
	return (*[1 << 16]byte)(unsafe.Add(v.mem, uintptr(b)*v.size+uintptr(m.Off)))[:m.Len:m.Len] // no check: m.Len is less than that
}

// Raw is where the pool's metadata and buffers begin, and log2 of a buffer's bytes, for code in assembly: the metadata of b
// are 64 bytes at meta + 64*b, its buffer is at mem + b<<shift.
func (v View) Raw() (meta, mem unsafe.Pointer, shift uint) {
	return v.meta, v.mem, uint(bits.TrailingZeros64(uint64(v.size)))
}
