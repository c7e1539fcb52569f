package gvpptest_test

import (
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// sends is a test that sends two packets into a node.
func sends(c *custom) func(t testing.TB) {
	return func(t testing.TB) {
		h, a, b := newHarness(t, c)
		h.SendAndExpect(a, gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:8", "udp 10.0.0.1:1000 > 10.0.0.2:9"), b)
	}
}

// holds is Nexts of a node that keeps packets.
var holds = graph.Nexts{graph.Continue, graph.ErrorDrop, graph.Hold}

func TestMistakesOfNodes(t *testing.T) {
	var kept []buffer.Index
	keep := each(func(w *graph.Worker, b buffer.Index) graph.Next {
		if w.Meta(b).DstPort != 8 {
			return 0
		}
		kept = append(kept, b)
		return 2
	})
	for _, c := range []struct {
		name string
		node custom
		says []string
	}{
		{"a packet kept for ever", custom{
			spec: graph.Spec{Nexts: holds}, process: keep, poll: func(*graph.Worker, []buffer.Index) int { return 0 },
		}, []string{"2 packets into a: 1 left by b, want 2", "udp 10.0.0.1:1000 > 10.0.0.2:8  kept by custom", "node custom leaks 1 buffer: it kept packets with <hold>", "packet: udp 10.0.0.1:1000 > 10.0.0.2:8"}},
		{"a packet given back and lost", custom{
			spec: graph.Spec{Nexts: holds}, process: keep, poll: func(*graph.Worker, []buffer.Index) int { kept = nil; return 0 },
		}, []string{"node custom leaks 1 buffer"}},
		{"a next that it has not", custom{
			process: each(func(w *graph.Worker, b buffer.Index) graph.Next { return graph.Next(w.Meta(b).DstPort-8) * 7 }),
		}, []string{`node custom gives a packet next 7, which Spec.Nexts has not: it has 0 "<continue>", 1 "error-drop"`, "packet: udp 10.0.0.1:1000 > 10.0.0.2:9", "1 left by b, want 2"}},
		{"a counter without a text", custom{process: each(toPort8)}, []string{"node custom counts 1 with counter 0, which has no text in Spec.Counters: it has none"}},
		{"a counter more than it has", custom{
			spec:    graph.Spec{Counters: graph.Counters{"first", "second"}},
			process: func(w *graph.Worker, f *graph.Frame) { w.Count(200, 3); w.Count(1, 2) },
		}, []string{`node custom counts 3 with counter 200, which has no text in Spec.Counters: it has 0 "first", 1 "second"`}},
		{"a buffer of its own that is lost", custom{process: func(w *graph.Worker, f *graph.Frame) { w.Alloc(make([]buffer.Index, 3)) }},
			[]string{"node custom leaks 3 buffers: taken with Worker.Alloc, and neither freed nor sent\n"}},
		{"drops without a reason", custom{
			spec: graph.Spec{Counters: graph.Counters{"first", "second"}},
			process: each(func(w *graph.Worker, b buffer.Index) graph.Next {
				w.Meta(b).Reason = uint8(w.Meta(b).DstPort - 8)
				return 1
			}),
		}, []string{`node custom drops packets without saying why: set Meta.Reason to the counter's number + 1`, `it has 0 "first", 1 "second"`, "packet: udp 10.0.0.1:1000 > 10.0.0.2:8\n"}},
		{"drops with a reason that it has not", custom{
			spec:    graph.Spec{Counters: graph.Counters{"first", "second"}},
			process: each(func(w *graph.Worker, b buffer.Index) graph.Next { w.Meta(b).Reason = 3; return 1 }),
		}, []string{"node custom drops packets without saying why", "10.0.0.2:8\n", "10.0.0.2:9\n"}},
		{"packets of an arc that they are not on", custom{
			spec:    graph.Spec{Nexts: graph.Nexts{graph.ArcStart("interface-output")}, Counters: graph.Counters{"first"}},
			process: each(func(w *graph.Worker, b buffer.Index) graph.Next { w.Meta(b).TxIf = 77; return 0 }),
		}, []string{"dropped by custom: interface unknown, or node not on the packet's arc (the graph's own count: the node sends"}},
		{"a panic", custom{process: func(w *graph.Worker, f *graph.Frame) { _ = w.Bytes(kept[5:6][0]) }},
			[]string{"node custom panics: runtime error: slice bounds out of range", "it was given 2 packets", "mistakes_test.go", "packet: udp 10.0.0.1:1000 > 10.0.0.2:8", "packet: udp 10.0.0.1:1000 > 10.0.0.2:9"}},
		{"a panic in Poll", custom{poll: func(*graph.Worker, []buffer.Index) int { panic("at work") }}, []string{"node custom panics: at work", "mistakes_test.go"}},
		{"more from Poll than there is room for", custom{poll: func(_ *graph.Worker, room []buffer.Index) int { return len(room) + 1 }}, []string{"node custom returns 129 from Poll, which had room for 128"}},
		{"a vector that is written over", custom{process: func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			bufs[1] = bufs[0]
		}}, []string{"node custom has written over packets of its vector", "packet: udp 10.0.0.1:1000 > 10.0.0.2:9"}},
		{"a circle", custom{
			spec:    graph.Spec{Nexts: graph.Nexts{graph.Continue, nodeName}},
			process: each(func(w *graph.Worker, b buffer.Index) graph.Next { return 1 }),
		}, []string{"node custom has run 1000 times in one pass: packets go round in circles", "packet: udp 10.0.0.1:1000 > 10.0.0.2:8"}},
		{"packets freed that go on", custom{
			process: func(w *graph.Worker, f *graph.Frame) { bufs, _ := f.Vector(); w.Free(bufs[:1]) },
		}, []string{"node custom frees packets that go on to its nexts, too", "packet: ", "1 left by b, want 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			kept = nil
			says(t, fails(t, sends(&c.node)), c.says...)
		})
	}
}

func TestMistakesOfDeclarations(t *testing.T) {
	for _, c := range []struct {
		name string
		node custom
		says []string
	}{
		{"a next that is no node", custom{spec: graph.Spec{Nexts: graph.Nexts{"ip4-lokup", "error-drop"}}}, []string{`node "custom": next 0 is "ip4-lokup", which is no node`}},
		{"a name that is taken", custom{spec: graph.Spec{Name: "ip4-input"}}, []string{`node name "ip4-input" is empty or taken`, "node ip4-input is declared by *gvpptest_test.custom; gvpp itself has it already"}},
		{"a command that is taken", custom{command: "show version"}, []string{`command "show version"`, "command show version is declared by *gvpptest_test.custom; gvpp itself has it already"}},
		{"a counter without a text", custom{spec: graph.Spec{Counters: graph.Counters{1: "second"}}}, []string{`node "custom": counter 0 has no text`}},
		{"a packet held without Poll", custom{spec: graph.Spec{Nexts: holds}}, []string{`node "custom" holds packets, but has no Poll`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			says(t, fails(t, func(t testing.TB) {
				gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{&c.node}})
				t.Error("went on")
			}), append([]string{"the plugins cannot be run:"}, c.says...)...)
		})
	}
}

// worker is a plugin whose periodic work panics.
type worker struct{}

func (worker) Register(r *plugin.Registry) {
	r.Periodic("tidying", time.Second, func(int64) bool { panic("nothing to tidy") })
}

func TestPanicOfPeriodicWork(t *testing.T) {
	says(t, fails(t, func(t testing.TB) {
		gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{worker{}}}).Advance(time.Second)
	}), "tidying", "nothing to tidy", "mistakes_test.go")
}

func TestAllocations(t *testing.T) {
	var sink []byte
	p := gvpptest.Repeat(3, "udp 10.0.0.1:1000 > 10.0.0.2:%d")
	grows := &custom{process: each(func(w *graph.Worker, b buffer.Index) graph.Next { sink = append([]byte(nil), w.Bytes(b)...); return 0 })}
	if gvpptest.RaceDetector {
		t.Skip("the race detector allocates")
	}
	says(t, fails(t, func(t testing.TB) {
		h, a, _ := newHarness(t, grows)
		h.ExpectNoAllocs(a, p)
	}), "node custom allocates memory 3 times for 3 packets, want none")
	_ = sink
	h, a, b := newHarness(t, dropper())
	h.ExpectNoAllocs(a, p)
	h.SendAndExpect(a, p, b)
}
