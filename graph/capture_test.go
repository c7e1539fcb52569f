package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

// capturing is a graph that sends even packets by the other interface and drops odd ones; those above 1000 end in a node that frees.
func capturing(t testing.TB, c config) *rig {
	c.specs = []graph.Spec{
		node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
			bufs, nexts := f.Vector()
			for i, b := range bufs {
				n := number(w.Bytes(b))
				m := w.Meta(b)
				m.TxIf = 3 - m.RxIf
				switch {
				case n >= 1000:
					nexts[i] = 2
				case n%2 == 1:
					nexts[i] = 1
				}
			}
		}, "a", graph.ErrorDrop, "sink"),
		node("a", to(0), "out"), outNode(), dropNode,
		node("sink", func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			w.Free(bufs)
		}),
	}
	return newRig(t, c)
}

func (r *rig) capture(c graph.CaptureConfig) *graph.Capture {
	r.t.Helper()
	if c.Max == 0 {
		c.Max = 1000
	}
	if c.Bytes == 0 {
		c.Bytes = 64
	}
	if c.Slots == 0 {
		c.Slots = 100
	}
	n, err := r.StartCapture(c)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// recorded is what a capture holds, a packet each: "kind of interface: number, path, fate".
func (r *rig) recorded(c *graph.Capture) (out []string) {
	c.Take(func(p *graph.Captured) {
		s := fmt.Sprintf("%s %d: %d,", [...]string{"rx", "tx", "drop"}[p.Kind], p.Interface(), number(p.Bytes()))
		for _, id := range p.Path() {
			s += " " + r.Plan.Nodes[id].Name
		}
		s += ", " + [...]string{"under way", "sent", "dropped", "freed", "down"}[p.Fate]
		if p.Fate == graph.FateDropped || p.Fate == graph.FateFreed {
			s += " by " + r.Plan.Nodes[p.Node].Name
		}
		out = append(out, s)
	})
	return out
}

func TestCapture(t *testing.T) {
	r := capturing(t, config{})
	c := r.capture(graph.CaptureConfig{Rx: true, Tx: true, Drop: true})
	if _, err := r.StartCapture(graph.CaptureConfig{Rx: true, Max: 1, Bytes: 1, Slots: 1}); err == nil {
		t.Error("a second capture")
	}
	r.mems[0].Inject(0, packets(0, 2)...)
	r.mems[1].Inject(0, packets(1000, 1)...)
	r.drain()
	r.list[1].Up = false
	r.SetPorts(r.list)
	r.mems[0].Inject(0, packets(4, 1)...)
	r.mems[1].Inject(0, packets(6, 1)...)
	r.drain()
	want := `rx 1: 0, ethernet-input a out, sent
tx 2: 0, ethernet-input a out, sent
rx 1: 1, ethernet-input error-drop, dropped by ethernet-input
rx 2: 1000, ethernet-input sink, freed by sink
drop 2: 6,, down
rx 1: 4, ethernet-input a out, dropped by out`
	got := r.recorded(c)
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if c.Recorded() != 6 || c.Missed() != 0 {
		t.Errorf("%d recorded, %d missed", c.Recorded(), c.Missed())
	}
	c.Stop()
	r.mems[0].Inject(0, packets(0, 2)...)
	r.drain()
	if got := r.recorded(c); got != nil {
		t.Errorf("after the end: %q", got)
	}
	r.capture(graph.CaptureConfig{Drop: true}).Stop() // there can be another one
}

func TestCaptureBounds(t *testing.T) {
	r := capturing(t, config{})
	for want, c := range map[string]graph.CaptureConfig{
		"nothing": {Max: 1, Bytes: 1, Slots: 1}, "0 packets": {Rx: true, Bytes: 1, Slots: 1}, "0 bytes": {Rx: true, Max: 1, Slots: 1},
		"0 slots": {Rx: true, Max: 1, Bytes: 1}, "1000001 packets": {Rx: true, Max: 1000001, Bytes: 1, Slots: 1}, "65536 bytes": {Rx: true, Max: 1, Bytes: 65536, Slots: 1},
		"1000001 slots": {Rx: true, Max: 1, Bytes: 1, Slots: 1000001},
	} {
		if _, err := r.StartCapture(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
	// More packets than slots: they are missed, and count for nothing else.
	c := r.capture(graph.CaptureConfig{Rx: true, Max: 7, Slots: 4, Bytes: 10})
	for want := range 2 {
		r.mems[0].Inject(0, packets(0, 6)...)
		r.drain()
		if n := len(r.recorded(c)); n != 4-want {
			t.Errorf("round %d: %d packets", want, n)
		}
	}
	if c.Missed() != 2 || c.Recorded() != 7 {
		t.Errorf("%d missed, %d recorded", c.Missed(), c.Recorded())
	}
	c.Stop()
	// What is sent by a port without room is not recorded as sent.
	mem := &stingy{room: 3}
	r.list[1].Ports = []port.Port{mem}
	r.SetPorts(r.list)
	c = r.capture(graph.CaptureConfig{Tx: true, Drop: true, Bytes: 10})
	r.mems[0].Inject(0, append(packets(2, 1), append(packets(4, 1), append(packets(6, 1), packets(8, 1)...)...)...)...)
	r.drain()
	if got := strings.Join(r.recorded(c), "\n"); strings.Count(got, "tx") != 3 || strings.Count(got, "drop 1") != 1 || c.Recorded() != 4 {
		t.Errorf("%d recorded:\n%s", c.Recorded(), got)
	}
	c.Stop()
}

// stingy is a port that takes so many packets and no more.
type stingy struct {
	loop
	room int
}

func (s *stingy) Rx([]buffer.Index) int { return 0 }

func (s *stingy) Tx(bufs []buffer.Index) int {
	n := min(s.room, len(bufs))
	s.room -= n
	s.cache.Free(bufs[:n])
	return n
}

// A trace and a capture follow the same packets and do not mind each other.
func TestCaptureAndTrace(t *testing.T) {
	r := capturing(t, config{})
	trace := func(want int) {
		t.Helper()
		if got := r.Trace()[0]; len(got) != want || want > 0 && (len(got[0]) != 2 || got[0][0].Node != "a" || got[0][1].Node != "out") {
			t.Errorf("traced %+v, want %d", got, want)
		}
	}
	send := func() {
		r.mems[0].Inject(0, packets(0, 4)...)
		r.drain()
	}
	if err := r.TraceAdd("a", 3); err != nil {
		t.Fatal(err)
	}
	send()
	trace(2)
	c := r.capture(graph.CaptureConfig{Rx: true})
	send()
	trace(3)
	if got := r.recorded(c); len(got) != 4 || got[0] != "rx 1: 0, ethernet-input a out, sent" {
		t.Errorf("%q", got)
	}
	r.TraceClear()
	send()
	trace(0)
	if err := r.TraceAdd("a", 3); err != nil {
		t.Fatal(err)
	}
	c.Stop()
	if got := r.recorded(c); len(got) != 4 {
		t.Errorf("%q", got)
	}
	send()
	trace(2)
}

// Two workers hand packets to each other while captures and traces come and go. Each record is of one packet, and whole.
func TestCaptureWhileRunning(t *testing.T) {
	r := capturing(t, config{workers: 2, queues: []int{2, 1}})
	r.start()
	var all sync.WaitGroup
	done := make(chan struct{})
	all.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
				for q := range 2 {
					r.mems[0].Inject(q, packets(n%900, 40)...)
				}
				r.mems[1].Inject(0, packets(990, 20)...)
				for _, m := range r.mems {
					m.Sent()
				}
			}
		}
	})
	for i := range 60 {
		c := r.capture(graph.CaptureConfig{Rx: i%3 != 0, Tx: i%3 != 1, Drop: i%2 == 0, Slots: 50, Max: 300, Bytes: 64})
		seen := 0
		take := func() bool {
			c.Take(func(p *graph.Captured) {
				seen++
				n := number(p.Bytes())
				if len(p.Bytes()) != 64 || p.Len != 64 || p.Fate == graph.FateDropped != (n%2 == 1 && n < 1000) && p.Fate != graph.FateUnderWay {
					if r.Plan.Nodes[p.Node].Name != "out" { // its port had no room
						t.Errorf("packet %d of %d bytes, fate %d by %s", n, p.Len, p.Fate, r.Plan.Nodes[p.Node].Name)
					}
				}
				if len(p.Path()) > 0 && r.Plan.Nodes[p.Path()[0]].Name != graph.Entry {
					t.Errorf("packet %d begins in %s", n, r.Plan.Nodes[p.Path()[0]].Name)
				}
			})
			return seen > 100
		}
		eventually(t, "packets are captured", take)
		if i%4 == 0 {
			if err := r.TraceAdd(graph.Entry, 10); err != nil {
				t.Fatal(err)
			}
		}
		c.Stop()
		take()
		if seen > 300 || seen != c.Recorded() {
			t.Errorf("%d seen, %d recorded", seen, c.Recorded())
		}
	}
	close(done)
	all.Wait()
}

// A node holds more packets than are followed: the others pass all the same, and none is lost or followed for ever.
func TestCaptureOfMoreThanAreFollowed(t *testing.T) {
	const n = 5000
	h := &keeping{}
	r := newRig(t, config{specs: []graph.Spec{
		{Name: graph.Entry, Nexts: graph.Nexts{graph.Hold, "out"}, New: func(*graph.Worker) graph.Processor { return h }}, outNode(), dropNode,
	}})
	c := r.capture(graph.CaptureConfig{Rx: true, Tx: true, Max: 3 * n, Slots: 3 * n})
	for i := 0; i < n; i += 500 {
		r.mems[0].Inject(0, packets(i, 500)...)
		r.drain()
	}
	h.release = true
	for len(h.kept) > 0 {
		r.Workers[0].Step()
		r.mems[1].Sent()
	}
	r.drain()
	fates := map[string]int{}
	for _, s := range r.recorded(c) {
		fates[s[:2]+s[strings.LastIndex(s, ","):]]++
	}
	if fates["rx, sent"] != 4096 || fates["rx, under way"] != n-4096 || fates["tx, sent"] != n {
		t.Errorf("%v", fates)
	}
	c.Stop()
	c = r.capture(graph.CaptureConfig{Rx: true, Max: n})
	h.release = true
	r.mems[0].Inject(0, packets(0, 100)...)
	r.drain()
	if got := r.recorded(c); len(got) != 100 || !strings.HasSuffix(got[99], "ethernet-input ethernet-input out, sent") {
		t.Errorf("%d, %q", len(got), got[max(0, len(got)-1):])
	}
}

// keeping keeps packets until it is told not to.
type keeping struct {
	kept    []buffer.Index
	back    int
	release bool
}

func (h *keeping) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	for i, b := range bufs {
		if i < h.back {
			w.Meta(b).TxIf = 2
			nexts[i] = 1
			continue
		}
		h.kept = append(h.kept, b)
	}
	h.back = 0
}

func (h *keeping) Poll(_ *graph.Worker, room []buffer.Index) int {
	if !h.release {
		return 0
	}
	n := copy(room, h.kept)
	h.kept = h.kept[n:]
	h.back = n
	return n
}

func TestCaptureDoesNotAllocate(t *testing.T) {
	r := capturing(t, config{})
	r.loops(256)
	r.list[0].Ports[0].(*loop).packet[3] = 2
	c := r.capture(graph.CaptureConfig{Rx: true, Tx: true, Drop: true, Max: graph.MaxCapture, Slots: 8192})
	if err := r.TraceAdd(graph.Entry, 100); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		r.Workers[0].Step()
	}
	c.Take(func(*graph.Captured) {})
	if n := testing.AllocsPerRun(40, func() { r.Workers[0].Step() }); n != 0 {
		t.Errorf("%v allocations a pass", n)
	}
	if c.Recorded() < 10000 {
		t.Errorf("%d recorded, %d missed", c.Recorded(), c.Missed())
	}
}

// What a pass of 256 packets costs with nobody watching, a capture whose limit is reached, and one that goes on.
func BenchmarkCapture(b *testing.B) {
	for _, c := range []struct {
		name string
		conf *graph.CaptureConfig
		take bool
	}{{"off", nil, false}, {"full", &graph.CaptureConfig{Rx: true, Max: 1}, false}, {"rx", &graph.CaptureConfig{Rx: true, Max: graph.MaxCapture}, true}} {
		b.Run(c.name, func(b *testing.B) {
			r := capturing(b, config{})
			r.loops(256)
			var cap *graph.Capture
			if c.conf != nil {
				c.conf.Slots = 4096
				cap = r.capture(*c.conf)
			}
			r.Workers[0].Step()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Workers[0].Step()
				if c.take && i%8 == 0 {
					b.StopTimer()
					cap.Take(func(*graph.Captured) {})
					if cap.Recorded() > graph.MaxCapture/2 {
						cap.Stop()
						cap = r.capture(*c.conf)
					}
					b.StartTimer()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/packet")
		})
	}
}
