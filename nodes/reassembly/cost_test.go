package reassembly

import (
	"fmt"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// loop is an interface that receives its frames over and over, a vector each time it is told to, and swallows what it sends.
type loop struct {
	name   string
	frames [][]byte
	at     int
	left   int
	cache  *buffer.Cache
	sent   int
}

func (l *loop) Name() string                          { return l.name }
func (l *loop) Open(*port.Host) (port.Device, error)  { return l, nil }
func (l *loop) Ports() []port.Port                    { return []port.Port{l} }
func (l *loop) Info() port.Info                       { return port.Info{Driver: "loop"} }
func (l *loop) Close() error                          { return nil }
func (l *loop) Bind(c *buffer.Cache)                  { l.cache = c }
func (l *loop) Flush() bool                           { return false }
func (l *loop) FD() int                               { return -1 }
func (l *loop) Stats(func(name string, value uint64)) {}
func (l *loop) Tx(src []buffer.Index) int             { l.cache.Free(src); l.sent += len(src); return len(src) }
func (l *loop) Rx(dst []buffer.Index) int {
	n := l.cache.Alloc(dst[:min(len(dst), l.left)])
	for _, b := range dst[:n] {
		l.cache.Pool().Put(b, l.frames[l.at])
		l.at = (l.at + 1) % len(l.frames)
	}
	l.left -= n
	return n
}

// quiet is a tracker that does nothing.
type quiet struct{}

func (quiet) Follow(*graph.Worker, *buffer.Meta, []byte) {}

// looping is a dataplane that runs vectors of frames, with the node or without.
func looping(t testing.TB, on bool, now *int64, frames ...[]byte) (dp *gvpp.Dataplane, pass func(), out *loop) {
	in := &loop{name: "a", frames: frames}
	out = &loop{name: "b"}
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{New(quiet{})}, Interfaces: []gvpp.Interface{in, out}, Clock: func() int64 { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dp.Close() }) //nolint:errcheck // not what is tested
	if err := dp.CrossConnect(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	for _, arc := range []string{"ip4-unicast", "ip6-unicast"} {
		if _, err := dp.SetFeature(arc, "virtual-reassembly", 1, on); err != nil {
			t.Fatal(err)
		}
	}
	return dp, func() {
		in.left = graph.VectorSize
		for dp.Step() {
		}
	}, out
}

// Nothing allocates: neither pieces that come together, nor others that time out, overlap or find no room.
func TestNothingAllocates(t *testing.T) {
	var together, alone [][]byte
	for i, l := range []string{"udp 10.0.0.1:1 > 10.0.0.2:2 len 3000", "tcp [::1]:1 > [::2]:2 len 3000"} {
		frame := packetline.MustBuild(l)
		together = append(together, cut(frame, uint32(i), evenly(data(frame), 1000)...)...)
	}
	for id := range 5000 {
		alone = append(alone, packetline.MustBuild(fmt.Sprintf("udp 10.0.0.1:1 > 10.0.0.2:2 ipid %d frag 3", id)))
	}
	overlap := [][]byte{packetline.MustBuild("udp [::1]:1 > [::2]:2 frag 1+ len 64"), packetline.MustBuild("udp [::1]:1 > [::2]:2 frag 2+ len 64")}
	for name, frames := range map[string][][]byte{"together": together, "alone": alone, "overlap": overlap} {
		now := int64(0)
		_, pass, _ := looping(t, true, &now, frames...)
		if n := testing.AllocsPerRun(50, func() { now += 1e9; pass() }); n != 0 {
			t.Errorf("%s: %v allocations a pass", name, n)
		}
	}
}

// BenchmarkPass is what the node costs packets that are no fragments, and what pieces cost: of datagrams in two, and in 45.
func BenchmarkPass(b *testing.B) {
	plain := packetline.MustBuild("udp 10.0.0.1:1 > 10.0.0.2:2 len 22")
	two := packetline.MustBuild("udp 10.0.0.1:1 > 10.0.0.2:2 len 1600")
	many := packetline.MustBuild("udp 10.0.0.1:1 > 10.0.0.2:2 len 65507")
	for _, c := range []struct {
		name   string
		on     bool
		frames [][]byte
	}{
		{"plain/off", false, [][]byte{plain}}, {"plain/on", true, [][]byte{plain}},
		{"two/off", false, cut(two, 1, evenly(data(two), 1480)...)}, {"two/on", true, cut(two, 1, evenly(data(two), 1480)...)},
		{"many/off", false, cut(many, 1, evenly(data(many), 1480)...)}, {"many/on", true, cut(many, 1, evenly(data(many), 1480)...)},
	} {
		b.Run(c.name, func(b *testing.B) {
			now := int64(0)
			_, pass, out := looping(b, c.on, &now, c.frames...)
			pass()
			for b.Loop() {
				pass()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*graph.VectorSize), "ns/packet")
			if out.sent < b.N*graph.VectorSize-len(c.frames) {
				b.Errorf("%d of %d sent", out.sent, b.N*graph.VectorSize)
			}
		})
	}
}
