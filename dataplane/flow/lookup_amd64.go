//go:build !race

package flow

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// haveAVX2 reports whether the processor runs the stages of lookup_amd64.s.
func haveAVX2() bool { return cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2 }

// The stages as in stages.go; n, the number of keys, is at least 1.

//go:noescape
func hash4AVX2(s *seeds, v *view, keys *words4, hash *uint64, n int)

//go:noescape
func hash6AVX2(s *seeds, v *view, keys *words6, hash *uint64, n int)

//go:noescape
func probe4AVX2(v *view, lines unsafe.Pointer, hash *uint64, index *uint32, n int)

//go:noescape
func probe6AVX2(v *view, lines unsafe.Pointer, hash *uint64, index *uint32, n int)

//go:noescape
func resolve4AVX2(lines unsafe.Pointer, keys *words4, index *uint32, pending *[MaxBatch]uint32, n int) (walks uint)

//go:noescape
func resolve6AVX2(lines unsafe.Pointer, keys *words6, index *uint32, pending *[MaxBatch]uint32, n int) (walks uint)

// touch brings two lines that will be written soon.
//
//go:noescape
func touch(a, b unsafe.Pointer)
