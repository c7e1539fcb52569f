package macswap

import (
	"fmt"
	"net"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

const (
	nextOutput graph.Next = iota
	nextDrop
)

const (
	swapped graph.Counter = iota
	tooShort
)

// node is a worker's. It needs to remember nothing.
type node struct{}

// Process implements graph.Processor.
func (node) Process(w *graph.Worker, f *graph.Frame) {
	short := 0
	v := w.Packets()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		if !swap(v.Bytes(b, m)) {
			nexts[i] = nextDrop
			m.Reason = uint8(tooShort) + 1 // for traces
			short++
			continue
		}
		m.TxIf = m.RxIf
	}
	w.Count(swapped, len(bufs)-short)
	w.Count(tooShort, short)
}

// swap exchanges destination and source of a frame, which are its first 12 bytes.
func swap(p []byte) bool {
	if len(p) < 14 {
		return false
	}
	dst, src := [6]byte(p), [6]byte(p[6:])
	copy(p, src[:])
	copy(p[6:], dst[:])
	return true
}

// trace says what the node did with a packet.
func trace(m *buffer.Meta, p []byte) string {
	if len(p) < 14 {
		return fmt.Sprintf("%d bytes are too short", len(p))
	}
	return fmt.Sprintf("sw_if_index %d: new source %v, new destination %v", m.RxIf, net.HardwareAddr(p[6:12]), net.HardwareAddr(p[:6]))
}
