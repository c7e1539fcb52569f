package gvpptest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// fake is a test that may fail.
type fake struct {
	testing.TB
	text     strings.Builder
	failed   bool
	cleanups []func()
}

func (f *fake) say(fail bool, text string) {
	f.text.WriteString(text + "\n")
	f.failed = f.failed || fail
}

func (f *fake) Helper()                   {}
func (f *fake) Cleanup(c func())          { f.cleanups = append(f.cleanups, c) }
func (f *fake) Log(a ...any)              { f.say(false, fmt.Sprint(a...)) }
func (f *fake) Logf(s string, a ...any)   { f.say(false, fmt.Sprintf(s, a...)) }
func (f *fake) Error(a ...any)            { f.say(true, fmt.Sprint(a...)) }
func (f *fake) Errorf(s string, a ...any) { f.say(true, fmt.Sprintf(s, a...)) }
func (f *fake) Fatal(a ...any)            { f.say(true, fmt.Sprint(a...)); panic(f) }
func (f *fake) Fatalf(s string, a ...any) { f.say(true, fmt.Sprintf(s, a...)); panic(f) }
func (f *fake) end(run func(t testing.TB)) {
	defer func() {
		if r := recover(); r != nil && r != any(f) {
			panic(r)
		}
	}()
	run(f)
}

// fails runs a test that must fail and returns what it says.
func fails(t *testing.T, run func(t testing.TB)) string {
	t.Helper()
	f := &fake{TB: t}
	f.end(run)
	for i := len(f.cleanups) - 1; i >= 0; i-- {
		f.end(func(testing.TB) { f.cleanups[i]() })
	}
	if !f.failed {
		t.Errorf("the test has not failed; it says:\n%s", &f.text)
	}
	return f.text.String()
}

// says fails the test unless all of the parts are in the text, in this order.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			t.Errorf("want %q in:\n%s", p, text)
			return
		}
		rest = after
	}
}

// custom is a plugin of one node, on arc ip4-unicast.
type custom struct {
	spec    graph.Spec
	process func(w *graph.Worker, f *graph.Frame)
	poll    func(w *graph.Worker, room []buffer.Index) int
	command string
	seen    *int // counts vectors
}

const nodeName = "custom"

func (c *custom) Register(r *plugin.Registry) {
	s := c.spec
	if s.Name == "" {
		s.Name = nodeName
	}
	if s.Nexts == nil {
		s.Nexts = graph.Nexts{graph.Continue, graph.ErrorDrop}
	}
	if s.Arc.Name == "" {
		s.Arc = graph.Arc{Name: "ip4-unicast", Before: "ip4-lookup"}
	}
	s.New = func(*graph.Worker) graph.Processor {
		if c.poll != nil {
			return &customPoller{customNode{c}}
		}
		return &customNode{c}
	}
	r.Node(s)
	if c.command != "" {
		r.CLI(c.command, c.command, nil)
	}
}

type customNode struct{ *custom }

func (c customNode) Process(w *graph.Worker, f *graph.Frame) {
	if c.seen != nil {
		*c.seen++
	}
	if c.process != nil {
		c.process(w, f)
	}
}

type customPoller struct{ customNode }

func (c *customPoller) Poll(w *graph.Worker, room []buffer.Index) int { return c.poll(w, room) }

// each makes a node's Process of what it does with one packet.
func each(next func(w *graph.Worker, b buffer.Index) graph.Next) func(*graph.Worker, *graph.Frame) {
	return func(w *graph.Worker, f *graph.Frame) {
		bufs, nexts := f.Vector()
		for i, b := range bufs {
			nexts[i] = next(w, b)
		}
	}
}

// toPort8 drops packets to port 8.
func toPort8(w *graph.Worker, b buffer.Index) graph.Next {
	if w.Meta(b).DstPort == 8 {
		w.Count(0, 1)
		w.Meta(b).Reason = 1
		return 1
	}
	return 0
}

// newHarness is interfaces a and b, connected, and a node that is enabled on a.
func newHarness(t testing.TB, c *custom) (h *gvpptest.Harness, a, b *gvpptest.Interface) {
	h = gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{c}, Interfaces: []string{"a", "b"}})
	a, b = h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	h.Enable(a, "ip4-unicast", nodeName)
	return h, a, b
}
