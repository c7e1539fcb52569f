package port

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// memoryQueue bounds the packets waiting in each direction of a memory port.
const memoryQueue = 4096

// Memory is an interface whose wire is the program's memory: what is injected is received, what is sent is collected.
// Set the exported fields before Open. Inject and Sent are safe for concurrent use, before Open and after Close too:
// what is injected then waits for the next Open.
type Memory struct {
	// Driver, MAC and MTU are what Info tells; without a name the driver is "memory".
	Driver string
	MAC    net.HardwareAddr
	MTU    int

	// OnRx, if not nil, sees each packet as it is received, and may write to its metadata. It runs on the worker and must
	// not keep the buffer.
	OnRx func(p *buffer.Pool, b buffer.Index)

	// OnTx, if not nil, sees each packet as it is sent, instead of its being collected. It runs on the worker and
	// must not keep the buffer.
	OnTx func(p *buffer.Pool, b buffer.Index)

	name  string
	ports []*memoryPort
}

// NewMemory makes a memory interface with a number of queues, at least one.
func NewMemory(name string, queues int) *Memory {
	m := &Memory{name: name}
	for range max(1, queues) {
		m.ports = append(m.ports, &memoryPort{owner: m, event: -1})
	}
	return m
}

// Name implements Interface.
func (m *Memory) Name() string { return m.name }

// Open implements Interface.
func (m *Memory) Open(*Host) (Device, error) {
	for i, p := range m.ports {
		if err := p.open(); err != nil {
			for _, q := range m.ports[:i] {
				_ = q.close()
			}
			return nil, fmt.Errorf("port: memory interface %q: %w", m.name, err)
		}
	}
	return m, nil
}

// Ports implements Device.
func (m *Memory) Ports() []Port {
	out := make([]Port, len(m.ports))
	for i, p := range m.ports {
		out[i] = p
	}
	return out
}

// Info implements Device.
func (m *Memory) Info() Info {
	return Info{Driver: cmp.Or(m.Driver, "memory"), MAC: m.MAC, MTU: m.MTU, Queues: len(m.ports), LinkUp: true, Software: true}
}

// Close implements Device.
func (m *Memory) Close() error {
	var errs []error
	for _, p := range m.ports {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}

// Inject makes packets arrive on a queue, in order. It copies them, and reports how many there was room for.
func (m *Memory) Inject(queue int, packets ...[]byte) int {
	p := m.ports[queue]
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(packets), memoryQueue-len(p.in))
	for _, b := range packets[:n] {
		p.in = append(p.in, append([]byte(nil), b...))
	}
	p.signal()
	return n
}

// Sent takes the packets sent by all queues since the last call, in order per queue.
func (m *Memory) Sent() (out [][]byte) {
	for _, p := range m.ports {
		p.mu.Lock()
		out = append(out, p.out...)
		p.out = nil
		p.mu.Unlock()
	}
	return out
}

// memoryPort is one queue of a Memory.
type memoryPort struct {
	owner *Memory
	cache *buffer.Cache

	mu      sync.Mutex
	event   int      // guarded by mu: eventfd, readable while in may hold packets; -1 while closed
	in, out [][]byte // guarded by mu

	noBuffer, tooLong, overrun atomic.Uint64
}

var errOpen = errors.New("it is open already; close it first")

func (p *memoryPort) open() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.event >= 0 {
		return errOpen
	}
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	p.event = fd
	p.signal()
	return nil
}

func (p *memoryPort) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	fd := p.event
	p.event = -1
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}

// signal makes the descriptor readable if there is a reason. p.mu is held.
func (p *memoryPort) signal() {
	if p.event >= 0 && len(p.in) > 0 {
		_, _ = unix.Write(p.event, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

func (p *memoryPort) Bind(c *buffer.Cache) { p.cache = c }

func (p *memoryPort) Rx(dst []buffer.Index) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.in) == 0 {
		return 0
	}
	n := p.cache.Alloc(dst[:min(len(dst), len(p.in))])
	if n == 0 {
		p.noBuffer.Add(1)
	}
	kept := 0
	for i := range n {
		if !p.cache.Pool().Put(dst[i], p.in[i]) {
			p.tooLong.Add(1)
			p.cache.Free(dst[i : i+1])
			continue
		}
		if p.owner.OnRx != nil {
			p.owner.OnRx(p.cache.Pool(), dst[i])
		}
		dst[kept] = dst[i]
		kept++
	}
	p.in = p.in[n:]
	if len(p.in) == 0 {
		var b [8]byte
		_, _ = unix.Read(p.event, b[:])
	}
	return kept
}

func (p *memoryPort) Tx(src []buffer.Index) int {
	pool := p.cache.Pool()
	n := len(src)
	if p.owner.OnTx != nil {
		for _, b := range src {
			p.owner.OnTx(pool, b)
		}
	} else {
		p.mu.Lock()
		n = min(n, memoryQueue-len(p.out))
		for _, b := range src[:n] {
			p.out = append(p.out, append([]byte(nil), pool.Bytes(b)...))
		}
		p.mu.Unlock()
		p.overrun.Add(uint64(len(src) - n))
	}
	p.cache.Free(src[:n])
	return n
}

func (p *memoryPort) Flush() bool { return false }

func (p *memoryPort) FD() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.event
}

func (p *memoryPort) Stats(emit func(string, uint64)) {
	emit("rx no buffer", p.noBuffer.Load())
	emit("rx longer than a buffer", p.tooLong.Load())
	emit("tx queue full", p.overrun.Load())
}
