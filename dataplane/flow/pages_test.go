//go:build !race

package flow

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resident reports whether the page of an address is in memory.
func resident(p unsafe.Pointer) bool {
	a := uintptr(p) &^ 4095
	var v [1]byte
	_, _, e := unix.Syscall(unix.SYS_MINCORE, a, 4096, uintptr(unsafe.Pointer(&v)))
	return e == 0 && v[0]&1 != 0
}

// TestOverflowHasPages: what inserts will need has its pages before they come, so that no worker waits for the kernel.
func TestOverflowHasPages(t *testing.T) {
	tab := newTable[Key4](t, Config{MaxFlows: 1 << 20})
	for tab.Maintain(1 << 20) {
	}
	v := tab.view.Load()
	for what, p := range map[string]unsafe.Pointer{
		"line": tab.line(1000), "cold record": unsafe.Pointer(tab.cold(1000)), "overflow bucket": unsafe.Pointer(v.spare(1000)),
	} {
		if !resident(p) {
			t.Errorf("%s 1000 has no page after Maintain has done all", what)
		}
	}
}
