//go:build !amd64 || race

package packet

import "unsafe"

const sumsLong = false

func sumAVX2(unsafe.Pointer, uint64) uint64 { panic("packet: no AVX2") }
