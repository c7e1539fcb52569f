package drawing

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// small is a graph with one of each.
func small() *Graph {
	to := func(names ...string) (out []Lead) {
		for _, n := range names {
			if arc, ok := strings.CutPrefix(n, "arc "); ok {
				out = append(out, Lead{ToArc, arc})
			} else {
				out = append(out, Lead{ToNode, n})
			}
		}
		return out
	}
	return &Graph{
		Title: `of "<one> & each"`,
		Nodes: []Node{
			{"in", 0, 1234567, to("arc way", Drop)},
			{"first", 1, 7, append(to("again", Drop), Lead{Kind: ToNext}, Lead{Kind: Held})},
			{"second", 2, 0, append(to("aside"), Lead{Kind: ToNext})},
			{"end", 3, 0, nil},
			{"other", 4, 0, to("in")}, // back to the beginning
			{"aside", 5, 0, to("arc way")},
			{Drop, 6, 0, nil},
			{"again", 7, 0, to("first")},
			{"source", 8, 0, []Lead{{Kind: ToAll}}},
		},
		Arcs: []Arc{{"way", "any received", []string{"first", "second"}, []string{"end", "other"}}, {"none", "", nil, []string{"end"}}},
	}
}

// laid is a graph with its layout.
func laid(g *Graph) *scene {
	s := newScene(g)
	s.layer()
	s.order()
	s.place()
	return s
}

func TestText(t *testing.T) {
	var b strings.Builder
	if err := small().Text(&b); err != nil {
		t.Error(err)
	}
	want := `of "<one> & each"
Rank  Node        Packets  Leads to
   0  in          1234567  arc way, error-drop
   1  first             7  again, error-drop, on along its arc, held
   2  second            0  aside, on along its arc
   3  end               0  -
   4  other             0  in
   5  aside             0  arc way
   6  error-drop        0  -
   7  again             0  first
   8  source            0  anywhere

Arc   Packets       Features, in order  Ends in
way   any received  first > second      end or other
none                none                end
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestReached(t *testing.T) {
	g := small()
	for _, c := range []struct {
		nodes, arcs []string
		want        string
	}{
		{[]string{"end"}, nil, "end|"},
		{[]string{"source", "nobody"}, []string{"nothing"}, "source|"},
		{[]string{"second"}, nil, "in first second end other aside error-drop again|way"},
		{nil, []string{"none"}, "end|none"},
	} {
		var names, arcs []string
		got := g.Reached(c.nodes, c.arcs)
		for _, n := range got.Nodes {
			names = append(names, n.Name)
		}
		for _, a := range got.Arcs {
			arcs = append(arcs, a.Name)
		}
		if s := strings.Join(names, " ") + "|" + strings.Join(arcs, " "); s != c.want {
			t.Errorf("from %v %v: %q, want %q", c.nodes, c.arcs, s, c.want)
		}
	}
}

// A detour stands beside its feature, what leads back leads up, and all else down.
func TestLayers(t *testing.T) {
	s := laid(small())
	var got []string
	for _, e := range s.edges {
		top, bottom := &s.items[e.from], &s.items[e.to]
		way := " > "
		if e.up {
			top, bottom, way = bottom, top, " ^ "
		}
		if top.layer >= bottom.layer || top.y+top.h >= bottom.y {
			t.Errorf("%s does not stand above %s", top.name, bottom.name)
		}
		got = append(got, fmt.Sprint(s.items[e.from].name, e.fromRow, way, s.items[e.to].name, e.toRow, " ", e.kind))
	}
	want := "way-1 > end-1 0|way-1 > other-1 1|none-1 > end-1 0|in-1 > way-1 0|way1 ^ aside-1 0|other-1 ^ in-1 0|aside-1 > way-1 0"
	if strings.Join(got, "|") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "|"), want)
	}
	if sub := s.items[s.at["first"][0].item].rows[0].sub; strings.Join(sub, "|") != "⇄ again|holds packets" || s.at["again"] != nil {
		t.Errorf("%q, %v", sub, s.at["again"])
	}
}

// random is a graph like those that plugins make, but wilder.
func random(r *rand.Rand) *Graph {
	g := &Graph{Title: "random"}
	n, arcs := 2+r.IntN(40), r.IntN(7)
	for a := range arcs {
		g.Arcs = append(g.Arcs, Arc{Name: fmt.Sprint("arc-", a), Note: strings.Repeat("n", r.IntN(20))})
	}
	for i := range n {
		node := Node{Name: fmt.Sprint(strings.Repeat("node-", 1+r.IntN(4)), i), Rank: i}
		if i == n-1 {
			node.Name = Drop
		}
		if r.IntN(2) == 0 {
			node.Packets = r.Uint64()
		}
		g.Nodes = append(g.Nodes, node)
	}
	for i := range g.Nodes {
		name := g.Nodes[i].Name
		for a := range g.Arcs {
			if r.IntN(6) == 0 {
				g.Arcs[a].Features = append(g.Arcs[a].Features, name)
			}
			if r.IntN(12) == 0 || i == n-1 && g.Arcs[a].Ends == nil {
				g.Arcs[a].Ends = append(g.Arcs[a].Ends, name)
			}
		}
		for range r.IntN(4) {
			l := Lead{Kind: Kind(r.IntN(5)), To: g.Nodes[r.IntN(n)].Name}
			if l.Kind == ToArc {
				l.To = fmt.Sprint("arc-", r.IntN(7))
			}
			g.Nodes[i].Leads = append(g.Nodes[i].Leads, l)
		}
	}
	return g
}

// graphs is the small one and random ones.
func graphs(f func(name string, g *Graph)) {
	f("small", small())
	f("empty", &Graph{})
	f("drop alone", &Graph{Nodes: []Node{{Name: Drop}}})
	seeds := uint64(60)
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		f(fmt.Sprint("seed ", seed), random(rand.New(rand.NewPCG(seed, 1))))
	}
}

type rect struct {
	what       string
	x, y, w, h float64
}

func (a rect) overlaps(b rect) bool {
	const tiny = 0.01
	return a.x+a.w > b.x+tiny && b.x+b.w > a.x+tiny && a.y+a.h > b.y+tiny && b.y+b.h > a.y+tiny
}

// No two boxes touch, each has room for its text, and all is in the picture.
func TestNothingOverlaps(t *testing.T) {
	graphs(func(name string, g *Graph) {
		s := laid(g)
		var boxes []rect
		for i := range s.items {
			it := &s.items[i]
			if it.bend {
				continue
			}
			box := rect{it.name, it.x, it.y, it.w, it.h}
			if box.x < 0 || box.y < 0 || box.x+box.w > s.w || box.y+box.h > s.h {
				t.Errorf("%s: %v is not in the picture of %v, %v", name, box, s.w, s.h)
			}
			for _, o := range boxes {
				if box.overlaps(o) {
					t.Errorf("%s: %v and %v overlap", name, box, o)
				}
			}
			boxes = append(boxes, box)
			for k := range it.rows {
				r := &it.rows[k]
				if r.y+r.h > it.h || k > 0 && r.y < it.rows[k-1].y+it.rows[k-1].h {
					t.Errorf("%s: %s: row %d at %v, high %v, of %v", name, it.name, k, r.y, r.h, it.h)
				}
				if w := float64(len(r.node.Name)) * charWidth; w+2*padding > it.w {
					t.Errorf("%s: %s is wider than its box", name, r.node.Name)
				}
			}
		}
	})
}

// No edge goes through a box; it may touch those that it joins.
func TestEdgesGoBetweenBoxes(t *testing.T) {
	graphs(func(name string, g *Graph) {
		s := laid(g)
		r := newRouter(s)
		for i := range s.edges {
			e, way := &s.edges[i], r.way(i)
			for k := 1; k < len(way); k++ {
				a, b := way[k-1], way[k]
				line := rect{"edge", min(a.x, b.x), min(a.y, b.y), max(a.x, b.x) - min(a.x, b.x), max(a.y, b.y) - min(a.y, b.y)}
				line.w, line.h = max(line.w, 0.1), max(line.h, 0.1)
				for j := range s.items {
					it := &s.items[j]
					if !it.bend && j != e.from && j != e.to && line.overlaps(rect{it.name, it.x, it.y, it.w, it.h}) {
						t.Errorf("%s: the edge %s > %s goes through %s", name, s.items[e.from].name, s.items[e.to].name, it.name)
					}
				}
			}
		}
	})
}

// Sorting must help: in the mean of all graphs there are fewer crossings than in the order of the ranks.
func TestOrderSavesCrossings(t *testing.T) {
	before, after := 0, 0
	graphs(func(_ string, g *Graph) {
		s := newScene(g)
		s.layer()
		n := s.crossings(s.segments())
		s.order()
		m := s.crossings(s.segments())
		if m > n {
			t.Errorf("%d crossings became %d", n, m)
		}
		before, after = before+n, after+m
	})
	if after*10 > before*7 {
		t.Errorf("%d crossings became %d: want 30 %% fewer", before, after)
	}
}

func TestSVG(t *testing.T) {
	graphs(func(name string, g *Graph) {
		var a, b bytes.Buffer
		if err := errors.Join(g.SVG(&a), g.SVG(&b)); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("%s: twice, not the same; %v", name, err)
		}
		texts := map[string]bool{}
		for d := xml.NewDecoder(&a); ; {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if c, ok := tok.(xml.CharData); ok {
				texts[string(c)] = true
			}
		}
		for _, n := range g.Nodes {
			if !texts[n.Name] && !texts["⇄ "+n.Name] {
				t.Errorf("%s: node %s is not shown", name, n.Name)
			}
		}
		if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
			t.Errorf("%s: a place that is no number", name)
		}
	})
}

func TestDOT(t *testing.T) {
	graphs(func(name string, g *Graph) {
		var b strings.Builder
		if err := g.DOT(&b); err != nil {
			t.Fatal(err)
		}
		if err := checkDOT(b.String()); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, b.String())
		}
	})
	for _, bad := range []string{"digraph x {\n  \"a;\n}\n", "digraph x {\n  \"a\" -> \"b\";\n}\n", "digraph x {\n  \"a\" []\n}\n", "digraph x {\n"} {
		if checkDOT(bad) == nil {
			t.Errorf("%q is not found wrong", bad)
		}
	}
}

// checkDOT reads what DOT writes: quotes and braces are closed, statements end, and edges join nodes that there are.
func checkDOT(text string) error {
	depth, nodes := 0, map[string]bool{}
	var ends []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		line = strings.TrimSpace(line)
		words, bare, err := unquoteDOT(line)
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(bare, "{"):
			depth++
			continue
		case bare == "}":
			depth--
			continue
		case !strings.HasSuffix(bare, ";"), strings.Count(bare, "[") != strings.Count(bare, "]"):
			return fmt.Errorf("no statement: %s", line)
		case strings.HasPrefix(bare, "_->_"):
			ends = append(ends, words[:2]...)
		case strings.HasPrefix(bare, "_"):
			nodes[words[0]] = true
		}
	}
	for _, id := range ends {
		if !nodes[id] {
			return fmt.Errorf("an edge joins %q, which is no node", id)
		}
	}
	if depth != 0 {
		return fmt.Errorf("%d braces are open", depth)
	}
	return nil
}

// unquoteDOT takes the quoted words out of a line, and leaves _ for each, without blanks.
func unquoteDOT(line string) (words []string, bare string, err error) {
	for line != "" {
		if line[0] != '"' {
			if line[0] != ' ' {
				bare += line[:1]
			}
			line = line[1:]
			continue
		}
		end := 1
		for end < len(line) && line[end] != '"' {
			if line[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(line) {
			return nil, "", fmt.Errorf("a quote is open: %s", line)
		}
		words, bare, line = append(words, line[1:end]), bare+"_", line[end+1:]
	}
	return words, bare, nil
}

func TestThousands(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
