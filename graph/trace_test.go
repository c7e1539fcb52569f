package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

func tracing(t *testing.T, workers int) *rig {
	say := func(s graph.Spec) graph.Spec {
		s.Trace = func(m *buffer.Meta, p []byte) string {
			return fmt.Sprintf("packet %d of %d bytes, %d here", number(p), m.Len, len(p))
		}
		return s
	}
	now := int64(0)
	clock := func() int64 { return now }
	c := config{workers: workers, queues: []int{workers}, clock: clock}
	if workers == 1 {
		now = int64(3 * time.Second)
	}
	c.specs = []graph.Spec{
		say(node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
			bufs, nexts := f.Vector()
			for i, b := range bufs {
				nexts[i] = graph.Next(number(w.Bytes(b)) % 2)
			}
		}, "a", graph.ErrorDrop)),
		node("a", to(0), graph.ErrorDrop), say(dropNode),
	}
	return newRig(t, c)
}

// told is a trace in words.
func told(r *rig, worker int) string {
	var s strings.Builder
	for i, p := range r.Trace()[worker] {
		fmt.Fprintf(&s, "%d:", i)
		for _, step := range p {
			fmt.Fprintf(&s, " %s(%s)>%s", step.Node, step.Text, step.Next)
		}
		s.WriteString("\n")
	}
	return s.String()
}

func TestTrace(t *testing.T) {
	r := tracing(t, 1)
	if r.Trace()[0] != nil {
		t.Error("a trace before any")
	}
	if err := r.TraceAdd(graph.Entry, 3); err != nil {
		t.Fatal(err)
	}
	ps := packets(10, 5)
	ps[1] = append(ps[1], make([]byte, 100)...) // longer than a record keeps
	r.mems[0].Inject(0, ps...)
	r.drain()
	want := `0: ethernet-input(packet 10 of 64 bytes, 64 here)>a a()>error-drop error-drop(packet 10 of 64 bytes, 64 here)>
1: ethernet-input(packet 11 of 164 bytes, 128 here)>error-drop error-drop(packet 11 of 164 bytes, 128 here)>
2: ethernet-input(packet 12 of 64 bytes, 64 here)>a a()>error-drop error-drop(packet 12 of 64 bytes, 64 here)>
`
	if got := told(r, 0); got != want {
		t.Errorf("told\n%s, want\n%s", got, want)
	}
	if at := r.Trace()[0][0][0].At; at != 3*time.Second {
		t.Errorf("at %v", at)
	}
	r.mems[0].Inject(0, packets(0, 9)...) // no more than asked for
	r.drain()
	if got := told(r, 0); got != want {
		t.Errorf("later told\n%s", got)
	}
	if err := r.TraceAdd("a", 2); err != nil { // from the middle, and anew
		t.Fatal(err)
	}
	r.mems[0].Inject(0, packets(0, 9)...)
	r.drain()
	if got, want := told(r, 0), "0: a()>error-drop error-drop(packet 0 of 64 bytes, 64 here)>\n1: a()>error-drop error-drop(packet 2 of 64 bytes, 64 here)>\n"; got != want {
		t.Errorf("told\n%s, want\n%s", got, want)
	}
	r.TraceClear()
	if told(r, 0) != "" {
		t.Error("told after it was cleared")
	}
}

// A packet that comes to a node again is picked once.
func TestTraceOfACircle(t *testing.T) {
	r := newRig(t, config{specs: []graph.Spec{
		node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
			bufs, nexts := f.Vector()
			for i, b := range bufs {
				if w.Meta(b).User++; w.Meta(b).User == 3 {
					nexts[i] = 1
				}
			}
		}, graph.Entry, graph.ErrorDrop), dropNode,
	}})
	if err := r.TraceAdd(graph.Entry, 5); err != nil {
		t.Fatal(err)
	}
	r.mems[0].Inject(0, packets(0, 2)...)
	r.drain()
	got := r.Trace()[0]
	if len(got) != 2 || len(got[0]) != 4 || len(got[1]) != 4 || got[0][3].Text != "drop: ethernet-input" {
		t.Errorf("%+v", got)
	}
}

func TestTraceLimits(t *testing.T) {
	r := tracing(t, 1)
	for want, err := range map[string]error{
		`no node "nobody" to trace`:              r.TraceAdd("nobody", 1),
		`tracing 0 packets: want 1 to 10000`:     r.TraceAdd(graph.Entry, 0),
		`tracing 10001 packets: want 1 to 10000`: r.TraceAdd(graph.Entry, 10001),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := r.TraceAdd(graph.Entry, 10000); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		r.mems[0].Inject(0, packets(1000*i, 1000)...)
		r.drain()
	}
	records := 0
	for _, p := range r.Trace()[0] {
		records += len(p)
	}
	if records != 10000 { // of 25000
		t.Errorf("%d records kept", records)
	}
}

// Traces are added, read and cleared while packets flow; each packet's first record is where it was picked.
func TestTraceWhileRunning(t *testing.T) {
	r := tracing(t, 2)
	r.start()
	var all sync.WaitGroup
	done := make(chan struct{})
	all.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				r.mems[0].Inject(0, packets(0, 20)...)
				r.mems[0].Inject(1, packets(0, 20)...)
			}
		}
	})
	for i := range 200 {
		from := []string{graph.Entry, "a", graph.ErrorDrop}[i%3]
		if err := r.TraceAdd(from, 1+i%30); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			eventually(t, "something is traced", func() bool { return len(r.Trace()[i/10%2]) > 0 })
		}
		for _, worker := range r.Trace() {
			for _, p := range worker {
				if len(p) > 0 && p[0].Node != from {
					t.Errorf("picked in %s, the first record is of %s", from, p[0].Node)
				}
			}
		}
		if i%7 == 0 {
			r.TraceClear()
		}
	}
	close(done)
	all.Wait()
}

// A filter keeps the packets that have met a node, or those that have not, however many come.
func TestTraceFilter(t *testing.T) {
	r := tracing(t, 1)
	for want, err := range map[string]error{
		`no node "nobody"`:      r.TraceFilter("nobody", true, 1),
		"keeping 0 packets":     r.TraceFilter("a", true, 0),
		"keeping 10001 packets": r.TraceFilter("a", true, 10001),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	trace := func(include bool, count int, want string) {
		t.Helper()
		if err := r.TraceFilter("a", include, count); err != nil {
			t.Fatal(err)
		}
		if err := r.TraceAdd(graph.Entry, 1_000_000); err != nil {
			t.Fatal(err)
		}
		odd := packets(0, 0)
		for i := range 2000 { // in which a is met by the last ones only
			odd = append(odd, packets(2*i+1, 1)...)
		}
		r.mems[0].Inject(0, append(odd, packets(10, 5)...)...)
		r.drain()
		got := ""
		for _, line := range strings.Split(told(r, 0), "\n") {
			before, _, _ := strings.Cut(line, " of ")
			got += before + ";"
		}
		if got != want {
			t.Errorf("kept %q, want %q", got, want)
		}
	}
	trace(true, 2, "0: ethernet-input(packet 10;1: ethernet-input(packet 12;;")
	trace(true, 9, "0: ethernet-input(packet 10;1: ethernet-input(packet 12;2: ethernet-input(packet 14;;")
	trace(false, 1, "0: ethernet-input(packet 1;;")
	if err := r.TraceFilter("", false, 0); err != nil {
		t.Fatal(err)
	}
	if err := r.TraceAdd(graph.Entry, 1_000_000); err == nil {
		t.Error("a million packets without a filter")
	}
}
