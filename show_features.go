package gvpp

import (
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
)

// ArcFeatures is an arc with features, in order.
type ArcFeatures struct {
	Arc      string   `json:"arc"`
	Features []string `json:"features"`
}

// InterfaceFeatures is an interface in show interface features.
type InterfaceFeatures struct {
	Name  string        `json:"name"`
	Index uint32        `json:"sw_if_index"`
	Arcs  []ArcFeatures `json:"arcs"`
}

// showFeaturesOf is VPP's form: the arcs with what an interface has enabled on them.
func (b base) showFeaturesOf(c *cli.Call, ifs []InterfaceStatus) error {
	list := []InterfaceFeatures{}
	for _, s := range ifs {
		f := InterfaceFeatures{Name: s.Name, Index: s.Index}
		for _, a := range b.graph.Plan.Arcs() {
			f.Arcs = append(f.Arcs, ArcFeatures{a.Name, append([]string{}, s.Arcs[a.Name]...)})
		}
		list = append(list, f)
	}
	return c.Show(list, func(w io.Writer) {
		for i, f := range list {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "Feature paths configured on %s...\n", f.Name)
			for _, a := range f.Arcs {
				fmt.Fprintf(w, "\n%s:\n", a.Arc)
				for _, n := range a.Features {
					fmt.Fprintf(w, "  %s\n", n)
				}
				if len(a.Features) == 0 {
					fmt.Fprintln(w, "  none configured")
				}
			}
		}
	})
}

// showFeatures lists what may be enabled.
func (b base) showFeatures(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := []ArcFeatures{}
	for _, a := range b.graph.Plan.Arcs() {
		list = append(list, ArcFeatures{a.Name, a.Features})
	}
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintln(w, "Available feature paths")
		for _, a := range list {
			fmt.Fprintf(w, "%s:\n", a.Arc)
			for _, n := range a.Features {
				fmt.Fprintf(w, "  %s\n", n)
			}
		}
	})
}
