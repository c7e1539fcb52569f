package drawing

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Text writes the nodes by rank and what they lead to, then the arcs with their features in order. Errors are w's.
func (g *Graph) Text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	if g.Title != "" {
		fmt.Fprintf(tw, "%s\n", g.Title)
	}
	seen := g.seenColumn()
	fmt.Fprintf(tw, "Rank\tNode\t%sLeads to\n", seen("Packets"))
	for _, n := range g.Nodes {
		fmt.Fprintf(tw, "%4d\t%s\t%s%s\n", n.Rank, n.Name, seen(fmt.Sprint(n.Packets)), strings.Join(n.words(), ", "))
	}
	if len(g.Arcs) > 0 {
		fmt.Fprintf(tw, "\nArc\tPackets\tFeatures, in order\tEnds in\n")
	}
	for _, a := range g.Arcs {
		features := "none"
		if len(a.Features) > 0 {
			features = strings.Join(a.Features, " > ")
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", a.Name, a.Note, features, strings.Join(a.Ends, " or "))
	}
	return tw.Flush()
}

// seenColumn formats a cell of the column of packets; where none were seen there is no such column.
func (g *Graph) seenColumn() func(string) string {
	width := len("Packets")
	for _, n := range g.Nodes {
		width = max(width, len(fmt.Sprint(n.Packets)))
	}
	counted := g.counted()
	return func(s string) string {
		if !counted {
			return ""
		}
		return fmt.Sprintf("%*s\t", width, s)
	}
}

// Words is a node's leads in words.
func (n *Node) Words() (out []string) {
	for _, l := range n.Leads {
		switch l.Kind {
		case ToNode:
			out = append(out, l.To)
		case ToArc:
			out = append(out, "arc "+l.To)
		case ToNext:
			out = append(out, "on along its arc")
		case Held:
			out = append(out, "held")
		case ToAll:
			out = append(out, "anywhere")
		}
	}
	return out
}

// words is Words, and a dash for none.
func (n *Node) words() []string {
	if len(n.Leads) == 0 {
		return []string{"-"}
	}
	return n.Words()
}

// thousands writes a number as 1,234,567.
func thousands(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
