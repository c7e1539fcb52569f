package classify

import (
	"io"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// loop is an interface that receives a number of packets each time it is told to.
type loop struct {
	frames [][]byte
	left   int
	cache  *buffer.Cache
}

func (l *loop) Name() string                          { return "a" }
func (l *loop) Open(*port.Host) (port.Device, error)  { return l, nil }
func (l *loop) Ports() []port.Port                    { return []port.Port{l} }
func (l *loop) Info() port.Info                       { return port.Info{Driver: "loop"} }
func (l *loop) Close() error                          { return nil }
func (l *loop) Bind(c *buffer.Cache)                  { l.cache = c }
func (l *loop) Flush() bool                           { return false }
func (l *loop) FD() int                               { return -1 }
func (l *loop) Stats(func(name string, value uint64)) {}
func (l *loop) Tx(src []buffer.Index) int             { l.cache.Free(src); return len(src) }
func (l *loop) Rx(dst []buffer.Index) int {
	n := l.cache.Alloc(dst[:min(len(dst), l.left)])
	for i, b := range dst[:n] {
		l.cache.Pool().Put(b, l.frames[i%len(l.frames)])
	}
	l.left -= n
	return n
}

// TestNothingAllocates: whatever the rules say, a pass over the graph with both plugins allocates nothing.
func TestNothingAllocates(t *testing.T) {
	tcp := []string{"tcp 10.0.0.1:1 > 10.0.0.2:80 [A]", "tcp [::1]:1 > [::2]:80 [A]", "icmp 10.0.0.1 > 10.0.0.2 type 8 id 3", "eth 0x0806 len 28"}
	for name, c := range map[string]struct{ rules, packets []string }{
		"hit":      {[]string{"classify add rule a keep-state pass"}, tcp},
		"exact":    {[]string{"classify add rule a src 10.0.0.1 dst 10.0.0.2 proto tcp sport 1 dport 80 pass"}, tcp},
		"wildcard": {[]string{"classify add rule a src 9.0.0.0/8 drop", "classify add rule a proto tcp tcp-flags A/A pass"}, tcp},
		"out":      {[]string{"classify add rule a pass", "classify add rule b out proto tcp redirect a"}, tcp},
		"drop":     {[]string{"classify add rule a drop", "classify non-ip a drop"}, tcp},
		"default":  {[]string{"classify default a drop"}, tcp},
		"miss":     {[]string{"classify default a pass", "flowtrack timeout icmp 0.1"}, []string{"tcp 10.0.0.1:1 > 10.0.0.2:80 [R]"}},
		"full":     {[]string{"classify add rule a keep-state pass"}, []string{"udp 10.0.0.1:1 > 10.0.0.2:80", "udp 10.0.0.1:2 > 10.0.0.2:80"}},
	} {
		t.Run(name, func(t *testing.T) {
			trk := flowtrack.New()
			if trk.Sessions = 1 << 12; name == "full" {
				trk.Sessions = 1
			}
			in := &loop{}
			for _, l := range c.packets {
				in.frames = append(in.frames, packetline.MustBuild(l))
			}
			other := port.NewMemory("b", 1)
			other.OnTx = func(*buffer.Pool, buffer.Index) {}
			now := int64(0)
			dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{trk, New(trk)}, Interfaces: []gvpp.Interface{in, other}, Clock: func() int64 { return now }})
			if err != nil {
				t.Fatal(err)
			}
			defer dp.Close() //nolint:errcheck // not what is tested
			for _, l := range append(c.rules, "set interface l2 xconnect a b") {
				if err := dp.CLI().Run(t.Context(), l, false, io.Discard); err != nil {
					t.Fatal(err)
				}
			}
			if n := testing.AllocsPerRun(50, func() {
				now += 1e9
				in.left = graph.VectorSize
				for dp.Step() {
				}
			}); n != 0 {
				t.Errorf("%v allocations a pass", n)
			}
		})
	}
}

// TestKeeper: what goes into the word comes out of it.
func TestKeeper(t *testing.T) {
	k := newKeeper(genMask, pointMask, 5, true)
	if k.gen() != genMask || k.point() != pointMask || k.pos() != 5 || !k.reply() || k.both() {
		t.Errorf("%x", uint64(k))
	}
	k = k.andOther().examined(1, noRule)
	if k.gen() != 1 || k.point() != pointMask || k.pos() != noRule || !k.reply() || !k.both() {
		t.Errorf("%x", uint64(k))
	}
	if nextGen(genMask) != 1 || nextGen(0) != 1 || newKeeper(1, 0, 0, false) == 0 {
		t.Error("a kept session looks like one that is not")
	}
}
