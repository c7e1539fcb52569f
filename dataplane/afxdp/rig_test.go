package afxdp

import (
	"encoding/binary"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/netlab"
)

// rig is two hosts with a forwarder between them, each cable a veth pair:
//
//	a: eth0 10.0.0.1 ── left ─ forwarder ─ right ── eth0 10.0.0.2 :b
type rig struct {
	t       testing.TB
	lab     *netlab.Lab
	a, b    *netlab.Host
	dp      *netlab.Host // the dataplane's own namespace
	pool    *buffer.Pool
	host    *port.Host
	held    int          // times the workers were held
	barrier sync.RWMutex // the loop reads, Hold writes
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("%s: not root: network namespaces, veth and AF_XDP need it", t.Name())
	}
}

func newRig(t *testing.T, queues int) *rig { return newRigOf(t, queues, 16384, 2048) }

func newRigOf(t testing.TB, queues, buffers, size int) *rig {
	t.Helper()
	needRoot(t)
	r := &rig{t: t}
	var err error
	r.lab, err = netlab.New()
	ok(t, err)
	t.Cleanup(func() { ok(t, r.lab.Close()) })
	for _, h := range []struct {
		name string
		host **netlab.Host
	}{{"a", &r.a}, {"b", &r.b}, {"dataplane", &r.dp}} {
		*h.host, err = r.lab.Host(h.name)
		ok(t, err)
	}
	r.cable("left", r.a, "10.0.0.1/24", "fd00::1/64", queues)
	r.cable("right", r.b, "10.0.0.2/24", "fd00::2/64", queues)
	r.addPool(buffers, size)
	return r
}

// newRigPool is a rig without hosts.
func newRigPool(t testing.TB) *rig {
	r := &rig{t: t}
	r.addPool(1024, 2048)
	return r
}

func (r *rig) addPool(buffers, size int) {
	var err error
	r.pool, err = buffer.New(buffers, size)
	ok(r.t, err)
	r.t.Cleanup(func() { ok(r.t, r.pool.Close()) })
	r.host = &port.Host{Pool: r.pool, Drivers: map[string]any{}, Hold: func(f func()) {
		r.barrier.Lock()
		defer r.barrier.Unlock()
		r.held++
		f()
	}}
}

func (r *rig) cable(name string, h *netlab.Host, addr4, addr6 string, queues int) {
	r.t.Helper()
	ok(r.t, r.lab.Pair(
		netlab.End{Host: h, Name: "eth0", Queues: queues, Addrs: []string{addr4, addr6}, MAC: net.HardwareAddr{2, 0, 0, 0, 0, h.Name[0]}},
		netlab.End{Host: r.dp, Name: name, Queues: queues}))
}

// open opens an interface in the dataplane's namespace.
func (r *rig) open(name string, opts ...Option) port.Device {
	r.t.Helper()
	d, err := r.tryOpen(name, opts...)
	ok(r.t, err)
	return d
}

func (r *rig) tryOpen(name string, opts ...Option) (d port.Device, err error) {
	_ = r.dp.Do(func() error {
		d, err = Interface(name, opts...).Open(r.host)
		return nil
	})
	return d, err
}

// close closes devices and checks that the pool has all buffers again.
func (r *rig) close(devs ...port.Device) {
	r.t.Helper()
	for _, d := range devs {
		ok(r.t, d.Close())
	}
	if n := r.pool.InUse(); n != 0 {
		r.t.Fatalf("%d buffers in use after close", n)
	}
}

// loop forwards between two devices, queue by queue, until stopped.
type loop struct {
	left, right []port.Port
	fwd         int   // packets, valid once stopped
	got         []int // packets by receive queue, both ways together, valid once stopped
	quit, done  chan struct{}
}

func (r *rig) forward(left, right port.Device) *loop {
	l := &loop{left: left.Ports(), right: right.Ports(), got: make([]int, len(left.Ports())), quit: make(chan struct{}), done: make(chan struct{})}
	cache := r.pool.NewCache()
	for _, p := range append(left.Ports(), right.Ports()...) {
		p.Bind(cache)
	}
	go func() {
		defer close(l.done)
		defer cache.Close()
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for idle := 0; ; idle++ {
			select {
			case <-l.quit:
				return
			default:
			}
			r.barrier.RLock()
			n, again := l.pass(r.pool, cache)
			r.barrier.RUnlock()
			if n > 0 || again {
				idle = 0
			}
			if idle > 100 {
				time.Sleep(20 * time.Microsecond)
			}
		}
	}()
	return l
}

// pass is one turn of the loop.
func (l *loop) pass(pool *buffer.Pool, cache *buffer.Cache) (n int, again bool) {
	var vec [256]buffer.Index
	for i := range l.left {
		for _, way := range [2][2]port.Port{{l.left[i], l.right[i]}, {l.right[i], l.left[i]}} {
			k := way[0].Rx(vec[:])
			for _, b := range vec[:k] {
				completeChecksum(pool.Bytes(b))
			}
			taken := way[1].Tx(vec[:k])
			cache.Free(vec[taken:k])
			n += k
			l.got[i] += k
		}
	}
	l.fwd += n
	for i := range l.left {
		again = l.left[i].Flush() || again
		again = l.right[i].Flush() || again
	}
	return n, again
}

func (l *loop) stop() {
	close(l.quit)
	<-l.done
}

// completeChecksum fills in a TCP or UDP checksum that was left to an offload.
func completeChecksum(p []byte) {
	var addrs, l4 []byte
	var proto byte
	switch {
	case len(p) >= 34 && p[12] == 0x08 && p[13] == 0:
		l4, addrs, proto = p[14+int(p[14]&15)*4:14+int(p[16])<<8+int(p[17])], p[26:34], p[23]
	case len(p) >= 54 && p[12] == 0x86 && p[13] == 0xdd:
		l4, addrs, proto = p[54:54+int(p[18])<<8+int(p[19])], p[22:54], p[20]
	}
	at := map[byte]int{6: 16, 17: 6}[proto]
	if at == 0 || len(l4) < at+2 {
		return
	}
	pseudo := sum(addrs) + uint32(proto) + uint32(len(l4))
	if uint32(binary.BigEndian.Uint16(l4[at:])) != fold(pseudo) {
		return
	}
	binary.BigEndian.PutUint16(l4[at:], 0)
	c := ^uint16(fold(pseudo + sum(l4)))
	if c == 0 && proto == 17 {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(l4[at:], c)
}

func sum(b []byte) (s uint32) {
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

func fold(s uint32) uint32 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return s
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stats collects a port's counters.
func stats(p port.Port) map[string]uint64 {
	m := map[string]uint64{}
	p.Stats(func(name string, v uint64) {
		if v != 0 {
			m[name] = v
		}
	})
	return m
}

// eventually waits for a condition that the kernel brings about.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not seen within 3 s: %s", what)
		}
	}
}
