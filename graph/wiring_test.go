package graph_test

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

// wired is a rig in which each packet's way can be seen: features f, g, h on an arc, two ends.
type wired struct {
	*rig
	way []string
}

func newWired(t *testing.T, byTx bool) *wired {
	v := &wired{}
	step := func(name string, s graph.Spec) graph.Spec {
		s.Name = name
		s.New = func(*graph.Worker) graph.Processor {
			return process(func(w *graph.Worker, f *graph.Frame) {
				bufs, _ := f.Vector()
				for _, b := range bufs {
					v.way = append(v.way, name)
					if name == graph.Entry { // the packet's second byte says where it is to go
						w.Meta(b).TxIf = uint32(w.Bytes(b)[0])
					}
				}
				if len(s.Nexts) == 0 {
					w.Drop(bufs)
				}
			})
		}
		return s
	}
	on := graph.Nexts{graph.Continue}
	v.rig = newRig(t, config{specs: []graph.Spec{
		step(graph.Entry, graph.Spec{Nexts: graph.Nexts{graph.ArcStart("arc")}}),
		step("g", graph.Spec{Nexts: on, Arc: graph.Arc{Name: "arc", After: "f"}}),
		step("h", graph.Spec{Nexts: on, Arc: graph.Arc{Name: "arc", After: "g"}}),
		step("f", graph.Spec{Nexts: on, Arc: graph.Arc{Name: "arc"}}),
		step("end", graph.Spec{}), step("other-end", graph.Spec{Ends: []string{"arc"}}), step(graph.ErrorDrop, graph.Spec{}),
	}, arcs: []graph.ArcSpec{{Name: "arc", End: "end", ByTx: byTx}}})
	return v
}

// went is the way of a packet from rx to tx.
func (v *wired) went(rx, tx int) string {
	v.way = nil
	v.mems[rx-1].Inject(0, []byte{byte(tx)})
	v.drain()
	return strings.Join(v.way[1:], " ")
}

func (v *wired) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Error(err)
	}
}

func TestFeaturesOneByOne(t *testing.T) {
	for _, byTx := range []bool{false, true} {
		v := newWired(t, byTx)
		way := func() (one, two string) {
			if byTx {
				return v.went(2, 1), v.went(1, 2)
			}
			return v.went(1, 2), v.went(2, 1)
		}
		expect := func(when, one, two string) {
			t.Helper()
			if a, b := way(); a != one || b != two {
				t.Errorf("byTx %v, %s: %q and %q, want %q and %q", byTx, when, a, b, one, two)
			}
		}
		expect("none enabled", "end", "end")
		for i, want := range []string{"g end", "g h end", "f g h end"} {
			v.must(v.SetFeature("arc", string("ghf"[i]), 1, true))
			expect("enabling", want, "end")
		}
		v.must(v.SetFeature("arc", "h", 2, true))
		expect("other interface", "f g h end", "h end")
		v.must(v.SetArcEnd("arc", 1, "other-end"))
		expect("end moved", "f g h other-end", "h end")
		v.must(v.SetFeature("arc", "g", 1, false))
		v.must(v.SetFeature("arc", "g", 1, false)) // twice is once
		expect("g disabled", "f h other-end", "h end")
		if got := v.Features(1)["arc"]; strings.Join(got, " ") != "f h" {
			t.Errorf("features %v", got)
		}
		v.AddInterface(7) // a new one changes nothing
		expect("interface added", "f h other-end", "h end")
		v.must(v.SetFeature("arc", "f", 1, false))
		v.must(v.SetFeature("arc", "h", 1, false))
		expect("all disabled", "other-end", "h end")
		v.must(v.SetArcEnd("arc", 1, ""))
		expect("end moved back", "end", "h end")
		if len(v.Features(1)) != 0 || len(v.Features(99)) != 0 {
			t.Errorf("features %v %v", v.Features(1), v.Features(99))
		}
	}
}

// What was set for an interface goes with it; packets that are still under way go where they would without.
func TestRemoveInterface(t *testing.T) {
	v := newWired(t, false)
	for swIf := range uint32(2) {
		v.must(v.SetFeature("arc", "g", swIf+1, true))
		v.must(v.SetArcEnd("arc", swIf+1, "other-end"))
	}
	v.RemoveInterface(1)
	v.RemoveInterface(99) // that nobody knows
	if one, two := v.went(1, 2), v.went(2, 1); one != "end" || two != "g other-end" || len(v.Features(1)) != 0 {
		t.Errorf("%q and %q, features %v", one, two, v.Features(1))
	}
}

func TestNextTo(t *testing.T) {
	v := newWired(t, false)
	id := func(name string) uint16 { n, _ := v.Plan.NodeID(name); return n }
	for to, want := range map[string]bool{"f": true, "h": true, "other-end": true, graph.ErrorDrop: false} {
		if n, ok := v.Plan.NextTo(id(graph.Entry), id(to)); ok != want || n != 0 {
			t.Errorf("to %s: %d, %v", to, n, ok)
		}
	}
	if _, ok := v.Plan.NextTo(id("h"), id("g")); ok {
		t.Error("back on the arc")
	}
}

func TestWiringErrors(t *testing.T) {
	v := newWired(t, false)
	for want, err := range map[string]error{
		`no arc "ark"`: v.SetFeature("ark", "f", 1, true),
		`node "end" is not a feature of arc "arc"`: v.SetFeature("arc", "end", 1, true),
		`no interface with sw_if_index 3`:          v.SetFeature("arc", "f", 3, true),
		`no arc ""`:                                v.SetArcEnd("", 1, "end"),
		`no interface with sw_if_index 4`:          v.SetArcEnd("arc", 4, "end"),
		`no node "f" that may end arc "arc"`:       v.SetArcEnd("arc", 1, "f"),
		`no node "nobody" that may end arc "arc"`:  v.SetArcEnd("arc", 1, "nobody"),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	v.must(v.SetArcEnd("arc", 1, "end"))
	if !v.HasFeature("arc", "f") || v.HasFeature("arc", "end") || v.HasFeature("ark", "f") {
		t.Error("HasFeature")
	}
}

// A packet with a next on an arc whose interface nobody knows is dropped, counted, and says why.
func TestUnknownInterfaceIsDropped(t *testing.T) {
	v := newWired(t, true)
	for _, tx := range []int{3, 200} {
		if got := v.went(1, tx); got != graph.ErrorDrop {
			t.Errorf("to interface %d: %s", tx, got)
		}
	}
	if n := v.count(graph.Entry, strays); n != 2 {
		t.Errorf("%d counted", n)
	}
	id, _ := v.Plan.NodeID(graph.Entry)
	if got := v.Plan.Reason(id, 255); got != strays {
		t.Errorf("reason %q", got)
	}
}

func TestReasons(t *testing.T) {
	two := node("two", to(0), graph.ErrorDrop)
	two.Counters = graph.Counters{"x", "y"}
	one := node("one", to(0), graph.ErrorDrop)
	one.Counters = graph.Counters{"only"}
	p, err := graph.NewPlan([]graph.Spec{entry("one", "two"), one, two, dropNode}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		node   string
		reason uint8
		want   string
	}{{"two", 1, "x"}, {"two", 2, "y"}, {"two", 0, ""}, {"two", 255, strays}, {"two", 3, ""}, {"one", 0, "only"}, {"one", 1, "only"}, {"one", 2, "only"}, {"one", 255, strays},
		{graph.ErrorDrop, 0, ""}, {graph.ErrorDrop, 1, ""}} { // what an earlier node has left is not the engine's reason {
		id, _ := p.NodeID(c.node)
		if got := p.Reason(id, c.reason); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.node, c.reason, got, c.want)
		}
	}
}

// Meta.Node of a dropped packet is the node that sent it to error-drop.
func TestDropsNameTheNode(t *testing.T) {
	var at []string
	var r *rig
	r = newRig(t, config{
		specs:   []graph.Spec{entry("a"), node("a", to(1), "a", graph.ErrorDrop), dropNode},
		dropped: func(w *graph.Worker, b buffer.Index) { at = append(at, r.Plan.Nodes[w.Meta(b).Node].Name) },
	})
	r.mems[0].Inject(0, packets(0, 2)...)
	r.drain()
	if strings.Join(at, " ") != "a a" {
		t.Errorf("dropped in %v", at)
	}
}
