package flowtrack

import (
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// source is an interface that receives frames when told how many.
type source struct {
	frames [][]byte
	left   int
	cache  *buffer.Cache
}

func (l *source) Name() string                         { return "a" }
func (l *source) Open(*port.Host) (port.Device, error) { return l, nil }
func (l *source) Ports() []port.Port                   { return []port.Port{l} }
func (l *source) Info() port.Info                      { return port.Info{Driver: "source"} }
func (l *source) Close() error                         { return nil }
func (l *source) Bind(c *buffer.Cache)                 { l.cache = c }
func (l *source) Flush() bool                          { return false }
func (l *source) FD() int                              { return -1 }
func (l *source) Stats(func(string, uint64))           {}
func (l *source) Tx(src []buffer.Index) int            { l.cache.Free(src); return len(src) }
func (l *source) Rx(dst []buffer.Index) int {
	n := l.cache.Alloc(dst[:min(len(dst), l.left)])
	for i, b := range dst[:n] {
		l.cache.Pool().Put(b, l.frames[i%len(l.frames)])
	}
	l.left -= n
	return n
}

// TestEventsAllocateNothing: sessions that begin, change, expire and are evicted, with events that are noted, and with a ring that
// is full.
func TestEventsAllocateNothing(t *testing.T) {
	trk := New()
	trk.Sessions = 3
	in := &source{}
	for _, l := range []string{"tcp 10.0.0.1:1 > 10.0.0.2:80 [S]", "udp 10.0.0.1:1 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:1", "udp [::1]:1 > [::2]:53",
		"udp 10.0.0.1:2 > 10.0.0.2:53", "udp 10.0.0.1:3 > 10.0.0.2:53", "udp 10.0.0.1:4 > 10.0.0.2:53"} {
		in.frames = append(in.frames, packetline.MustBuild(l))
	}
	now := int64(0)
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{trk}, Interfaces: []gvpp.Interface{in}, Clock: func() int64 { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer dp.Close() //nolint:errcheck // not what is tested
	for _, f := range []string{"flow-lookup", "flow-track"} {
		for _, arc := range []string{"ip4-unicast", "ip6-unicast"} {
			if _, err := dp.SetFeature(arc, f, 1, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := new(ring)
	trk.desks[0].tap.Store(r)
	pass := func() {
		now += 200e9
		in.left = graph.VectorSize
		for dp.Step() {
		}
	}
	if n := testing.AllocsPerRun(50, pass); n != 0 {
		t.Errorf("%v allocations a pass", n)
	}
	kinds := map[EventKind]int{}
	lost := r.take(func(e *record) { kinds[e.kind]++ })
	if kinds[EventNew] == 0 || kinds[EventUpdate] == 0 || kinds[EventDestroy] == 0 {
		t.Errorf("events %v, %d lost", kinds, lost)
	}
	for range 2000 {
		pass()
	}
	if n := testing.AllocsPerRun(50, pass); n != 0 || r.lost.Load() == 0 {
		t.Errorf("%v allocations a pass, %d lost", n, r.lost.Load())
	}
}
