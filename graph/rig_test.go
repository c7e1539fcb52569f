package graph_test

import (
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

// process makes a node of a function.
type process func(w *graph.Worker, f *graph.Frame)

func (p process) Process(w *graph.Worker, f *graph.Frame) { p(w, f) }

func node(name string, p process, nexts ...string) graph.Spec {
	return graph.Spec{Name: name, Nexts: nexts, New: func(*graph.Worker) graph.Processor { return p }}
}

// to gives all packets the same next.
func to(n graph.Next) process {
	return func(_ *graph.Worker, f *graph.Frame) {
		_, nexts := f.Vector()
		for i := range nexts {
			nexts[i] = n
		}
	}
}

// dropNode is error-drop.
var dropNode = node(graph.ErrorDrop, func(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	w.Drop(bufs)
})

// outNode sends each packet by its TxIf and counts what could not be sent.
func outNode() graph.Spec {
	s := node("out", func(w *graph.Worker, f *graph.Frame) {
		bufs, _ := f.Vector()
		for i := range bufs {
			unsent, fault := w.Transmit(w.Meta(bufs[i]).TxIf, bufs[i:i+1])
			if len(unsent) > 0 {
				w.Count(graph.Counter(fault-graph.TxDown), len(unsent))
			}
			w.Drop(unsent)
		}
	})
	s.Counters = graph.Counters{"down", "full"}
	return s
}

// rig is a graph over memory interfaces 1, 2, …
type rig struct {
	*graph.Graph
	t      testing.TB
	pool   *buffer.Pool
	mems   []*port.Memory
	list   []graph.Attachment
	ended  sync.WaitGroup
	closed bool
}

type config struct {
	specs   []graph.Spec
	arcs    []graph.ArcSpec
	workers int
	queues  []int // by interface; default: two interfaces of one queue
	buffers int
	cores   []int
	clock   func() int64
	dropped func(w *graph.Worker, b buffer.Index)
	check   *graph.Check
}

func newRig(t testing.TB, c config) *rig {
	t.Helper()
	plan, err := graph.NewPlan(c.specs, c.arcs)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t}
	if c.buffers == 0 {
		c.buffers = 16384
	}
	if r.pool, err = buffer.New(c.buffers, buffer.MinSize); err != nil {
		t.Fatal(err)
	}
	r.Graph, err = graph.New(graph.Config{Plan: plan, Pool: r.pool, Workers: max(1, c.workers), Cores: c.cores, Clock: c.clock, Dropped: c.dropped, Check: c.check})
	if err != nil {
		t.Fatal(err)
	}
	if c.queues == nil {
		c.queues = []int{1, 1}
	}
	for i, q := range c.queues {
		m := port.NewMemory(string(rune('a'+i)), q)
		r.mems = append(r.mems, m)
		r.attach(uint32(i+1), m)
	}
	r.SetPorts(r.list)
	t.Cleanup(func() {
		if !r.closed {
			r.close()
		}
	})
	return r
}

func (r *rig) attach(swIf uint32, m *port.Memory) {
	d, err := m.Open(&port.Host{Pool: r.pool})
	if err != nil {
		r.t.Fatal(err)
	}
	r.AddInterface(swIf)
	r.list = append(r.list, graph.Attachment{SwIf: swIf, Up: true, Ports: d.Ports()})
}

// start runs the workers until the test ends or stop.
func (r *rig) start() {
	for _, w := range r.Workers {
		r.ended.Go(func() {
			if err := w.Run(); err != nil {
				r.t.Error(err)
			}
		})
	}
}

func (r *rig) stop() {
	for _, w := range r.Workers {
		w.Stop()
	}
	r.ended.Wait()
}

// close ends all and looks for leaks.
func (r *rig) close() {
	r.closed = true
	r.stop()
	r.Graph.Close()
	for _, m := range r.mems {
		if err := m.Close(); err != nil {
			r.t.Error(err)
		}
	}
	if n := r.pool.InUse(); n != 0 {
		r.t.Errorf("%d buffers leaked", n)
	}
	_ = r.pool.Close()
}

// drain steps all workers by hand until nobody finds work.
func (r *rig) drain() {
	for busy := true; busy; {
		busy = false
		for _, w := range r.Workers {
			busy = w.Step() || busy
		}
	}
}

// packets are n packets that hold their numbers from first.
func packets(first, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = make([]byte, 64)
		binary.BigEndian.PutUint32(out[i], uint32(first+i))
	}
	return out
}

func number(p []byte) int { return int(binary.BigEndian.Uint32(p)) }

// eventually waits for what other goroutines do, much longer than they need.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never happened", what)
		}
	}
}

// count is the sum of the error counters that match.
func (r *rig) count(node, reason string) (n uint64) {
	for _, e := range r.Errors() {
		if e.Node == node && e.Reason == reason {
			n += e.Count
		}
	}
	return n
}

const strays = graph.Strays

// loop is a port that allocates nothing: it always has n packets and swallows what it is to send.
type loop struct {
	cache  *buffer.Cache
	n      int
	packet []byte
}

func (p *loop) Bind(c *buffer.Cache) { p.cache = c }

func (p *loop) Rx(dst []buffer.Index) int {
	n := p.cache.Alloc(dst[:min(len(dst), p.n)])
	for _, b := range dst[:n] {
		p.cache.Pool().Put(b, p.packet)
	}
	return n
}

func (p *loop) Tx(src []buffer.Index) int {
	p.cache.Free(src)
	return len(src)
}

func (*loop) Flush() bool                { return false }
func (*loop) FD() int                    { return -1 }
func (*loop) Stats(func(string, uint64)) {}

// loops gives interface 1 and 2 such ports.
func (r *rig) loops(n int) {
	for i := range r.list {
		r.list[i].Ports = []port.Port{&loop{n: n * (1 - i), packet: make([]byte, 64)}}
	}
	r.SetPorts(r.list)
	r.Workers[0].Step()
}
