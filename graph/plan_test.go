package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/graph"
)

func entry(nexts ...string) graph.Spec { return node(graph.Entry, to(0), nexts...) }

// feature is a node of an arc.
func feature(name, arc, before, after string) graph.Spec {
	s := node(name, to(0), graph.Continue)
	s.Arc = graph.Arc{Name: arc, Before: before, After: after}
	return s
}

func TestPlanErrorsComeTogether(t *testing.T) {
	specs := []graph.Spec{
		entry("lokup", "", graph.ArcStart("nowhere"), "error-drops", graph.ErrorDrop),
		node("lookup", to(0), graph.ErrorDrop), node("lookup", to(0)), {Name: "no-new"}, node("", to(0)),
		node("astray", to(0), graph.Continue),
		feature("f", "arc", "", "lookup"), feature("g", "arc", "h", ""), feature("h", "arc", "g", ""), feature("i", "no-arc", "", ""),
		{Name: "c", New: func(*graph.Worker) graph.Processor { return nil }, Counters: graph.Counters{"fine", ""}, Ends: []string{"no-end"}},
	}
	twice := feature("twice", "arc", "", "")
	twice.MoreArcs = []graph.Arc{{Name: "arc"}}
	specs = append(specs, twice)
	arcs := []graph.ArcSpec{{Name: "arc", End: "lookup"}, {Name: "arc", End: "lookup"}, {Name: "dead", End: "end"}, {Name: "", End: "lookup"}}
	_, err := graph.NewPlan(specs, arcs)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`node name "lookup" is empty or taken`, `node name "" is empty or taken`, `node "no-new": New is nil`,
		`node "c": counter 1 has no text`, `there is no node "error-drop"`,
		`node "ethernet-input": next 0 is "lokup", which is no node`, `node "ethernet-input": next 1 has no name`,
		`node "ethernet-input": next 2 starts arc "nowhere", which nobody declares`,
		`node "astray": next 0 continues an arc, but the node is on none`,
		`node "f" wants a place beside "lookup" on arc "arc", but that node is not on it`,
		`arc "arc": the order of its features is a circle: g before h before g: take away one Before or After`, `node "i" is on arc "no-arc", which nobody declares`,
		`node "c" ends arc "no-end", which nobody declares`, `arc name "arc" is empty or declared twice`,
		`arc name "" is empty or declared twice`, `arc "dead" ends in "end", which is no node`, `node "twice" is on arc "arc" twice`,
	} {
		if !strings.Contains(err.Error(), "graph: "+want) {
			t.Errorf("no error %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

// The features that a circle only keeps waiting are not named.
func TestPlanTellsTheCircle(t *testing.T) {
	specs := []graph.Spec{entry(graph.ErrorDrop, graph.ArcStart("arc")), dropNode, node("end", to(0), graph.ErrorDrop),
		feature("waits", "arc", "", "a"), feature("a", "arc", "b", ""), feature("b", "arc", "c", ""), feature("c", "arc", "a", ""), feature("free", "arc", "a", "")}
	_, err := graph.NewPlan(specs, []graph.ArcSpec{{Name: "arc", End: "end"}})
	const want = `arc "arc": the order of its features is a circle: a before b before c before a: take away one Before or After`
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "waits") || strings.Contains(err.Error(), "free") {
		t.Errorf("want %q, got %v", want, err)
	}
}

func TestPlanSuggestsTheName(t *testing.T) {
	_, err := graph.NewPlan([]graph.Spec{entry("error-dro"), dropNode}, nil)
	if err == nil || !strings.Contains(err.Error(), `(did you mean "error-drop"?)`) {
		t.Error(err)
	}
	_, err = graph.NewPlan(nil, nil)
	if err == nil || !strings.Contains(err.Error(), `no node "ethernet-input"`) {
		t.Error(err)
	}
}

func TestPlanHasRoom(t *testing.T) {
	many := func(n int) (s []string) {
		for range n {
			s = append(s, graph.ErrorDrop)
		}
		return s
	}
	for _, c := range []struct {
		nexts, counters, arcs int
		want                  string
	}{
		{256, 254, 255, ""}, {257, 0, 0, "257 nexts"}, {1, 255, 0, "255 counters"}, {1, 0, 256, "256 arcs"},
	} {
		s := entry(many(c.nexts)...)
		s.Counters = many(c.counters)
		var arcs []graph.ArcSpec
		for i := range c.arcs {
			arcs = append(arcs, graph.ArcSpec{Name: fmt.Sprint(i), End: graph.ErrorDrop})
		}
		_, err := graph.NewPlan([]graph.Spec{s, dropNode}, arcs)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// order is an arc's features as the plan has them.
func order(t *testing.T, features ...graph.Spec) string {
	t.Helper()
	specs := append([]graph.Spec{entry(graph.ArcStart("arc")), dropNode, node("end", to(0), graph.ErrorDrop)}, features...)
	p, err := graph.NewPlan(specs, []graph.ArcSpec{{Name: "arc", End: "end"}})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := p.NodeID(graph.Entry)
	reach := p.Edges()[id]
	return strings.Join(reach[:len(reach)-1], " ") // the last is the end
}

func TestArcOrder(t *testing.T) {
	f := func(name, before, after string) graph.Spec { return feature(name, "arc", before, after) }
	for _, c := range []struct {
		want     string
		features []graph.Spec
	}{
		{"a b c", []graph.Spec{f("a", "", ""), f("b", "", ""), f("c", "", "")}},
		{"b c a", []graph.Spec{f("a", "", "c"), f("b", "", ""), f("c", "a", "")}},
		{"b c a", []graph.Spec{f("a", "", "c"), f("b", "c", ""), f("c", "", "")}},
		{"a b", []graph.Spec{f("a", "end", ""), f("b", "end", "")}},                             // the end comes last anyway
		{"a b", []graph.Spec{f("a", "", "not-compiled-in"), f("b", "not-compiled-in-too", "")}}, // plugins that this program lacks
		{"e d c b a", []graph.Spec{f("a", "", "b"), f("b", "", "c"), f("c", "", "d"), f("d", "", "e"), f("e", "", "")}},
	} {
		if got := order(t, c.features...); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// Lower ranks first: every edge but those of circles leads upwards, and the entry is the first.
func TestRanks(t *testing.T) {
	both := feature("both", "arc", "", "")
	both.Arc, both.MoreArcs = graph.Arc{}, []graph.Arc{{Name: "arc"}} // MoreArcs alone will do
	specs := []graph.Spec{
		dropNode, node("end", to(0), graph.ErrorDrop), node("stray", to(0), "mid"), both, feature("first", "arc", "both", ""),
		node("mid", to(0), "tail", graph.ErrorDrop), node("tail", to(0), "mid", "tail", "end"), entry("mid", graph.ArcStart("arc")),
	}
	p, err := graph.NewPlan(specs, []graph.ArcSpec{{Name: "arc", End: "end"}})
	if err != nil {
		t.Fatal(err)
	}
	rank := map[string]int{}
	for i, n := range p.Nodes {
		rank[n.Name] = i
		if id, ok := p.NodeID(n.Name); !ok || int(id) != i {
			t.Errorf("%s has id %d at place %d", n.Name, id, i)
		}
	}
	if rank[graph.Entry] != 0 || rank["stray"] != len(p.Nodes)-1 {
		t.Errorf("ranks %v", rank)
	}
	circles := []string{"tail mid", "tail tail"}
	for from, nexts := range p.Edges() {
		for _, next := range nexts {
			name := p.Nodes[from].Name
			if rank[next] <= from && name != "stray" && !slices.Contains(circles, name+" "+next) {
				t.Errorf("%s (%d) leads to %s (%d)", name, from, next, rank[next])
			}
		}
	}
	if _, ok := p.NodeID("nobody"); ok {
		t.Error("found nobody")
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	p, err := graph.NewPlan([]graph.Spec{entry(graph.ErrorDrop), dropNode}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]graph.Config{
		"0 workers: want 1 to 64": {}, "65 workers": {Workers: 65}, "2 cores for 1 workers": {Workers: 1, Cores: []int{0, 1}}, "core -1": {Workers: 1, Cores: []int{-1}},
	} {
		c.Plan = p
		if _, err := graph.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
