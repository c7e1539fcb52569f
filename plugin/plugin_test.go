package plugin_test

import (
	"testing"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

func TestDeclarationsAreKeptInOrder(t *testing.T) {
	var r plugin.Registry
	r.Node(graph.Spec{Name: "a"})
	r.Node(graph.Spec{Name: "b"})
	r.Arc(graph.ArcSpec{Name: "arc"})
	r.CLI("show x", "show x [IF]\nShows x.\nAnd more.", func(*cli.Call) error { return nil })
	r.Complete(func([]string) []string { return []string{"of x"} })
	r.CLI("show y", "show y", func(*cli.Call) error { return nil })
	r.Config("x", func(*config.Cursor) error { return nil })
	r.Periodic("sweep", time.Second, func(int64) bool { return false })
	r.Init(func(plugin.Dataplane) error { return nil })
	r.Close(func() error { return nil })

	if len(r.Nodes) != 2 || r.Nodes[1].Name != "b" || len(r.Arcs) != 1 || len(r.Stanzas) != 1 || r.Stanzas[0].Name != "x" {
		t.Errorf("%+v", r)
	}
	if w := r.Works[0]; w.Name != "sweep" || w.Every != time.Second || w.Do == nil || len(r.Inits) != 1 || len(r.Closes) != 1 {
		t.Errorf("%+v", r)
	}
	x, y := r.Commands[0], r.Commands[1]
	if x.Path != "show x" || x.Usage != "show x [IF]" || x.Help != "Shows x.\nAnd more." || x.Complete(nil)[0] != "of x" {
		t.Errorf("%+v", x)
	}
	if y.Usage != "show y" || y.Help != "" || y.Complete != nil || y.Handler == nil {
		t.Errorf("%+v", y)
	}
}
