package gvpp

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/drawing"
	"github.com/gvpp/gvpp/internal/wholefile"
	"github.com/gvpp/gvpp/nodes/ethernet"
)

// GraphNode is a node of show graph.
type GraphNode struct {
	Rank    int      `json:"rank"`
	Name    string   `json:"name"`
	Packets uint64   `json:"packets"` // since clear runtime, all interfaces together
	Nexts   []string `json:"nexts"`   // where its packets can go next, along its arcs, too
}

// GraphArc is an arc of show graph interface.
type GraphArc struct {
	Name     string   `json:"name"`
	Features []string `json:"features"` // those enabled, in order
	End      string   `json:"end"`
}

// InterfaceGraph is the way of an interface's packets.
type InterfaceGraph struct {
	Interface string      `json:"interface"`
	Index     uint32      `json:"sw_if_index"`
	Nodes     []GraphNode `json:"nodes"` // nexts of the whole graph
	Arcs      []GraphArc  `json:"arcs"`
}

// graphQuery is what show graph was asked for.
type graphQuery struct {
	name, format, file string // "" for what was not said
	swIf               uint32
}

func (b base) graphQuery(a *cli.Args) (q graphQuery, err error) {
	for a.Len() > 0 && err == nil {
		switch {
		case a.Keyword("interface"):
			if q.name, err = a.Word("an interface name"); err == nil {
				q.swIf, err = b.Interface(q.name)
			}
		case q.format == "" && a.Keyword("dot"):
			q.format = "dot"
		case q.format == "" && a.Keyword("svg"):
			q.format = "svg"
		case a.Keyword("file"):
			q.file, err = a.Word("a file name")
		default:
			err = a.Unknown()
		}
	}
	return q, err
}

func (b base) showGraph(c *cli.Call) error {
	q, err := b.graphQuery(c.Args)
	if err != nil {
		return err
	}
	g := b.drawn()
	if q.name != "" {
		g = b.narrowed(g, q)
	}
	if q.format == "" && q.file == "" {
		return c.Show(b.graphReport(&g, q), func(w io.Writer) { _ = g.Text(w) })
	}
	if g.Title == "" {
		g.Title = fmt.Sprintf("The graph: %d nodes, %d arcs", len(g.Nodes), len(g.Arcs))
	}
	var text strings.Builder
	err = map[string]func(io.Writer) error{"": g.Text, "dot": g.DOT, "svg": g.SVG}[q.format](&text)
	if err == nil && q.file == "" {
		return c.Show(text.String(), func(w io.Writer) { _, _ = io.WriteString(w, text.String()) })
	}
	if err != nil {
		return err
	}
	path, err := writePicture(q.file, text.String())
	if err != nil {
		return c.Args.Errorf("%w", err)
	}
	return c.Show(map[string]any{"file": path, "bytes": text.Len()}, func(w io.Writer) { fmt.Fprintf(w, "%s: %d bytes\n", path, text.Len()) })
}

// writePicture puts text in the place of a file, which is never there by half. All may read it: a picture of nodes is no secret. It
// returns the file's full name, for gvpp's working directory is not its client's.
func writePicture(path, text string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Lstat(full); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%q is there and is not a regular file: name another", full)
	}
	if err := wholefile.Replace(full, []byte(text)); err != nil {
		return "", fmt.Errorf("%q cannot be written: %w", full, err)
	}
	return full, nil
}

// drawn is the whole graph, with what each node has seen.
func (dp *Dataplane) drawn() (g drawing.Graph) {
	p := dp.graph.Plan
	seen := dp.seen()
	for rank := range p.Nodes {
		n := &p.Nodes[rank]
		d := drawing.Node{Name: n.Name, Rank: rank, Packets: seen[n.Name]}
		for _, next := range n.Nexts {
			d.Leads = append(d.Leads, lead(next))
		}
		g.Nodes = append(g.Nodes, d)
	}
	for _, a := range p.Arcs() {
		others := slices.DeleteFunc(slices.Clone(a.Ends), func(n string) bool { return n == a.End })
		g.Arcs = append(g.Arcs, drawing.Arc{Name: a.Name, Note: arcNote(&a.ArcSpec), Features: a.Features, Ends: append([]string{a.End}, others...)})
	}
	return g
}

// lead is a next for a drawing.
func lead(next string) drawing.Lead {
	switch arc, starts := strings.CutPrefix(next, graph.ArcStart("")); {
	case starts:
		return drawing.Lead{Kind: drawing.ToArc, To: arc}
	case next == graph.Continue:
		return drawing.Lead{Kind: drawing.ToNext}
	case next == graph.Hold:
		return drawing.Lead{Kind: drawing.Held}
	case next == graph.Anywhere:
		return drawing.Lead{Kind: drawing.ToAll}
	}
	return drawing.Lead{Kind: drawing.ToNode, To: next}
}

// arcNote says whose packets are on an arc.
func arcNote(a *graph.ArcSpec) string {
	kind, way := "any", "received"
	switch {
	case a.Only == packet.EtherTypeIP4:
		kind = "IPv4"
	case a.Only == packet.EtherTypeIP6:
		kind = "IPv6"
	case a.Name == ethernet.InputArc:
		kind = "non-IP" // ethernet-input gives it nothing else
	}
	if a.ByTx {
		way = "sent"
	}
	return kind + " " + way
}

// seen is how many packets each node has seen since clear runtime.
func (dp *Dataplane) seen() map[string]uint64 {
	out := map[string]uint64{}
	for _, r := range dp.Runtime() {
		for _, n := range r.Nodes {
			out[n.Name] += n.Vectors
		}
	}
	return out
}

// narrowed is the way of an interface's packets: arcs have what the interface has enabled, and end where it lets them. The nodes'
// counts are left out, for they are of all interfaces.
func (dp *Dataplane) narrowed(g drawing.Graph, q graphQuery) drawing.Graph {
	enabled := dp.graph.Features(q.swIf)
	var out []string // what leaves by it passes these, and what comes, if anything is on them
	for i, spec := range dp.graph.Plan.Arcs() {
		a := &g.Arcs[i]
		a.Features = enabled[a.Name]
		if end, ok := dp.graph.ArcEnd(a.Name, q.swIf); ok {
			a.Ends = []string{end}
		}
		if spec.ByTx || spec.Name == graph.EntryArc && len(a.Features) > 0 {
			out = append(out, a.Name)
		}
	}
	for i := range g.Nodes {
		g.Nodes[i].Packets = 0
	}
	g.Title = fmt.Sprintf("%s (sw_if_index %d): what it receives, and what leaves by it", q.name, q.swIf)
	return g.Reached([]string{graph.Entry}, out)
}

// graphReport is a drawing as JSON has it.
func (dp *Dataplane) graphReport(g *drawing.Graph, q graphQuery) any {
	edges, nodes := dp.graph.Plan.Edges(), []GraphNode{}
	for _, n := range g.Nodes {
		nodes = append(nodes, GraphNode{n.Rank, n.Name, n.Packets, append([]string{}, edges[n.Rank]...)})
	}
	if q.name == "" {
		return nodes
	}
	r := InterfaceGraph{Interface: q.name, Index: q.swIf, Nodes: nodes, Arcs: []GraphArc{}}
	for _, a := range g.Arcs {
		r.Arcs = append(r.Arcs, GraphArc{a.Name, append([]string{}, a.Features...), a.Ends[0]})
	}
	return r
}

func (b base) completeGraph(args []string) []string {
	if len(args) > 1 {
		switch args[len(args)-2] {
		case "interface":
			return b.InterfaceNames()
		case "file":
			return nil
		}
	}
	return []string{"interface", "dot", "svg", "file"}
}
