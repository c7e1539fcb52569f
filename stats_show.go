package gvpp

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/stats"
)

func (b base) registerStatistics(r *plugin.Registry) {
	r.CLI("show statistics segment", "show statistics segment [NAME] [verbose]\nShows what clients of the statistics segment find in it, or what begins with NAME; verbose: how full it is.", b.showStatistics)
	r.Complete(func([]string) []string { return []string{"verbose"} })
}

// StatisticsReport is show statistics segment.
type StatisticsReport struct {
	Entries []stats.Entry `json:"entries"` // by name
	Usage   stats.Usage   `json:"usage"`
}

func (b base) showStatistics(c *cli.Call) error {
	verbose, prefix := false, ""
	for c.Args.Len() > 0 {
		if c.Args.Keyword("verbose") {
			verbose = true
		} else if word, _ := c.Args.Next(); prefix == "" {
			prefix = word
		} else {
			return c.Args.Errorf("%q: one name is enough", word)
		}
	}
	r := StatisticsReport{Entries: b.Stats().Entries(), Usage: b.Stats().Usage()}
	r.Entries = slices.DeleteFunc(r.Entries, func(e stats.Entry) bool { return !strings.HasPrefix(e.Name, prefix) })
	slices.SortFunc(r.Entries, func(a, b stats.Entry) int { return cmp.Compare(a.Name, b.Name) })
	if len(r.Entries) == 0 {
		return fmt.Errorf("no statistics begin with %q", prefix)
	}
	return c.Show(r, func(w io.Writer) {
		fmt.Fprintf(w, "%-74s %10s %10s\n", "Name", "Type", "Value")
		for _, e := range r.Entries {
			fmt.Fprintf(w, "%-74s %-10s %10d\n", e.Name, e.Type, e.Value)
		}
		if u := &r.Usage; verbose {
			fmt.Fprintf(w, "%d of %d bytes taken, %d of %d entries, changed %d times\n", u.Used, u.Size, u.Entries, u.Capacity, u.Changes)
		}
	})
}
