package gvpp_test

import (
	"fmt"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
)

// endless is an interface that always has n copies of a packet, swallows what it is to send, and allocates nothing.
type endless struct {
	name   string
	n      int
	packet []byte
	cache  *buffer.Cache
	sent   int
}

func (e *endless) Name() string                         { return e.name }
func (e *endless) Open(*port.Host) (port.Device, error) { return e, nil }
func (e *endless) Ports() []port.Port                   { return []port.Port{e} }
func (e *endless) Info() port.Info                      { return port.Info{Driver: "endless", Queues: 1, LinkUp: true} }
func (e *endless) Close() error                         { return nil }
func (e *endless) Bind(c *buffer.Cache)                 { e.cache = c }
func (e *endless) Flush() bool                          { return false }
func (e *endless) FD() int                              { return -1 }
func (e *endless) Stats(emit func(string, uint64))      { emit("nothing", 0) }

func (e *endless) Rx(dst []buffer.Index) int {
	n := e.cache.Alloc(dst[:min(len(dst), e.n)])
	for _, b := range dst[:n] {
		e.cache.Pool().Put(b, e.packet)
	}
	return n
}

func (e *endless) Tx(src []buffer.Index) int {
	e.cache.Free(src)
	e.sent += len(src)
	return len(src)
}

// forwarding is a dataplane whose Step moves n packets from one interface to the other.
func forwarding(t testing.TB, n int, line string) (r *rig, to *endless) {
	from := &endless{name: "from", n: n, packet: packetline.MustBuild(line)}
	to = &endless{name: "to"}
	r = newRig(t, gvpp.Config{Interfaces: []gvpp.Interface{from, to}})
	r.connect("from", "to")
	return r, to
}

var kinds = map[string]string{
	"ip4": aPacket, "ip6": "tcp [2001:db8::1]:1000 > [2001:db8::2]:80 [S]", "l2": "eth 0x0806 len 46", "vlan": aPacket + " vlan 5 vlan 6",
	"drop": aPacket + " badsum",
}

// A pass of the whole graph, from ethernet-input over l2-xconnect to interface-output, allocates nothing.
func TestStepDoesNotAllocate(t *testing.T) {
	for kind, line := range kinds {
		r, to := forwarding(t, 256, line)
		r.Step()
		if n := testing.AllocsPerRun(100, func() { r.Step() }); n != 0 {
			t.Errorf("%s: %v allocations a pass", kind, n)
		}
		want := 102 * 256
		if kind == "drop" {
			want = 0
			if n := r.errors()["ip4-input: IPv4 header checksum wrong"]; n != 102*256 {
				t.Errorf("%d dropped, want %d", n, 102*256)
			}
		}
		if to.sent != want {
			t.Errorf("%s: %d packets sent, want %d", kind, to.sent, want)
		}
	}
}

// What the graph costs: ethernet-input, ip4-input, l2-xconnect, interface-output, and filling the buffers.
func BenchmarkForward(b *testing.B) {
	for _, kind := range []string{"ip4", "ip6", "l2", "drop"} {
		for _, n := range []int{1, 32, 256} {
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				r, _ := forwarding(b, n, kinds[kind])
				r.Step()
				b.ReportAllocs()
				for b.Loop() {
					r.Step()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/packet")
			})
		}
	}
}
