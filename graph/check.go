package graph

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
)

// Check makes a graph watch its nodes, for tests of nodes: what would panic, or count for somebody else, becomes a Fault, and the
// graph goes on. It costs several times what most nodes do. Without it nothing is watched, and nothing paid.
type Check struct {
	// Fault is told of what a node has done wrong, on the worker's goroutine or that of Graph.Close.
	Fault func(Fault)
	// Around, if not nil, calls run, which is one Process of a node with n packets, or one Poll, with 0.
	Around func(node string, n int, run func())
}

// Fault is what a node has done wrong.
type Fault struct {
	Node    string
	What    string   // in words that continue the node's name
	N       int      // packets that it is about; 0: none that are known
	Packets [][]byte // copies of the first of them
	Stack   []string // of a panic: function and file:line, the innermost first
}

// Bounds of what is watched.
const (
	faultPackets = 3
	// maxRounds is how often a node may run in one pass. Packets that go in circles without an end would keep the pass from its own.
	maxRounds = 1000
)

// checker is what is known of a graph that is watched.
type checker struct {
	*Check
	last []lastSeen // by buffer; belongs to whoever owns the buffer
}

// lastSeen is the node that had a buffer last.
type lastSeen struct {
	node  uint16
	seen  bool
	held  bool   // by the node, which has said Hold
	limbo bool   // with a node that panicked: nobody knows whose it is
	taken bool   // by the node, with Worker.Alloc
	poll  uint64 // the pass in which a node has put it into the graph

	reason uint8 // Meta.Reason before the node ran, where that is watched
}

func newChecker(c *Check, p *buffer.Pool) *checker {
	if c == nil {
		return nil
	}
	return &checker{Check: c, last: make([]lastSeen, p.Len())}
}

// watched is a node that is watched.
type watched struct {
	*checker
	w       *Worker
	id      uint16
	node    *PlannedNode
	proc    Processor
	counted [256]counter.Counter // by Counter, those too that the node has not
	before  [VectorSize]buffer.Index
	newest  [2 * VectorSize]buffer.Index // as freed needs them
	frame   *Frame                       // in Process
	call    func()                       // run of frame
	fine    bool                         // run has come back
	pass    uint64                       // the last one
	rounds  int                          // of Process in that pass

	asksWhy bool // the node drops packets, and has several counters to say why
	told    bool // that it does not
}

// watch puts itself between the worker and a node.
func (c *checker) watch(w *Worker, id uint16, r *nodeRuntime) {
	x := &watched{checker: c, w: w, id: id, node: &w.g.Plan.Nodes[id], proc: r.proc}
	x.call, x.asksWhy = x.run, len(x.node.Counters) > 1 && slices.Contains(x.node.dest, dest{toNode, w.g.Plan.drop})
	r.count, r.proc = x.counted[:], x
	if p, ok := x.proc.(Poller); ok {
		r.proc = x.watchPoll(p)
	}
}

// Close implements Closer.
func (x *watched) Close(w *Worker) {
	if c, ok := x.proc.(Closer); ok {
		c.Close(w)
	}
}

// Process implements Processor.
func (x *watched) Process(w *Worker, f *Frame) {
	n := copy(x.before[:], f.bufs[:f.n])
	for _, b := range x.before[:n] {
		x.last[b] = lastSeen{node: x.id, seen: true}
	}
	x.hideReasons(x.before[:n])
	if x.circles() {
		x.fault(fmt.Sprintf("has run %d times in one pass: packets go round in circles. They end here", maxRounds), f.bufs[:n])
		w.Free(f.bufs[:n])
		f.n = 0
		return
	}
	x.frame, x.fine = f, false
	x.around(n, x.call)
	switch {
	case !x.fine:
		x.abandon(x.before[:n])
		f.n = 0
	case len(x.node.dest) > 0:
		if !x.sameVector(f) {
			copy(f.bufs[:n], x.before[:n])
		}
		x.nexts(f)
		x.freed(f)
		x.reasons(f)
	}
}

// around calls what is the node's, with n packets.
func (x *watched) around(n int, call func()) {
	if x.Around != nil {
		x.Around(x.node.Name, n, call)
	} else {
		call()
	}
	x.counts()
}

// run is Process of the node.
func (x *watched) run() {
	defer x.recovered(x.before[:x.frame.n])
	x.proc.Process(x.w, x.frame)
	x.fine = true
}

// recovered tells of a panic.
func (x *watched) recovered(bufs []buffer.Index) {
	what := recover()
	if what == nil {
		return
	}
	text := fmt.Sprintf("panics: %v", what)
	if len(bufs) > 1 {
		text += fmt.Sprintf("; it was given %d packets", len(bufs))
	}
	f := x.newFault(text, bufs)
	f.Stack = stack()
	x.Fault(f)
}

// stack is the calls between a panic and the code here that recovers from it.
func stack() (lines []string) {
	var pc [64]uintptr
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc[:])])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if strings.Contains(f.Function, "graph.(*watched") {
			break
		}
		if !strings.HasPrefix(f.Function, "runtime.") {
			lines = append(lines, fmt.Sprintf("%s %s:%d", f.Function, f.File, f.Line))
		}
	}
	return lines
}

// circles counts how often the node runs in a pass.
func (x *watched) circles() bool {
	if p := x.w.Pass(); p != x.pass {
		x.pass, x.rounds = p, 0
	}
	x.rounds++
	return x.rounds > maxRounds
}

// counts adds up what the node has counted, by the counters that it has.
func (x *watched) counts() {
	has := x.node.Counters
	for c := range x.counted {
		n := x.counted[c].Load()
		if n == 0 {
			continue
		}
		x.counted[c].Reset()
		if c < len(has) {
			x.w.nodes[x.id].stats.counters[c].Add(n)
			continue
		}
		x.fault(fmt.Sprintf("counts %d with counter %d, which has no text in Spec.Counters: %s", n, c, enum(has, "it has none")), nil)
	}
}

// sameVector says whether the node has left the packets in their frame, in whatever order.
func (x *watched) sameVector(f *Frame) bool {
	before, after := x.before[:f.n], f.bufs[:f.n]
	left := make(map[buffer.Index]int, len(before))
	for _, b := range before {
		left[b]++
	}
	for _, b := range after {
		left[b]--
	}
	var lost []buffer.Index
	for _, b := range before {
		if left[b] > 0 {
			lost = append(lost, b)
		}
	}
	if len(lost) > 0 {
		x.fault("has written over packets of its vector, which would be lost", lost)
	}
	return len(lost) == 0
}

// freed looks for packets that the node has freed, which are the worker's newest free buffers, and that have a next all the same.
func (x *watched) freed(f *Frame) {
	newest := x.newest[:x.w.cache.Alloc(x.newest[:2*f.n])]
	var wrong []buffer.Index
	kept := 0
	for i, b := range f.bufs[:f.n] {
		if x.node.dest[f.nexts[i]].kind != toHold && slices.Contains(newest, b) { // what it holds is its own
			wrong = append(wrong, b)
			continue
		}
		f.bufs[kept], f.nexts[kept] = b, f.nexts[i]
		kept++
	}
	f.n = kept
	if len(wrong) > 0 {
		x.fault("frees packets that go on to its nexts, too", wrong)
	}
	x.w.cache.Free(newest)
}

// nexts looks at where the node sends packets. What it sends nowhere ends here.
func (x *watched) nexts(f *Frame) {
	var wrong []buffer.Index
	kept, next := 0, Next(0)
	for i, b := range f.bufs[:f.n] {
		if int(f.nexts[i]) >= len(x.node.dest) {
			wrong, next = append(wrong, b), f.nexts[i]
			continue
		}
		x.last[b].held = x.node.dest[f.nexts[i]].kind == toHold
		f.bufs[kept], f.nexts[kept] = b, f.nexts[i]
		kept++
	}
	if len(wrong) > 0 {
		f.n = kept
		x.fault(fmt.Sprintf("gives a packet next %d, which Spec.Nexts has not: %s", next, enum(x.node.Nexts, "it has none")), wrong)
		x.w.Free(wrong)
	}
}

// enum is names with their numbers.
func enum(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	var s []string
	for i, n := range names {
		s = append(s, fmt.Sprintf("%d %q", i, n))
	}
	return "it has " + strings.Join(s, ", ")
}

// abandon leaves packets alone that a node was at work on when it panicked: nobody knows whose they are.
func (x *watched) abandon(bufs []buffer.Index) {
	for _, b := range bufs {
		x.last[b].limbo = true
	}
}

func (x *watched) fault(what string, bufs []buffer.Index) { x.Fault(x.newFault(what, bufs)) }

func (x *watched) newFault(what string, bufs []buffer.Index) Fault {
	return faultOf(x.w.pool, x.node.Name, what, bufs)
}

func faultOf(p *buffer.Pool, node, what string, bufs []buffer.Index) Fault {
	f := Fault{Node: node, What: what, N: len(bufs)}
	for _, b := range bufs[:min(len(bufs), faultPackets)] {
		f.Packets = append(f.Packets, append([]byte(nil), p.Bytes(b)...))
	}
	return f
}
