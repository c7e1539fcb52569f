package l2

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// l2-flood sends a frame to all members of its domain but the one that it came from and those of that one's split horizon group.
// One member gets the frame itself, in the same pass. Where there are more the node keeps the frame, and makes the copies in the
// passes that follow: as many as these have room for behind what comes in, the frame itself goes to the last member.
//
//	Process ──hold──> queue, per worker, bounded ──Poll: copies──> Process ──> l2-output
//
// So floods cannot take the workers' time from other frames, nor more buffers than the queue and a vector: what does not fit is
// dropped and counted.

const (
	floodOutput graph.Next = iota
	floodBVI
	floodHold
	floodDrop
)

const (
	errNobody graph.Counter = iota
	errQueue
	errBuffers
	errFloodOff
	errLeft
	errEcho
	errOver
)

// floodQueue bounds the frames that wait for their copies, a power of two. Lower, and a burst of broadcasts loses some; higher, and
// more of the packet memory is a storm's.
const floodQueue = 1024

func (p *Plugin) floodSpec() graph.Spec {
	return graph.Spec{
		Name:  "l2-flood",
		Nexts: graph.Nexts{floodOutput: graph.ArcStart(OutputArc), floodBVI: bviInput, floodHold: graph.Hold, floodDrop: graph.ErrorDrop},
		Counters: graph.Counters{
			errNobody:   "dropped: no other member to flood to",
			errQueue:    "dropped: too many frames wait to be flooded",
			errBuffers:  "L2 replication failures: no buffers for copies",
			errFloodOff: "dropped: flooding is off",
			errLeft:     "dropped: the interface was just taken out of its bridge domain",
			errEcho:     "loop: dropped, was flooded a moment ago",
			errOver:     "dropped: more than the flood limit",
		},
		New:   func(*graph.Worker) graph.Processor { return &flooder{Plugin: p} },
		Trace: p.frameTrace,
	}
}

// flooder is l2-flood on one worker.
type flooder struct {
	*Plugin
	queue      [floodQueue]flooding
	head, tail uint32
	back       int // how many of the frame are Poll's
}

// flooding is a frame on its way to several members.
type flooding struct {
	buf     buffer.Index
	members []flood // of its domain, when it came
	at      int     // the first that has not got it
	from    bridgePort
	rx      uint32
}

// Process sends on what Poll has made and begins to flood the rest.
func (n *flooder) Process(w *graph.Worker, f *graph.Frame) {
	s := n.state.Load()
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	back := min(n.back, len(bufs))
	n.back = 0
	for i, b := range bufs[:back] {
		nexts[i] = s.nextTo(v.Meta(b).TxIf)
	}
	now := w.Now()
	for i, b := range bufs[back:] {
		m := v.Meta(b)
		next, why := n.begin(s, b, m, v.Bytes(b, m), now)
		if nexts[back+i] = next; next == floodDrop {
			m.Reason = uint8(why) + 1
			w.Count(why, 1)
		}
	}
}

// nextTo is how a frame gets to a member.
func (s *state) nextTo(swIf uint32) graph.Next {
	if s.port(swIf).has(portBVI) {
		return floodBVI
	}
	return floodOutput
}

// begin floods a frame, or keeps it for that. why is the reason of a drop.
func (n *flooder) begin(s *state, b buffer.Index, m *buffer.Meta, p []byte, now int64) (next graph.Next, why graph.Counter) {
	from := s.port(m.RxIf)
	switch {
	case from.domain == 0 || len(p) < headerLen:
		return floodDrop, errLeft
	case p[0]&groupBit != 0 && !from.has(portFloods):
		return floodDrop, errFloodOff
	}
	if why, ok := s.bounded(from, m.RxIf, p, now); !ok {
		return floodDrop, why
	}
	x := flooding{buf: b, members: s.domains[from.domain].members, from: from, rx: m.RxIf}
	if !x.seek(s) {
		return floodDrop, errNobody
	}
	m.TxIf = x.members[x.at].swIf
	x.at++
	if !x.seek(s) {
		return s.nextTo(m.TxIf), 0
	}
	if n.tail-n.head == floodQueue {
		return floodDrop, errQueue
	}
	x.at = 0
	x.seek(s)
	m.Flags &^= buffer.FlagHasFlow | buffer.FlagReply // the session may be another one when the copies leave
	n.queue[n.tail%floodQueue] = x
	n.tail++
	return floodHold, 0
}

// bounded says whether a frame may be flooded, or the reason why not.
func (s *state) bounded(from bridgePort, rx uint32, p []byte, now int64) (why graph.Counter, ok bool) {
	if from.has(portChecks) && !s.mayFlood(from, rx, p, now) {
		s.watch(rx).echoes.Add(1)
		return errEcho, false
	}
	if d := &s.domains[from.domain]; d.interval != 0 && !s.watch(rx).allows(now, d.interval, d.burst) {
		s.watch(rx).over.Add(1)
		return errOver, false
	}
	return 0, true
}

// seek moves on to the next member that is to get the frame, if there is one.
func (x *flooding) seek(s *state) bool {
	for ; x.at < len(x.members); x.at++ {
		m := &x.members[x.at]
		if m.swIf != x.rx && (x.from.shg == 0 || x.from.shg != m.shg) && s.port(m.swIf).domain == x.from.domain {
			return true
		}
	}
	return false
}

// Poll makes copies.
func (n *flooder) Poll(w *graph.Worker, room []buffer.Index) (k int) {
	if n.head == n.tail {
		return 0
	}
	s := n.state.Load()
	v := w.Packets()
	for n.head != n.tail && k < len(room) {
		x := &n.queue[n.head%floodQueue]
		if !x.seek(s) { // the members that were left have gone: the frame ends at one that is no member any more
			room[k] = x.buf
			v.Meta(x.buf).TxIf = 0
			k++
			n.pop()
			continue
		}
		k += n.copies(w, v, s, x, room[k:])
	}
	n.back = k
	return k
}

// copies fills room with the frame for the members that are left.
func (n *flooder) copies(w *graph.Worker, v buffer.View, s *state, x *flooding, room []buffer.Index) (k int) {
	for k < len(room) {
		to := x.members[x.at].swIf
		x.at++
		if !x.seek(s) {
			v.Meta(x.buf).TxIf = to
			room[k] = x.buf
			n.pop()
			return k + 1
		}
		if w.Alloc(room[k:k+1]) == 0 {
			w.Count(errBuffers, 1)
			continue
		}
		clone(v, room[k], x.buf, to)
		k++
	}
	return k
}

// pop forgets the oldest frame of the queue.
func (n *flooder) pop() {
	n.queue[n.head%floodQueue] = flooding{}
	n.head++
}

// clone makes a new buffer a copy of a frame, to leave by an interface.
func clone(v buffer.View, to, from buffer.Index, txIf uint32) {
	m, was := v.Meta(to), v.Meta(from)
	*m = *was
	m.TxIf, m.Traced = txIf, false
	copy(v.Bytes(to, m), v.Bytes(from, was))
}

// Close frees what waits.
func (n *flooder) Close(w *graph.Worker) {
	for ; n.head != n.tail; n.head++ {
		w.Free([]buffer.Index{n.queue[n.head%floodQueue].buf})
	}
}
