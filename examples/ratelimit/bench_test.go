package ratelimit_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/examples/ratelimit"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// endless is an interface that always has a vector of packets, one of each of its sources in turn, and swallows what it is to send.
type endless struct {
	port.Port
	name    string
	packet  []byte // IPv4 without VLAN tags
	sources int    // 0: it receives nothing
	next    int
	cache   *buffer.Cache
}

func (e *endless) Name() string                         { return e.name }
func (e *endless) Open(*port.Host) (port.Device, error) { return e, nil }
func (e *endless) Ports() []port.Port                   { return []port.Port{e} }
func (e *endless) Info() port.Info                      { return port.Info{Driver: "endless", Queues: 1, LinkUp: true} }
func (e *endless) Close() error                         { return nil }
func (e *endless) Bind(c *buffer.Cache)                 { e.cache = c }
func (e *endless) Flush() bool                          { return false }
func (e *endless) FD() int                              { return -1 }
func (e *endless) Stats(func(string, uint64))           {}
func (e *endless) Tx(src []buffer.Index) int            { e.cache.Free(src); return len(src) }

func (e *endless) Rx(dst []buffer.Index) int {
	if e.sources == 0 {
		return 0
	}
	n := e.cache.Alloc(dst)
	for _, b := range dst[:n] {
		e.next = (e.next + 1) % e.sources
		ip := e.packet[14:]
		was := uint32(ip[12])<<24 | uint32(ip[13])<<16 | uint32(ip[14])<<8 | uint32(ip[15])
		e.source(ip, was, 10<<24|uint32(e.next))
		e.cache.Pool().Put(b, e.packet)
	}
	return n
}

// source changes the source address, and the header's checksum with it.
func (e *endless) source(ip []byte, was, is uint32) {
	sum := uint32(^(uint16(ip[10])<<8 | uint16(ip[11])))
	sum += ^was>>16&0xffff + ^was&0xffff + is>>16 + is&0xffff
	sum = sum>>16 + sum&0xffff
	sum = ^(sum>>16 + sum&0xffff)
	ip[10], ip[11] = byte(sum>>8), byte(sum)
	ip[12], ip[13], ip[14], ip[15] = byte(is>>24), byte(is>>16), byte(is>>8), byte(is)
}

// stream is a dataplane whose Step moves a vector of packets of so many sources, each a microsecond after the one before.
func stream(t testing.TB, sources int, commands ...string) *gvpp.Dataplane {
	now := int64(0)
	in := &endless{name: "a", packet: gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53 len 18")[0], sources: sources}
	dp, err := gvpp.New(gvpp.Config{
		Interfaces: []gvpp.Interface{in, &endless{name: "b"}}, Plugins: []plugin.Plugin{ratelimit.New()},
		Clock: func() int64 { now += graph.VectorSize * int64(time.Microsecond); return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dp.Close() })
	for _, line := range append(commands, "set interface l2 xconnect a b") {
		if err := dp.CLI().Run(t.Context(), line, false, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	for range 2*sources/graph.VectorSize + 2 {
		dp.Step()
	}
	return dp
}

var limits = map[string]string{
	"passed":  "ratelimit set a packets 1000000 bytes 100000000",
	"dropped": "ratelimit set a packets 1 burst 1",
}

// Nothing allocates on the packet path: for old sources and new ones, passed and dropped, with room in the table or none, while it forgets.
func TestNothingAllocates(t *testing.T) {
	for name, limit := range limits {
		for _, sources := range []int{1, 1000, 1000000} {
			dp := stream(t, sources, limit)
			if n := testing.AllocsPerRun(2000, func() { dp.Step(); dp.Housekeep() }); n != 0 {
				t.Errorf("%s, %d sources: %v allocations a pass", name, sources, n)
			}
			if errs := fmt.Sprint(dp.Errors()); strings.Contains(errs, "over the packets") != (name == "dropped") || strings.Contains(errs, "share a bucket") != (sources > 32768) {
				t.Errorf("%s, %d sources: %s", name, sources, errs)
			}
		}
	}
}

// What a packet costs in the whole graph; without a limit is the baseline.
func BenchmarkSources(b *testing.B) {
	for _, sources := range []int{1, 1000, 30000, 1000000} {
		for _, kind := range []string{"unlimited", "passed", "dropped"} {
			b.Run(fmt.Sprintf("%d/%s", sources, kind), func(b *testing.B) {
				commands := []string{"show ratelimit"}
				if limits[kind] != "" {
					commands = append(commands, limits[kind])
				}
				dp := stream(b, sources, commands...)
				b.ReportAllocs()
				for b.Loop() {
					dp.Step()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*graph.VectorSize), "ns/packet")
			})
		}
	}
}
