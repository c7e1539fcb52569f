package gvpptest_test

import (
	"fmt"
	"testing"

	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// noPing is a plugin whose node drops ICMP echo requests.
type noPing struct{}

const (
	nextPass graph.Next = iota
	nextDrop
)

const errPing graph.Counter = iota

func (noPing) Register(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     "no-ping",
		Nexts:    graph.Nexts{nextPass: graph.Continue, nextDrop: graph.ErrorDrop},
		Counters: graph.Counters{errPing: "echo requests"},
		Arc:      graph.Arc{Name: "ip4-unicast", Before: "ip4-lookup"},
		New:      func(*graph.Worker) graph.Processor { return noPing{} },
	})
}

func (noPing) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	dropped := 0
	for i, b := range bufs {
		if m := w.Meta(b); m.HasICMP && m.ICMPType == 8 {
			nexts[i] = nextDrop
			dropped++
		}
	}
	w.Count(errPing, dropped)
}

// The test of a plugin, and what it says when it fails: the second packet of the first send was expected to arrive. In a test, t is
// the *testing.T; here it prints.
func Example() {
	t := &printing{}
	defer t.end()

	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{noPing{}}, Interfaces: []string{"a", "b"}})
	a, b := h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	h.Enable(a, "ip4-unicast", "no-ping")

	h.SendAndExpect(a, gvpptest.Lines("icmp 10.0.0.9 > 10.0.0.1 type 0", "icmp 10.0.0.9 > 10.0.0.1 type 8"), b)
	h.SendAndAssertNoReplies(a, gvpptest.Repeat(257, "icmp 10.0.0.9 > 10.0.0.1 type 8 seq %d"))
	h.ExpectCounter("no-ping", "echo requests", 258)

	// Output:
	// 2 packets into a: 1 left by b, want 2
	//   icmp 10.0.0.9 > 10.0.0.1  dropped by no-ping: echo requests
	// the way of icmp 10.0.0.9 > 10.0.0.1
	//   ethernet-input  IP4: 02:00:00:00:00:01 -> 02:00:00:00:00:02
	//   ip4-input       ICMP: 10.0.0.9 -> 10.0.0.1
	//                     tos 0x00, ttl 64, length 28, checksum 0x66d8 dscp CS0 ecn NON_ECN
	//                     fragment id 0x0000
	//                   ICMP echo_request checksum 0xf7ff id 0
	//   no-ping         -> error-drop
	//   error-drop      drop: no-ping: echo requests
}

// printing stands for a *testing.T.
type printing struct {
	testing.TB
	cleanup []func()
}

func (*printing) Helper()                        {}
func (*printing) Logf(format string, a ...any)   { fmt.Printf(format+"\n", a...) }
func (*printing) Errorf(format string, a ...any) { fmt.Printf(format+"\n", a...) }
func (*printing) Fatal(a ...any)                 { panic(fmt.Sprint(a...)) }
func (*printing) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
func (t *printing) Cleanup(f func())             { t.cleanup = append(t.cleanup, f) }
func (t *printing) end() {
	for _, f := range t.cleanup {
		f()
	}
}
