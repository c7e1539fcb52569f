package gvpp

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// registerNodes declares what shows the graph, whole or by node.
func (b base) registerNodes(r *plugin.Registry) {
	nodes := func([]string) []string { return b.nodeNames() }
	r.CLI("show graph", "show graph [interface IF] [dot|svg] [file FILE]\nShows the nodes, what they lead to and the arcs; with an interface only the way of its packets as it is now.\nAs text, in graphviz's language, or as a picture for browsers. gvpp writes FILE, a regular file or none before, whole or not at all.", b.showGraph)
	r.Complete(b.completeGraph)
	r.CLI("show node", "show node [NODE]\nShows a node: where it leads, by next, what leads to it, its arcs and counters; or all nodes in short.", b.showNode)
	r.Complete(nodes)
	r.CLI("show vlib graph", "show vlib graph [NODE …]\nShows nodes with what they lead to, by next, and what leads to them.", b.showVlibGraph)
	r.Complete(nodes)
	r.CLI("show features", "show features\nShows the arcs and the features on them, in order; show interface features IF shows what is enabled.", b.showFeatures)
}

func (b base) nodeNames() (out []string) {
	for i := range b.graph.Plan.Nodes {
		out = append(out, b.graph.Plan.Nodes[i].Name)
	}
	return out
}

// NodeReport is a node of show node.
type NodeReport struct {
	Name     string     `json:"name"`
	Index    int        `json:"index"`
	Calls    uint64     `json:"calls"`   // all workers together, since clear runtime, as all counts
	Packets  uint64     `json:"packets"` // in these
	Nexts    []NodeNext `json:"nexts"`   // by next index
	Previous []string   `json:"previous"`
	Arcs     []string   `json:"arcs"`     // that it is a feature of
	Counters []NodeText `json:"counters"` // since clear errors; those that the node declares, zeros too
}

// NodeNext is a next of a node.
type NodeNext struct {
	Index int      `json:"index"`
	To    string   `json:"to"`    // a node, or in words: an arc, on along its arc, held, anywhere
	Nodes []string `json:"nodes"` // those that its packets can get to by it
}

// NodeText is a counter of a node.
type NodeText struct {
	Text  string `json:"text"`
	Count uint64 `json:"count"`
}

// nodeReports describes nodes, in their order.
func (dp *Dataplane) nodeReports(want func(name string) bool) []NodeReport {
	p, out := dp.graph.Plan, []NodeReport{}
	edges, arcs, drawn, errs := p.Edges(), p.Arcs(), dp.drawn(), dp.Errors()
	calls := map[string]uint64{}
	for _, r := range dp.Runtime() {
		for _, n := range r.Nodes {
			calls[n.Name] += n.Calls
		}
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if !want(n.Name) {
			continue
		}
		r := NodeReport{Name: n.Name, Index: i, Calls: calls[n.Name], Packets: drawn.Nodes[i].Packets, Nexts: []NodeNext{}, Previous: []string{}, Arcs: []string{}, Counters: nodeTexts(n, errs)}
		for k, words := range drawn.Nodes[i].Words() {
			r.Nexts = append(r.Nexts, NodeNext{k, words, append([]string{}, p.Reach(uint16(i), graph.Next(k))...)})
		}
		for k := range p.Nodes {
			if slices.Contains(edges[k], n.Name) {
				r.Previous = append(r.Previous, p.Nodes[k].Name)
			}
		}
		for _, a := range arcs {
			if slices.Contains(a.Features, n.Name) {
				r.Arcs = append(r.Arcs, a.Name)
			}
		}
		out = append(out, r)
	}
	return out
}

// nodeTexts is the counters that a node declares, with what those of all nodes that are not zero say of them.
func nodeTexts(n *graph.PlannedNode, errs []graph.ErrorCount) []NodeText {
	out := []NodeText{}
	for _, text := range n.Counters {
		c := NodeText{Text: text}
		for _, e := range errs {
			if e.Node == n.Name && e.Reason == text {
				c.Count = e.Count
			}
		}
		out = append(out, c)
	}
	return out
}

// namedNodes is the nodes that the arguments name, or all.
func (b base) namedNodes(a *cli.Args, most int) ([]NodeReport, error) {
	var names []string
	for a.Len() > 0 && len(names) < most {
		name, _ := a.Next()
		if features, ok := b.vppArcNode(name); ok && most > 1 {
			names = append(names, features...)
			continue
		}
		if _, ok := b.graph.Plan.NodeID(name); !ok {
			return nil, a.Errorf("no node %q; `show node` lists them", name)
		}
		names = append(names, name)
	}
	if err := a.End(); err != nil {
		return nil, err
	}
	return b.nodeReports(func(name string) bool { return names == nil || slices.Contains(names, name) }), nil
}

func (b base) showNode(c *cli.Call) error {
	one := c.Args.Len() > 0
	list, err := b.namedNodes(c.Args, 1)
	if err != nil {
		return err
	}
	if one {
		return c.Show(list[0], list[0].text)
	}
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintln(w, row(fmt.Sprintf("%5s  %-30s%16s%16s  ", "Index", "Name", "Calls", "Packets"), "Arcs"))
		for _, r := range list {
			fmt.Fprintln(w, row(fmt.Sprintf("%5d  %-30s%16d%16d  ", r.Index, r.Name, r.Calls, r.Packets), strings.Join(r.Arcs, ", ")))
		}
	})
}

// text is VPP's form, as far as we have what it tells.
func (r *NodeReport) text(w io.Writer) {
	fmt.Fprintf(w, "node %s, index %d, %d calls, %d packets\n", r.Name, r.Index, r.Calls, r.Packets)
	if len(r.Arcs) > 0 {
		fmt.Fprintf(w, "  feature of: %s\n", strings.Join(r.Arcs, ", "))
	}
	fmt.Fprintf(w, "\n  next nodes:\n    next-index  %-32s%s\n", "Next", "Nodes")
	for _, n := range r.Nexts {
		nodes := ""
		if len(n.Nodes) != 1 || n.Nodes[0] != n.To {
			nodes = strings.Join(n.Nodes, ", ")
		}
		fmt.Fprintln(w, row(fmt.Sprintf("    %10d  %-32s", n.Index, n.To), nodes))
	}
	fmt.Fprintf(w, "\n  known previous nodes:\n")
	for _, p := range r.Previous {
		fmt.Fprintf(w, "    %s\n", p)
	}
	fmt.Fprintf(w, "\n  counters:\n")
	for _, c := range r.Counters {
		fmt.Fprintf(w, "    %10d  %s\n", c.Count, c.Text)
	}
}

func (b base) showVlibGraph(c *cli.Call) error {
	list, err := b.namedNodes(c.Args, len(b.graph.Plan.Nodes))
	if err != nil {
		return err
	}
	return c.Show(list, func(w io.Writer) {
		width := 26 // VPP's, unless one of ours is longer
		for _, r := range list {
			for _, n := range r.Nexts {
				width = max(width, len(n.To)+6)
			}
		}
		fmt.Fprintln(w, row(center("Name", width), center("Next", width), center("Previous", width)))
		for _, r := range list {
			name := r.Name
			for i := range max(len(r.Nexts), len(r.Previous), 1) {
				next, previous := "", ""
				if i < len(r.Nexts) {
					next = fmt.Sprintf("%s [%d]", r.Nexts[i].To, i)
				}
				if i < len(r.Previous) {
					previous = r.Previous[i]
				}
				fmt.Fprintln(w, row(fmt.Sprintf("%-*s", width, name), center(next, width), center(previous, width)))
				name = ""
			}
			fmt.Fprintln(w)
		}
	})
}
