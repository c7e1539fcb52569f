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
