//go:build !amd64

package cycles

import "time"

var start = time.Now()

// Now is nanoseconds since the program's start.
func Now() uint64 { return uint64(time.Since(start)) }
