//go:build !amd64 || race

package flowtrack

import (
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// havePlain is false: the race detector does not see what assembly does, and other processors have none of it.
var havePlain = false

func plain4BMI2(meta, mem unsafe.Pointer, shift uint, bufs *uint32, n int, keys *flow.Key4, at *uint8, first int, sums bool) int {
	return 0
}

const flagsFound = buffer.FlagLooked | buffer.FlagSessions
