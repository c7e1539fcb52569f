package classify

import (
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/counter"
)

// slotBlock is the number of counters allocated at once; blocks never move, so workers may write while more are added.
const slotBlock = 1024

// maxBlocks bounds the counters: a million rules.
const maxBlocks = 1024

// maxSlots is how many are in use at most: the last number is no position, to a keeper.
const maxSlots = maxBlocks*slotBlock - 1

// slots is one worker's counters, by slot. The worker writes, anybody reads.
type slots struct {
	blocks [maxBlocks]atomic.Pointer[[slotBlock]tallied]
}

// tallied is what a rule or a default has decided about.
type tallied struct{ packets, bytes counter.Counter }

// ensure makes slot usable. Control side.
func (s *slots) ensure(slot uint32) {
	if b := &s.blocks[slot/slotBlock]; b.Load() == nil {
		b.Store(new([slotBlock]tallied))
	}
}

func (s *slots) at(slot uint32) *tallied {
	return &s.blocks[slot/slotBlock].Load()[slot%slotBlock]
}

// add is the worker's, once per run of packets with the same decision.
func (s *slots) add(slot uint32, packets, bytes uint64) {
	c := s.at(slot)
	c.packets.Add(packets)
	c.bytes.Add(bytes)
}

// tally collects a run of packets of one slot, so that counters are written once per run.
type tally struct {
	slots          *slots
	slot           uint32
	packets, bytes uint64
}

func (t *tally) count(slot uint32, bytes uint16) {
	if slot != t.slot {
		t.flush()
		t.slot = slot
	}
	t.packets++
	t.bytes += uint64(bytes)
}

func (t *tally) flush() {
	if t.packets != 0 {
		t.slots.add(t.slot, t.packets, t.bytes)
		t.packets, t.bytes = 0, 0
	}
}
