package gvpptest_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// Tests that would say nothing fail.
func TestVacuous(t *testing.T) {
	one := gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:1")
	file := filepath.Join(t.TempDir(), "x")
	for _, c := range []struct {
		name string
		run  func(t testing.TB, h *gvpptest.Harness, a, b *gvpptest.Interface)
		says []string
	}{
		{"no node runs while allocations are counted", func(t testing.TB, h *gvpptest.Harness, a, b *gvpptest.Interface) {
			h.Exec("set interface state a down")
			h.ExpectNoAllocs(a, one)
		}, []string{"no node has run", "a is down"}},
		{"the node is not enabled", func(t testing.TB, h *gvpptest.Harness, a, b *gvpptest.Interface) {
			h.ExpectNoAllocs(a, gvpptest.Lines("udp [::1]:1 > [::2]:2"))
		}, []string{"none of the plugins' nodes has run", `one of ["custom"] on a`}},
		{"packets leave by an interface that the harness did not make", func(t testing.TB, h *gvpptest.Harness, a, b *gvpptest.Interface) {
			h.Exec("create packet-generator interface pg7\nset interface state pg7 up\nset interface l2 xconnect a pg7")
			h.SendAndAssertNoReplies(a, one)
		}, []string{"1 packet into a: 1 left by pg7"}},
		{"a capture takes what leaves", func(t testing.TB, h *gvpptest.Harness, a, b *gvpptest.Interface) {
			pg := h.PG(2)
			h.Connect(pg[0], pg[1])
			h.Exec("packet-generator capture pg1 pcap " + file)
			h.SendAndAssertNoReplies(pg[0], one)
		}, []string{"1 packet into pg0: 1 left by pg1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			says(t, fails(t, func(t testing.TB) {
				h, a, b := newHarness(t, &custom{})
				c.run(t, h, a, b)
			}), c.says...)
		})
	}
}

// What changes a packet without a word in its line is found, and so is one that leaves twice instead of another.
func TestSameMeansSame(t *testing.T) {
	two := gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:1 len 40", "udp 10.0.0.1:1000 > 10.0.0.2:2 len 40")
	for _, at := range []int{0, 6, 11, 14 + 5, 14 + 28 + 3} {
		changes := &custom{process: each(func(w *graph.Worker, b buffer.Index) graph.Next { w.Bytes(b)[at] ^= 0x10; return 0 })}
		says(t, fails(t, func(t testing.TB) {
			h, a, b := newHarness(t, changes)
			h.SendAndExpectSame(a, two, b)
		}), "differ")
		says(t, fails(t, func(t testing.TB) {
			h, a, b := newHarness(t, changes)
			h.ExpectPackets(h.SendAndExpect(a, two, b), two[0].String(), two[1].String())
		}), "differ")
	}
	copies := &custom{process: func(w *graph.Worker, f *graph.Frame) { bufs, _ := f.Vector(); copy(w.Bytes(bufs[1]), w.Bytes(bufs[0])) }}
	says(t, fails(t, func(t testing.TB) {
		h, a, b := newHarness(t, copies)
		h.SendAndExpectSame(a, two, b)
	}), "differ")
}

// leaker ends packets without giving them back, in one of the ways that there are.
type leaker struct{ way int }

func (l leaker) Register(r *plugin.Registry) {
	r.Node(graph.Spec{Name: "sink", New: func(*graph.Worker) graph.Processor { return l }})
	r.Node(graph.Spec{Name: "to-sink", Nexts: graph.Nexts{"sink"}, Arc: graph.Arc{Name: "ip4-unicast", Before: "ip4-lookup"}, New: func(*graph.Worker) graph.Processor { return nothing{} }})
}

type nothing struct{}

func (nothing) Process(*graph.Worker, *graph.Frame) {}

func (l leaker) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	switch l.way {
	case 0: // nothing
	case 1: // one of several
		w.Free(bufs[1:])
	case 2: // twice what another is
		w.Free(bufs[:1])
		w.Free(bufs[:1])
		w.Free(bufs[2:])
	case 3: // sent by an interface that is not there, and forgotten
		w.Transmit(99, bufs)
	}
}

// A leak is told whatever the way.
func TestLeaks(t *testing.T) {
	for way := range 4 {
		text := fails(t, func(t testing.TB) {
			h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{leaker{way}}, Interfaces: []string{"a"}})
			a := h.Interface("a")
			h.Enable(a, "ip4-unicast", "to-sink")
			h.SendAndAssertNoReplies(a, gvpptest.Repeat(3, "udp 10.0.0.1:1000 > 10.0.0.2:%d"))
		})
		if way != 2 || !strings.Contains(text, "node sink panics: buffer: double free of") { // with -tags gvppdebug
			says(t, text, "node sink leaks")
		}
	}
}
