package graph

import (
	"math/bits"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/dataplane/cycles"
)

// Worker is one core's loop. Its exported methods are for its own nodes, on the packet path, unless they say otherwise.
type Worker struct {
	g       *Graph
	id      int
	pool    *buffer.Pool
	cache   *buffer.Cache
	nodes   []nodeRuntime // by node id
	pollers []poller

	// One pass.
	wiring  *wiring
	now     int64      // nanoseconds on the graph's clock
	current uint16     // the node that runs
	pending []uint64   // bitmap by node id: nodes with packets
	spare   *Frame     // the frame that is in no node
	follow  *followers // nil: no packet is followed

	ports   atomic.Pointer[portMap] // published
	seen    *portMap                // what ports held at this pass; all of its rx are bound
	turn    int                     // which rx port is asked first
	from    []*handoff              // by worker: packets that others want sent here
	toWake  []bool                  // by worker: got packets from us in this pass
	scratch [VectorSize]buffer.Index

	empty  int           // passes in a row that found nothing
	polls  []unix.PollFd // what ends a sleep: wake, then those of seen's ports that have a descriptor
	watch  bool          // some port of seen has none and must be looked at from time to time
	soon   bool          // a poller wants to be asked again in a moment
	quiet  int           // passes for which pollers may fill whole frames
	plenty bool          // pollers had at least their half at the last pass

	state  atomic.Int32 // workerState
	asleep atomic.Bool  // whoever leaves packets here must signal wake
	wake   wake
	stop   atomic.Bool

	watching  *watch     // for whom packets are followed, as of this pass
	followers *followers // made before anybody watches

	rows   *Rows           // what is counted for all to read
	down   []ifDown        // by sw_if_index
	rx, tx nodeStats       // what input and flush cost, for passes with packets
	passes counter.Counter // all of them
	gaps   gaps            // between passes of Run
}

// nodeRuntime is a node on one worker.
type nodeRuntime struct {
	proc  Processor
	frame *Frame
	dest  []dest
	stats nodeStats
	count []counter.Counter // where Count counts: those of stats, unless the node is watched
}

func newWorker(g *Graph, id int) (*Worker, error) {
	k, err := newWake()
	if err != nil {
		return nil, err
	}
	w := &Worker{
		g: g, id: id, wake: k, pool: g.config.Pool, cache: g.config.Pool.NewCache(), spare: new(Frame),
		pending: make([]uint64, len(g.Plan.Nodes)/64+1), down: make([]ifDown, MaxInterfaces),
		toWake: make([]bool, g.config.Workers), seen: &portMap{}, watching: g.watched.Load(), rows: g.rows(id),
	}
	w.ports.Store(&portMap{})
	return w, nil
}

// makeNodes makes the worker's instances. It comes after all workers exist.
func (w *Worker) makeNodes() {
	w.nodes = make([]nodeRuntime, len(w.g.Plan.Nodes))
	for id := range w.nodes {
		n := &w.g.Plan.Nodes[id]
		r := &w.nodes[id]
		r.frame, r.dest = new(Frame), n.dest
		r.stats.counters = w.rows.Errors[n.FirstError:][:len(n.Counters)+1] // the last: strays
		r.count, r.proc = r.stats.counters, n.New(w)
		if c := w.g.checker; c != nil {
			c.watch(w, uint16(id), r)
		}
		if p, ok := r.proc.(Poller); ok {
			w.pollers = append(w.pollers, poller{p, uint16(id), slices.Contains(n.Nexts, Hold)})
		}
	}
}

// Run is the worker's goroutine: it returns soon after Stop. Meanwhile its thread is pinned to the configured core.
func (w *Worker) Run() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if len(w.g.config.Cores) > 0 {
		unpin, err := pin(w.g.config.Cores[w.id])
		if err != nil {
			return err
		}
		defer unpin()
	}
	w.gaps.start()
	for !w.stop.Load() {
		if w.step() {
			w.empty = 0
		} else if w.rest(); w.empty == spinPasses { // it may have slept
			w.gaps.last = 0
		}
	}
	w.stop.Store(false) // it may be run again
	return nil
}

// Step is one pass of the loop. It reports whether there was anything to do. It is for a caller that drives a graph by
// hand, instead of Run, from one goroutine; what that does in between is nobody's gap.
func (w *Worker) Step() (busy bool) {
	w.gaps.last = 0
	return w.step()
}

// step is Step in Run's loop.
func (w *Worker) step() (busy bool) {
	// Act 1: quiesce. Nothing is held from the pass before.
	w.enter()
	w.g.Epochs.Quiesce(w.id)
	m := w.look()

	// Act 2: input. What nodes give back and what the ports have: one vector at most, all together.
	n, back := w.take(m)

	// Act 3: dispatch, lowest rank first, until no node has packets.
	for id, ok := w.first(); ok; id, ok = w.first() {
		w.dispatch(id)
	}

	// Act 4: flush. What other workers left here goes out too; one kick per port.
	n += back
	busy = w.takeHandoffs(m) || n > 0
	start := cycles.Now()
	for i := range m.rx {
		if m.rx[i].Flush() {
			busy = true
		}
	}
	w.wakeOthers()
	if n > 0 {
		w.tx.add(n, cycles.Now()-start)
	}
	w.passes.Add(1)
	w.g.Epochs.Idle(w.id) // until the next pass nothing is held
	w.state.Store(resting)
	return busy
}

// look loads what the control side has published, once per pass. An interface is made known to the wiring before its
// ports are published, so the ports come first here: no packet meets a wiring that does not know its interface.
func (w *Worker) look() *portMap {
	if m := w.ports.Load(); m != w.seen {
		w.adopt(m)
	}
	w.wiring, w.now = w.g.wiring.Load(), w.g.config.Clock()
	if v := w.g.watched.Load(); v != w.watching || w.follow != nil {
		w.attend(v)
	}
	return w.seen
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
	if w.follow != nil {
		w.follow.enter(id, f)
	}
	start := cycles.Now()
	r.proc.Process(w, f)
	if w.follow != nil {
		w.follow.leave(id, f)
	}
	if len(r.dest) > 0 {
		w.scatter(r, f)
	}
	r.stats.add(f.n, cycles.Now()-start)
	f.n = 0
	w.spare = f
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
	for i := range w.nodes {
		if c, ok := w.nodes[i].proc.(Closer); ok {
			c.Close(w)
		}
	}
	w.cache.Close()
	_ = unix.Close(w.wake.fd)
}
