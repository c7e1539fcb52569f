//go:build !race

package packet

import (
	"os"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// sumsLong says that sumAVX2 can be used; GVPP_NOASM=1 says that it is not to be.
var sumsLong = cpu.X86.HasAVX2 && os.Getenv("GVPP_NOASM") != "1"

// sumAVX2 is the sum of the 32-bit little-endian words of n bytes at p, a multiple of 64 and at least that.
//
//go:noescape
func sumAVX2(p unsafe.Pointer, n uint64) uint64
