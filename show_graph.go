package gvpp

import (
	"fmt"
	"io"
	"strings"

	"github.com/gvpp/gvpp/cli"
)

// GraphNode is a line of show graph.
type GraphNode struct {
	Name  string   `json:"name"`
	Nexts []string `json:"nexts"`
}

func (b base) showGraph(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	edges := b.graph.Plan.Edges()
	list := []GraphNode{}
	for i, n := range b.graph.Plan.Nodes {
		list = append(list, GraphNode{n.Name, append([]string{}, edges[i]...)})
	}
	return c.Show(list, func(w io.Writer) {
		for _, n := range list {
			fmt.Fprintln(w, row(fmt.Sprintf("%-22s -> ", n.Name), strings.Join(n.Nexts, ", ")))
		}
	})
}
