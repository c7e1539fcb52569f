//go:build gvppdebug

package buffer

import (
	"fmt"
	"sync/atomic"
)

const debugBuild = true

// poison fills freed buffers, so that a read after free is seen.
const poison = 0xdb

// debugState knows of every buffer whether it is out.
type debugState struct{ out []atomic.Bool }

func (d *debugState) init(n int) { d.out = make([]atomic.Bool, n) }

func (d *debugState) alloc(bufs []Index) {
	for _, b := range bufs {
		if d.out[b].Swap(true) {
			panic(fmt.Sprintf("buffer: %d handed out twice", b))
		}
	}
}

func (d *debugState) free(p *Pool, bufs []Index) {
	for _, b := range bufs {
		if !d.out[b].Swap(false) {
			panic(fmt.Sprintf("buffer: double free of %d", b))
		}
		f := p.Frame(b)
		for i := range f {
			f[i] = poison
		}
	}
}
