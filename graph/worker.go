package graph

import (
	"fmt"
	"math/bits"
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/cycles"
)

// Worker is one core's loop. Its exported methods are for its own nodes, on the packet path, unless they say otherwise.
type Worker struct {
	g     *Graph
	id    int
	pool  *buffer.Pool
	cache *buffer.Cache
	nodes []nodeRuntime // by node id

	// One pass.
	wiring  *wiring
	now     int64     // nanoseconds on the graph's clock
	current uint16    // the node that runs
	pending []uint64  // bitmap by node id: nodes with packets
	spare   *Frame    // the frame that is in no node
	arc     arcCursor // resolves next features

	ports   atomic.Pointer[portMap] // published
	turn    int                     // which rx port is asked first
	from    []*handoff              // by worker: packets that others want sent here
	toWake  []bool                  // by worker: got packets from us in this pass
	scratch [VectorSize]buffer.Index
	polls   []unix.PollFd
	empty   int // passes in a row that found nothing

	state  atomic.Int32 // workerState
	asleep atomic.Bool  // whoever leaves packets here must signal wake
	wake   wake
	stop   atomic.Bool

	ifs    []IfCounters  // by sw_if_index
	rx, tx nodeStats     // what input and flush cost, for passes with packets
	passes atomic.Uint64 // all of them
}

// nodeRuntime is a node on one worker.
type nodeRuntime struct {
	proc  Processor
	frame *Frame
	dest  []dest
	stats nodeStats
}

func newWorker(g *Graph, id int) (*Worker, error) {
	k, err := newWake()
	if err != nil {
		return nil, err
	}
	w := &Worker{
		g: g, id: id, wake: k, pool: g.config.Pool, cache: g.config.Pool.NewCache(), spare: new(Frame),
		pending: make([]uint64, len(g.Plan.Nodes)/64+1), ifs: make([]IfCounters, MaxInterfaces),
		toWake: make([]bool, g.config.Workers),
	}
	w.ports.Store(&portMap{})
	w.wiring = g.wiring.Load()
	return w, nil
}

// makeNodes makes the worker's instances. It comes after all workers exist.
func (w *Worker) makeNodes() {
	w.nodes = make([]nodeRuntime, len(w.g.Plan.Nodes))
	for id := range w.nodes {
		n := &w.g.Plan.Nodes[id]
		r := &w.nodes[id]
		r.frame, r.dest = new(Frame), n.dest
		r.stats.counters = make([]atomic.Uint64, len(n.Counters))
		r.proc = n.New(w)
	}
}

// bind is the supply of buffers for a port of this worker's: the worker's own.
func (w *Worker) bind() *buffer.Cache { return w.cache }

// Run is the worker's goroutine: it returns soon after Stop. It pins its thread to the configured core.
func (w *Worker) Run() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if len(w.g.config.Cores) > 0 {
		if err := pin(w.g.config.Cores[w.id]); err != nil {
			return err
		}
	}
	for !w.stop.Load() {
		if !w.Step() {
			w.rest()
		}
	}
	w.stop.Store(false) // it may be run again
	return nil
}

// Step is one pass of the loop. It reports whether there was anything to do. Run calls it; so may, instead of Run, a
// caller that drives a graph by hand, from one goroutine.
func (w *Worker) Step() (busy bool) {
	// Act 1: quiesce. Nothing is held from the pass before.
	w.enter()
	w.g.Epochs.Quiesce(w.id)
	w.wiring, w.now = w.g.wiring.Load(), w.g.config.Clock()
	m := w.ports.Load()

	// Act 2: input. One vector at most, from all ports together.
	start := cycles.Now()
	n := w.input(m)
	if n > 0 {
		w.rx.add(n, cycles.Now()-start)
	}

	// Act 3: dispatch, lowest rank first, until no node has packets.
	for id, ok := w.first(); ok; id, ok = w.first() {
		w.dispatch(id)
	}

	// Act 4: flush. What other workers left here goes out too; one kick per port.
	busy = w.takeHandoffs(m) || n > 0
	start = cycles.Now()
	for i := range m.rx {
		if m.rx[i].Flush() {
			busy = true
		}
	}
	w.wakeOthers()
	if n > 0 {
		w.tx.add(n, cycles.Now()-start)
	}
	w.passes.Store(w.passes.Load() + 1)
	w.g.Epochs.Idle(w.id) // until the next pass nothing is held
	w.state.Store(resting)
	return busy
}

// input asks the ports in turn until a vector is full, and gives what they have to the entry node.
func (w *Worker) input(m *portMap) int {
	entry := &w.nodes[w.g.Plan.entry]
	f := entry.frame
	for i := range m.rx {
		p := &m.rx[(w.turn+i)%len(m.rx)]
		bufs := f.bufs[f.n:]
		if len(bufs) == 0 {
			break
		}
		n := p.Rx(bufs)
		if n == 0 {
			continue
		}
		var octets uint64
		for _, b := range bufs[:n] {
			m := w.pool.Meta(b)
			m.RxIf, m.Flags = p.swIf, p.flags
			octets += uint64(m.Len)
		}
		w.ifs[p.swIf].rx(n, octets)
		if !p.up {
			w.ifs[p.swIf].RxDown.Add(uint64(n))
			w.Free(bufs[:n])
			continue
		}
		f.n += n
	}
	w.turn++
	if f.n > 0 {
		w.pend(w.g.Plan.entry)
	}
	return f.n
}

func (w *Worker) pend(id uint16) { w.pending[id/64] |= 1 << (id % 64) }

// first takes the pending node of lowest rank.
func (w *Worker) first() (id uint16, ok bool) {
	for i, word := range w.pending {
		if word != 0 {
			w.pending[i] = word & (word - 1)
			return uint16(i*64 + bits.TrailingZeros64(word)), true
		}
	}
	return 0, false
}

// dispatch runs a node on its frame and scatters the packets.
func (w *Worker) dispatch(id uint16) {
	r := &w.nodes[id]
	f := r.frame
	r.frame = w.spare // so that a node may send packets to itself
	clear(f.nexts[:f.n])
	w.current = id
	t := w.g.tracing.Load()
	if t != nil {
		t.enter(w, id, f)
	}
	start := cycles.Now()
	r.proc.Process(w, f)
	r.stats.add(f.n, cycles.Now()-start)
	if t != nil {
		t.leave(w, id, f)
	}
	if len(r.dest) > 0 {
		w.scatter(r, f)
	}
	f.n = 0
	w.spare = f
}

func (w *Worker) wakeOthers() {
	for id, yes := range w.toWake {
		if yes {
			w.toWake[id] = false
			if o := w.g.Workers[id]; o.asleep.Load() {
				o.wake.signal()
			}
		}
	}
}

// Stop makes Run return. Any goroutine may call it.
func (w *Worker) Stop() {
	w.stop.Store(true)
	w.wake.signal()
}

func (w *Worker) close() {
	for _, h := range w.from {
		if h != nil {
			for n := h.pop(w.scratch[:]); n > 0; n = h.pop(w.scratch[:]) {
				w.Free(w.scratch[:n])
			}
		}
	}
	w.cache.Close()
	_ = unix.Close(w.wake.fd)
}

func pin(core int) error {
	var set unix.CPUSet
	set.Set(core)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("graph: pinning a worker to core %d: %w; name cores that this process may use", core, err)
	}
	return nil
}
