package gvpp

import (
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// vppTables are tables that VPP has and gvpp does not: tools that show them, VPP's test framework among them, get an empty one
// and a word about where to look instead.
var vppTables = []struct{ command, what, text string }{
	{"show bihash", "VPP's hash tables", "no bihash tables; show flowtrack summary tells of the table of sessions"},
	{"show l2patch", "VPP's patches of two interfaces", "no l2patch entries; show l2 xconnect has the cross-connects"},
}

// vppArcNodes are nodes with which VPP's layer 2 arcs begin and end, by the arc that gvpp has in their place.
var vppArcNodes = map[string]string{
	"l2-input-feat-arc": "l2-input", "l2-input-feat-arc-end": "l2-input", "l2-output-feat-arc": "interface-output", "l2-output-feat-arc-end": "interface-output",
}

// vppArcNode is what show vlib graph shows for such a node: the features of the arc.
func (b base) vppArcNode(name string) (features []string, ok bool) {
	arc := vppArcNodes[name]
	for _, a := range b.graph.Plan.Arcs() {
		if a.Name == arc {
			features, ok = a.Features, true
		}
	}
	return features, ok
}

// registerVPPTables declares their commands.
func (b base) registerVPPTables(r *plugin.Registry) {
	for _, t := range vppTables {
		r.CLI(t.command, fmt.Sprintf("%s [verbose]\n%s, which gvpp has none of; says where its own are shown.", t.command, t.what), func(c *cli.Call) error {
			c.Args.Keyword("verbose")
			if err := c.Args.End(); err != nil {
				return err
			}
			return c.Show([]struct{}{}, func(w io.Writer) { fmt.Fprintln(w, t.text) })
		})
	}
}
