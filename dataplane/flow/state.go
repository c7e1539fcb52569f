package flow

import "sync/atomic"

// State is the hot state of a flow, next to its key. Its words belong to the nodes, which agree who writes which;
// Insert stores the first value before anyone can find the flow. Afterwards use the methods.
type State struct {
	LastSeen uint32 // tick of the last packet; any worker that sees one
	Word     uint32 // the tracker's packed state; compare-and-swap
	Verdict  uint64 // the classifier's; 0: none
}

// Seen notes that a packet came at tick. The store is plain, for nothing is ordered by it and an exclusive one costs more
// than the rest of a hit; and unconditional, for the packet's counters are on the same line, and whether the tick has
// changed is what a branch guesses wrong.
func (s *State) Seen(tick uint32) { poke32(&s.LastSeen, tick) }

// LoadLastSeen is the tick of the last packet.
func (s *State) LoadLastSeen() uint32 { return atomic.LoadUint32(&s.LastSeen) }

// LoadWord is the tracker's packed state.
func (s *State) LoadWord() uint32 { return atomic.LoadUint32(&s.Word) }

// StoreWord replaces the tracker's packed state, for whoever alone may change it now.
func (s *State) StoreWord(w uint32) { release32(&s.Word, w) }

// SwapWord replaces old by new unless another worker was faster.
func (s *State) SwapWord(old, new uint32) bool { return atomic.CompareAndSwapUint32(&s.Word, old, new) }

// LoadVerdict is the classifier's word.
func (s *State) LoadVerdict() uint64 { return atomic.LoadUint64(&s.Verdict) }

// SwapVerdict replaces old by new unless another worker was faster.
func (s *State) SwapVerdict(old, new uint64) bool {
	return atomic.CompareAndSwapUint64(&s.Verdict, old, new)
}

// StoreVerdict replaces the classifier's word.
func (s *State) StoreVerdict(v uint64) { atomic.StoreUint64(&s.Verdict, v) }

// Counters count by direction: index 0 the originator's, 1 the reply's. Each index is a single-writer counter of the
// worker that the direction arrives on; where a direction changes workers, a packet in flight may go uncounted.
type Counters struct{ Packets, Bytes [2]uint64 }

// Add counts a packet.
func (c *Counters) Add(direction int, bytes uint64) {
	direction &= 1
	poke64(&c.Packets[direction], peek64(&c.Packets[direction])+1)
	poke64(&c.Bytes[direction], peek64(&c.Bytes[direction])+bytes)
}

// Load reads a direction's counters.
func (c *Counters) Load(direction int) (packets, bytes uint64) {
	direction &= 1
	return peek64(&c.Packets[direction]), peek64(&c.Bytes[direction])
}
