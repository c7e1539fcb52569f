package program

import (
	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
)

// memoryInterfaces makes one memory interface per name.
func memoryInterfaces(names ...string) (out []gvpp.Interface) {
	for _, n := range names {
		out = append(out, port.NewMemory(n, 1))
	}
	return out
}
