package graph

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/dataplane/port"
)

// MaxInterfaces bounds sw_if_index, so that counters by interface need not move while workers write them.
const MaxInterfaces = 1024

// portMap is a worker's view of the interfaces: an immutable snapshot.
type portMap struct {
	rx []rxPort // the worker's own
	tx []txPort // by sw_if_index
}

func (m *portMap) owns(p port.Port) bool {
	return slices.ContainsFunc(m.rx, func(r rxPort) bool { return r.Port == p })
}

type rxPort struct {
	port.Port
	swIf  uint32
	flags uint8 // buffer.Flag… to set on received packets
	up    bool
}

// txPort says how a worker sends by an interface: by its own port, or through the worker that has one.
type txPort struct {
	own    port.Port
	via    *handoff // where own is nil: the ring to the owner
	owner  *Worker  // whom to wake for via
	up     bool
	parent uint32 // where the ports are another interface's: that one; else 0
}

// Attachment is an interface as the workers are to see it.
type Attachment struct {
	SwIf   uint32
	Up     bool
	Flags  uint8 // buffer.Flag… to set on received packets
	Ports  []port.Port
	Parent uint32 // of a sub-interface, which has no ports of its own: the interface that it sends by, earlier in the list; else 0
}

// SetPorts publishes the interfaces to all workers: queue q of each belongs to worker q modulo the number of workers. A
// worker binds a port that it has not had before to its supply of buffers, in its next pass. When an epoch has passed
// after SetPorts, no worker uses a port that is not in the list any more.
func (g *Graph) SetPorts(list []Attachment) {
	maps := make([]*portMap, len(g.Workers))
	for i := range maps {
		maps[i] = &portMap{}
	}
	for _, a := range list {
		for q, p := range a.Ports {
			m := maps[q%len(g.Workers)]
			m.rx = append(m.rx, rxPort{p, a.SwIf, a.Flags, a.Up})
		}
		for i, m := range maps {
			m.tx = g.addTx(m.tx, i, a)
		}
	}
	for i, m := range maps {
		g.Workers[i].ports.Store(m)
	}
	g.Wake()
}

// adopt makes a new view of the ports the worker's: ports it has not had before get its supply of buffers.
func (w *Worker) adopt(m *portMap) {
	w.polls = append(w.polls[:0], unix.PollFd{Fd: int32(w.wake.fd), Events: unix.POLLIN})
	w.watch = false
	for i := range m.rx {
		p := m.rx[i].Port
		if !w.seen.owns(p) {
			p.Bind(w.cache)
		}
		if fd := p.FD(); fd >= 0 {
			w.polls = append(w.polls, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
		} else {
			w.watch = true
		}
	}
	w.seen = m
}

func (g *Graph) addTx(tx []txPort, worker int, a Attachment) []txPort {
	for int(a.SwIf) >= len(tx) {
		tx = append(tx, txPort{})
	}
	if a.Parent != 0 {
		if int(a.Parent) < len(tx) {
			tx[a.SwIf] = tx[a.Parent]
			tx[a.SwIf].up, tx[a.SwIf].parent = a.Up && tx[a.Parent].up, a.Parent
		}
		return tx
	}
	if len(a.Ports) == 0 {
		return tx
	}
	t := txPort{up: a.Up}
	if worker < len(a.Ports) {
		t.own = a.Ports[worker]
	} else {
		t.owner = g.Workers[worker%len(a.Ports)]
		t.via = t.owner.from[worker]
	}
	tx[a.SwIf] = t
	return tx
}

// TxFault says why packets could not be sent.
type TxFault uint8

// The faults of Transmit.
const (
	TxDown TxFault = iota + 1 // the interface is down, or there is none
	TxFull                    // the port, or the ring to the worker that owns it, has no room
)

// Transmit sends a vector by the interface of its packets' Meta.TxIf, which must be the same for all, swIf. It takes the
// packets in order; the unsent rest remains the caller's.
func (w *Worker) Transmit(swIf uint32, bufs []buffer.Index) (unsent []buffer.Index, fault TxFault) {
	m := w.seen
	if int(swIf) >= len(m.tx) || !m.tx[swIf].up {
		if swIf < MaxInterfaces {
			w.rows.TxErrors[swIf].Add(uint64(len(bufs)))
		}
		return bufs, TxDown
	}
	t := &m.tx[swIf]
	var octets uint64 // read before the packets are the port's
	v := w.pool.View()
	for _, b := range bufs {
		octets += uint64(v.Meta(b).Len)
	}
	if w.follow != nil {
		w.follow.sending(swIf, bufs)
	}
	var n int
	if t.own != nil {
		n = t.own.Tx(bufs)
	} else {
		n = t.via.push(bufs)
		w.toWake[t.owner.id] = true
	}
	if w.follow != nil {
		w.follow.sent(swIf, n, len(bufs))
	}
	for _, b := range bufs[n:] {
		octets -= uint64(w.Meta(b).Len)
	}
	w.rows.Tx[swIf].Add(uint64(n), octets)
	if t.parent != 0 {
		w.rows.Tx[t.parent].Add(uint64(n), octets)
	}
	if n < len(bufs) {
		w.rows.TxErrors[swIf].Add(uint64(len(bufs) - n))
	}
	return bufs[n:], TxFull
}

// Receive counts n packets, of so many bytes, as received by an interface, for nodes that put packets into the graph. It reports
// whether the interface is there and up; where it is not, the packets are to be dropped by the node.
func (w *Worker) Receive(swIf uint32, n, octets int) (up bool) {
	if int(swIf) >= len(w.seen.tx) {
		return false
	}
	w.rows.Rx[swIf].Add(uint64(n), uint64(octets))
	up = w.seen.tx[swIf].up
	if !up {
		w.down[swIf].rx.Add(uint64(n))
	}
	return up
}

// Up reports whether an interface is there and up, and what it hangs on as well.
func (w *Worker) Up(swIf uint32) bool { return int(swIf) < len(w.seen.tx) && w.seen.tx[swIf].up }

// Sent counts n packets, of so many bytes, as sent by an interface, for nodes that send by one without its port. It reports whether the
// interface is there and up; where it is not, they count as errors and are to be dropped by the node.
func (w *Worker) Sent(swIf uint32, n, octets int) (up bool) {
	if int(swIf) >= len(w.seen.tx) {
		return false
	}
	if up = w.seen.tx[swIf].up; up {
		w.rows.Tx[swIf].Add(uint64(n), uint64(octets))
	} else {
		w.rows.TxErrors[swIf].Add(uint64(n))
	}
	return up
}

// takeHandoffs sends what other workers have left here.
func (w *Worker) takeHandoffs(m *portMap) (busy bool) {
	for _, h := range w.from {
		if h == nil || h.head.Load() == h.tail.Load() {
			continue
		}
		busy = true
		n := h.pop(w.scratch[:])
		for i := 0; i < n; {
			swIf, j := w.Meta(w.scratch[i]).TxIf, i+1
			for j < n && w.Meta(w.scratch[j]).TxIf == swIf {
				j++
			}
			w.sendHandoff(m, swIf, w.scratch[i:j])
			i = j
		}
	}
	return busy
}

func (w *Worker) sendHandoff(m *portMap, swIf uint32, bufs []buffer.Index) {
	n := 0
	if int(swIf) < len(m.tx) && m.tx[swIf].own != nil && m.tx[swIf].up {
		n = m.tx[swIf].own.Tx(bufs)
	}
	if n < len(bufs) {
		w.rows.TxErrors[swIf].Add(uint64(len(bufs) - n))
		w.down[swIf].tx.Add(uint64(len(bufs) - n))
		w.Free(bufs[n:])
	}
}

// ifDown counts of one interface on one worker what is told to the operator only. The worker is the only writer.
type ifDown struct {
	rx counter.Counter // received while the interface was down, dropped
	tx counter.Counter // handed to the port's owner, which could not send them
}
