package pcapport

import (
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

// Interface is an interface with one queue that receives what In holds and writes what it sends to Out. It receives as
// fast as it is asked to, whatever the packets' times. It may be opened again, and then goes on where it was.
type Interface struct {
	IfName string           // the operator's name
	MAC    net.HardwareAddr // shown in Info
	In     Source           // what is received; nil for nothing
	Out    *Writer          // where sent packets go; nil drops them
	Now    func() int64     // time of sent packets, ns since 1970, read once per vector; nil: that of the packet last received

	ended atomic.Pointer[error] // what In returned at its end: stored by the port's owner
}

// Name implements port.Interface.
func (i *Interface) Name() string { return i.IfName }

// Open implements port.Interface. It cannot fail: In and Out are open already.
func (i *Interface) Open(h *port.Host) (port.Device, error) {
	return &device{i: i, mtu: h.Pool.Room() - etherRoom, ports: [1]port.Port{&queue{i: i}}}, nil
}

// Err is nil while In may have more packets, io.EOF behind its last one, and otherwise why it cannot be read on. Any
// goroutine may call it.
func (i *Interface) Err() error {
	if err := i.ended.Load(); err != nil {
		return *err
	}
	if i.In == nil {
		return io.EOF
	}
	return nil
}

type device struct {
	i     *Interface
	mtu   int
	ports [1]port.Port
}

func (d *device) Ports() []port.Port { return d.ports[:] }

func (d *device) Info() port.Info {
	return port.Info{Driver: "pcap", MAC: d.i.MAC, MTU: d.mtu, Queues: 1, LinkUp: true}
}

// Close writes out what was sent. The files stay open: they are not the device's.
func (d *device) Close() error {
	if d.i.Out == nil {
		return nil
	}
	return d.i.Out.flush()
}

// queue is the port. It holds no buffer between two calls.
type queue struct {
	i        *Interface
	cache    *buffer.Cache
	lastTime int64
	pending  uint64 // packets given to Out since the last Flush

	// Counters: the owner adds, any goroutine loads.
	rxLong, rxBroken, txTime, txFailed, txNowhere atomic.Uint64
}

// Bind implements port.Port.
func (q *queue) Bind(c *buffer.Cache) { q.cache = c }

// Rx implements port.Port. A packet that no buffer can hold is counted and left out.
func (q *queue) Rx(dst []buffer.Index) int {
	if q.i.Err() != nil {
		return 0
	}
	dst = dst[:q.cache.Alloc(dst)]
	n := 0
	for n < len(dst) {
		p, err := q.i.In.Next()
		if err != nil {
			q.end(err)
			break
		}
		q.lastTime = p.Time
		if !q.cache.Pool().Put(dst[n], p.Data) {
			q.rxLong.Add(1)
			continue
		}
		n++
	}
	q.cache.Free(dst[n:])
	return n
}

func (q *queue) end(err error) {
	if !errors.Is(err, io.EOF) {
		q.rxBroken.Add(1)
	}
	q.i.ended.Store(&err)
}

// Tx implements port.Port. It takes all: what cannot be written is counted and dropped.
func (q *queue) Tx(src []buffer.Index) int {
	now := q.lastTime
	if q.i.Now != nil {
		now = q.i.Now()
	}
	for _, b := range src {
		q.write(now, q.cache.Pool().Bytes(b))
	}
	q.cache.Free(src)
	return len(src)
}

func (q *queue) write(now int64, p []byte) {
	if q.i.Out == nil {
		q.txNowhere.Add(1)
		return
	}
	switch err := q.i.Out.add(now, p, 0); err {
	case nil:
		q.pending++
	case ErrTime:
		q.txTime.Add(1)
	default:
		q.txFailed.Add(1)
	}
}

// Flush implements port.Port: what Tx took is written to the file, and there is more to do until In has ended.
func (q *queue) Flush() (again bool) {
	if q.pending > 0 {
		if q.i.Out.flush() != nil {
			q.txFailed.Add(q.pending)
		}
		q.pending = 0
	}
	return q.i.Err() == nil
}

// FD implements port.Port.
func (q *queue) FD() int { return -1 }

// Stats implements port.Port.
func (q *queue) Stats(emit func(name string, value uint64)) {
	emit("rx packets longer than a buffer", q.rxLong.Load())
	emit("rx capture broken", q.rxBroken.Load())
	emit("tx time outside what a capture can hold", q.txTime.Load())
	emit("tx write failed", q.txFailed.Load())
	emit("tx dropped, no capture to write", q.txNowhere.Load())
}
