//go:build !amd64 || race

package flow

import "unsafe"

// haveAVX2 is false: the race detector does not see what assembly does, and other processors have none of it.
func haveAVX2() bool { return false }

func hash4AVX2(*seeds, *view, *words4, *uint64, int) {}

func hash6AVX2(*seeds, *view, *words6, *uint64, int) {}

func probe4AVX2(*view, unsafe.Pointer, *uint64, *uint32, int) {}

func probe6AVX2(*view, unsafe.Pointer, *uint64, *uint32, int) {}

func resolve4AVX2(unsafe.Pointer, *words4, *uint32, *[MaxBatch]uint32, int) uint { return 0 }

func resolve6AVX2(unsafe.Pointer, *words6, *uint32, *[MaxBatch]uint32, int) uint { return 0 }

func touch(unsafe.Pointer, unsafe.Pointer) {}
