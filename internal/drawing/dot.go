package drawing

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// DOT writes the graph in graphviz's language, an arc as a cluster. Errors are w's.
func (g *Graph) DOT(w io.Writer) error {
	d := dot{g: g, detours: g.detours()}
	d.line(`digraph gvpp {`)
	d.line(`  graph [rankdir=TB, compound=true, fontname="monospace", label=%s];`, quote(g.Title))
	d.line(`  node [shape=box, style=rounded, fontname="monospace", fontsize=11];`)
	d.line(`  edge [color="#5b6b80", arrowsize=0.7];`)
	for i := range g.Nodes {
		if n := &g.Nodes[i]; len(g.arcsOf(n.Name)) == 0 && !d.detours[n.Name] && n.Name != Drop {
			d.line(`  %s [label=%s];`, quote(n.Name), d.label(n))
		}
	}
	if n := g.Node(Drop); n != nil && len(g.arcsOf(Drop)) == 0 {
		d.line("  {\n    rank=sink;\n    %s [label=%s, color=\"#c0392b\"];\n  }", quote(Drop), d.label(n))
	}
	for i := range g.Arcs {
		d.cluster(i)
	}
	for i := range g.Nodes {
		d.edges(&g.Nodes[i])
	}
	d.line(`}`)
	_, err := io.WriteString(w, d.b.String())
	return err
}

type dot struct {
	g       *Graph
	detours map[string]bool
	b       strings.Builder
}

func (d *dot) line(format string, a ...any) { fmt.Fprintf(&d.b, format+"\n", a...) }

// label is a node's name, what it does beside, and its packets.
func (d *dot) label(n *Node) string {
	s := n.Name
	for _, beside := range n.beside(d.detours) {
		s += "\n" + beside
	}
	if n.Packets > 0 {
		s += "\n" + thousands(n.Packets)
	}
	return quote(s)
}

// beside is the leads of a node that are words, not edges.
func (n *Node) beside(detours map[string]bool) (out []string) {
	for _, l := range n.Leads {
		word := ""
		switch {
		case l.Kind == ToNode && detours[l.To]:
			word = "⇄ " + l.To
		case l.Kind == Held:
			word = "holds packets"
		case l.Kind == ToAll:
			word = "→ anywhere"
		}
		if word != "" && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// A feature's identifier has its arc in it, and that of the arc's entry, which stands for the arc where edges begin and end, is the
// arc's alone.
func feature(arc, node string) string { return quote(arc + " " + node) }
func entry(arc string) string         { return quote("arc " + arc) }

// cluster is an arc: its entry, its features one behind the other, and its ends.
func (d *dot) cluster(i int) {
	a := &d.g.Arcs[i]
	d.line(`  subgraph cluster_%d {`, i)
	d.line(`    label=%s; style="rounded,filled"; fillcolor="#f3f6fa"; color="#9aa7b8"; fontsize=11;`, quote(strings.TrimSpace(a.Name+"  "+a.Note)))
	d.line(`    %s [shape=point, width=0.05, label=""];`, entry(a.Name))
	last := entry(a.Name)
	for _, f := range a.Features {
		id := feature(a.Name, f)
		if n := d.g.Node(f); n != nil {
			d.line(`    %s [label=%s];`, id, d.label(n))
		}
		d.line(`    %s -> %s;`, last, id)
		last = id
	}
	d.line(`  }`)
	for k, end := range a.Ends {
		style := ""
		if k > 0 {
			style = ", style=dashed"
		}
		for _, to := range d.places(end) {
			d.line(`  %s -> %s [ltail=cluster_%d%s];`, last, to, i, style)
		}
	}
}

// edges is where a node leads, from each place that it stands at.
func (d *dot) edges(n *Node) {
	if d.detours[n.Name] {
		return
	}
	var from []string
	for _, i := range d.g.arcsOf(n.Name) {
		from = append(from, feature(d.g.Arcs[i].Name, n.Name))
	}
	if from == nil {
		from = []string{quote(n.Name)}
	}
	for _, id := range from {
		for _, l := range n.Leads {
			switch i := d.g.arc(l.To); {
			case l.Kind == ToArc && i >= 0:
				d.line(`  %s -> %s [lhead=cluster_%d];`, id, entry(l.To), i)
			case l.Kind != ToNode || d.detours[l.To]:
			default:
				faint := ""
				if l.To == Drop {
					faint = ` [color="#00000030", constraint=false, arrowsize=0.5]`
				}
				for _, to := range d.places(l.To) {
					d.line(`  %s -> %s%s;`, id, to, faint)
				}
			}
		}
	}
}

// places is the identifiers of the places that a node stands at.
func (d *dot) places(name string) (out []string) {
	for _, i := range d.g.arcsOf(name) {
		out = append(out, feature(d.g.Arcs[i].Name, name))
	}
	if out == nil {
		out = []string{quote(name)}
	}
	return out
}

// quote makes a string of DOT; a newline becomes one of a label.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
