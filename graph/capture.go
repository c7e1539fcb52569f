package graph

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
)

// CaptureConfig says which packets a capture records. A packet that is received and dropped is recorded once with Rx, where it came.
type CaptureConfig struct {
	Rx, Tx, Drop bool
	Interface    uint32       // sw_if_index that a packet is received by, or with Tx sent by; AnyInterface
	Max          int          // packets recorded, all workers together
	Bytes        int          // of a packet, at most
	Match        PacketFilter // nil: all are
	Slots        int          // packets recorded, of each worker, that may be waiting for Take; more are missed
}

// AnyInterface as an interface to capture on stands for all.
const AnyInterface = 0

// Bounds of a CaptureConfig.
const (
	MaxCapture      = 1_000_000
	MaxCaptureBytes = 65535
)

// CaptureKind is where a packet was recorded.
type CaptureKind uint8

// The places.
const (
	CapturedRx CaptureKind = iota
	CapturedTx
	CapturedDrop
)

// Fate is what became of a packet.
type Fate uint8

// The fates.
const (
	FateUnderWay Fate = iota // it was in the graph when the capture ended
	FateSent                 // to the port, or to the worker that owns it
	FateDropped
	FateFreed // a node has ended it, which is no drop
	FateDown  // its interface was down when it came
)

// Captured is a packet as recorded. It belongs to the worker until it is Taken.
type Captured struct {
	At     int64 // nanoseconds on the graph's clock: the pass in which it came, was sent or dropped
	Number uint64
	Kind   CaptureKind
	Fate   Fate
	Node   uint16 // that dropped or freed it
	Reason uint8  // a counter of Node plus one; 0: none
	Hops   int    // nodes that it has entered; Path has the first ones
	TxIf   uint32 // valid if Fate is FateSent
	Meta   buffer.Meta
	Len    int // bytes of the packet
	Worker int

	path [maxPath]uint16
	data []byte // CaptureConfig.Bytes
	n    int    // of these, the packet's
}

// Path is the nodes that the packet has entered, by id.
func (r *Captured) Path() []uint16 { return r.path[:min(r.Hops, maxPath)] }

// Bytes is the packet, or as much of it as was kept.
func (r *Captured) Bytes() []byte { return r.data[:r.n] }

// Interface is the sw_if_index of the interface on which the packet was recorded.
func (r *Captured) Interface() uint32 {
	if r.Kind == CapturedTx {
		return r.TxIf
	}
	return r.Meta.RxIf
}

// SlotBytes is the memory that a slot takes, beside the packet's bytes.
const SlotBytes = int(unsafe.Sizeof(Captured{})) + 12

// Capture records packets on their way. Workers fill slots that were made before, the control side takes what is in them; neither
// waits for the other.
//
//	worker: take ──> fill ──> full.push        control: full.pop ──> see ──> empty.push ──> worker: empty.pop
type Capture struct {
	CaptureConfig
	g       *Graph
	taken   atomic.Int64 // recorded, and being recorded
	workers []captureWorker
}

type captureWorker struct {
	slots       []Captured
	spare       []int32 // empty slots; the worker's
	empty, full slotRing
	missed      counter.Counter
	_           [64]byte
}

// StartCapture begins to record packets. There is one capture at a time.
func (g *Graph) StartCapture(c CaptureConfig) (*Capture, error) {
	switch {
	case !c.Rx && !c.Tx && !c.Drop:
		return nil, fmt.Errorf("graph: a capture of nothing: want rx, tx or drop")
	case c.Max < 1 || c.Max > MaxCapture:
		return nil, fmt.Errorf("graph: capture of %d packets: want 1 to %d", c.Max, MaxCapture)
	case c.Bytes < 1 || c.Bytes > MaxCaptureBytes:
		return nil, fmt.Errorf("graph: capture of %d bytes a packet: want 1 to %d", c.Bytes, MaxCaptureBytes)
	case c.Slots < 1 || c.Slots > MaxCapture:
		return nil, fmt.Errorf("graph: capture with %d slots: want 1 to %d", c.Slots, MaxCapture)
	}
	n := &Capture{CaptureConfig: c, g: g, workers: make([]captureWorker, len(g.Workers))}
	for i := range n.workers {
		n.workers[i].make(i, c.Slots, c.Bytes)
	}
	var err error
	g.rewatch(func(v *watch) {
		if v.capture != nil {
			err = fmt.Errorf("graph: there is a capture already")
			return
		}
		v.capture = n
	})
	if err != nil {
		return nil, err
	}
	return n, nil
}

func (cw *captureWorker) make(worker, slots, bytes int) {
	cw.slots, cw.spare = make([]Captured, slots), make([]int32, slots)
	cw.empty.init(slots)
	cw.full.init(slots)
	room := make([]byte, slots*bytes)
	for i := range cw.slots {
		cw.slots[i].Worker, cw.slots[i].data = worker, room[i*bytes:][:bytes:bytes]
		cw.spare[i] = int32(slots - 1 - i)
	}
}

// Stop ends the recording. Packets that are under way are recorded as such; what is recorded can still be taken.
func (c *Capture) Stop() {
	c.g.Hold(func() {
		c.g.rewatch(func(v *watch) {
			if v.capture == c {
				v.capture = nil
			}
		})
		for _, w := range c.g.Workers {
			if w.watching.capture == c {
				w.followers.abandon(c)
			}
		}
	})
}

// Recorded is how many packets are recorded or about to be.
func (c *Capture) Recorded() int { return min(int(c.taken.Load()), c.Max) }

// Missed is how many packets were not recorded, because no slot was empty.
func (c *Capture) Missed() (n uint64) {
	for i := range c.workers {
		n += c.workers[i].missed.Load()
	}
	return n
}

// Take lets see have the packets recorded since the last call, in the order of their times, in a pass in that of their coming, and returns how many. The control side
// calls it, one call at a time, again and again; see must not keep what it gets.
func (c *Capture) Take(see func(r *Captured)) int {
	type place struct{ worker, slot int32 }
	var list []place
	for i := range c.workers {
		for slot, ok := c.workers[i].full.pop(); ok; slot, ok = c.workers[i].full.pop() {
			list = append(list, place{int32(i), slot})
		}
	}
	at := func(p place) *Captured { return &c.workers[p.worker].slots[p.slot] }
	slices.SortStableFunc(list, func(a, b place) int {
		return cmp.Or(cmp.Compare(at(a).At, at(b).At), cmp.Compare(at(a).Number, at(b).Number))
	})
	for _, p := range list {
		see(at(p))
		c.workers[p.worker].empty.push(p.slot)
	}
	return len(list)
}

// wants says that more packets are to be recorded.
func (c *Capture) wants() bool { return c != nil && c.taken.Load() < int64(c.Max) }

// about says whether packets of an interface are to be recorded.
func (c *Capture) about(swIf uint32) bool { return c.Interface == AnyInterface || c.Interface == swIf }

// slot is an empty slot, or none.
func (cw *captureWorker) slot() int32 {
	if n := len(cw.spare); n > 0 {
		s := cw.spare[n-1]
		cw.spare = cw.spare[:n-1]
		return s
	}
	if s, ok := cw.empty.pop(); ok {
		return s
	}
	cw.missed.Add(1)
	return none
}

// back returns a slot that was not needed.
func (cw *captureWorker) back(slot int32) { cw.spare = append(cw.spare, slot) }

// claim takes one of the Max.
func (c *Capture) claim() bool {
	if c.taken.Add(1) <= int64(c.Max) {
		return true
	}
	c.taken.Add(-1)
	return false
}
