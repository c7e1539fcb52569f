package gvpp_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

func stanzas(t *testing.T, text string) []config.Stanza {
	t.Helper()
	s, err := config.Parse("test.conf", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A neighbour on an arc that is no node may be a plugin that is not there; nearly spelt as one that is, it is worth a notice.
func TestMisspeltNeighboursAreNoticed(t *testing.T) {
	for arc, want := range map[graph.Arc]string{
		{Name: "ip4-unicast", Before: "ip4-lokup"}:  `node \"x\" wants a place beside \"ip4-lokup\" on arc \"ip4-unicast\", which is no node of this program: did you mean \"ip4-lookup\"?`,
		{Name: "ip4-unicast", After: "neighbor"}:    `did you mean \"neighbour\"?`,
		{Name: "ip4-unicast", After: "flow-lookup"}: "",
		{Name: "ip4-unicast", Before: "xy"}:         "",
		{Name: "ip4-unicast", Before: "ip4-lookup"}: "",
		{Name: "l2-input", Before: "neighbor"}:      "",
	} {
		var log strings.Builder
		nothing := func(*graph.Worker) graph.Processor { return nil }
		dp, err := gvpp.New(gvpp.Config{Log: slog.New(slog.NewTextHandler(&log, nil)), Plugins: []plugin.Plugin{declare(func(r *plugin.Registry) {
			r.Node(graph.Spec{Name: "x", New: nothing, Nexts: graph.Nexts{graph.Continue}, Arc: arc})
			r.Node(graph.Spec{Name: "neighbour", New: nothing, Nexts: graph.Nexts{graph.Continue}, Arc: graph.Arc{Name: "ip4-unicast"}})
		})}})
		if err != nil {
			t.Fatal(err)
		}
		_ = dp.Close()
		if got := log.String(); strings.Count(got, "did you mean") != min(len(want), 1) || !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", arc, got, want)
		}
	}
}

// What New is given wrongly it names, and what it has opened by then it closes.
func TestNewFails(t *testing.T) {
	node := func(s graph.Spec) plugin.Plugin { return declare(func(r *plugin.Registry) { r.Node(s) }) }
	some := func(*graph.Worker) graph.Processor { return nil }
	for _, c := range []struct {
		name string
		c    gvpp.Config
		want []string
	}{
		{"workers", gvpp.Config{Workers: 65}, []string{"gvpp: graph: 65 workers: want 1 to 64"}},
		{"negative workers", gvpp.Config{Workers: -1}, []string{"-1 workers"}},
		{"cores", gvpp.Config{Workers: 2, Cores: []int{0}}, []string{"1 cores for 2 workers"}},
		{"buffers", gvpp.Config{Buffers: -5}, []string{"count -5"}},
		{"buffer size", gvpp.Config{BufferSize: 2000}, []string{"size 2000"}},
		{"nexts", gvpp.Config{Plugins: []plugin.Plugin{
			node(graph.Spec{Name: "x", New: some, Nexts: graph.Nexts{"ip4-lookupp"}, Arc: graph.Arc{Name: "ip4-unicats"}}),
			node(graph.Spec{Name: "l2-xconnect", New: some}),
		}}, []string{`next 0 is "ip4-lookupp", which is no node (did you mean "ip4-lookup"?)`, `arc "ip4-unicats"`, `"l2-xconnect" is empty or taken`}},
		{"command", gvpp.Config{Plugins: []plugin.Plugin{declare(func(r *plugin.Registry) {
			r.CLI("show interface", "show interface", func(*cli.Call) error { return nil })
		})}}, []string{`"show interface" is added twice`}},
		{"stanza", gvpp.Config{Stanzas: stanzas(t, "nobody { x }")}, []string{`test.conf:1`, `unknown stanza "nobody"`}},
		{"init", gvpp.Config{Plugins: []plugin.Plugin{declare(func(r *plugin.Registry) {
			r.Init(func(plugin.Dataplane) error { return errTest })
		})}}, []string{errTest.Error()}},
	} {
		f := newFake("f")
		c.c.Interfaces = []gvpp.Interface{f}
		dp, err := gvpp.New(c.c)
		if err == nil {
			_ = dp.Close()
		}
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", c.name, err, want)
			}
		}
		if open, _ := f.state(); open != 0 {
			t.Errorf("%s: an interface is left open", c.name)
		}
	}
}

func TestNewClosesWhatItOpened(t *testing.T) {
	a, b, c := newFake("a"), newFake("b"), newFake("c")
	b.fail = errTest
	closed := 0
	_, err := gvpp.New(gvpp.Config{Interfaces: []gvpp.Interface{a, b, c}, Plugins: []plugin.Plugin{declare(func(r *plugin.Registry) {
		r.Close(func() error { closed++; return nil })
	})}})
	if !errors.Is(err, errTest) || closed != 1 {
		t.Errorf("%v, plugin closed %d times", err, closed)
	}
	for name, f := range map[string]*fake{"a": a, "b": b, "c": c} {
		open, opened := f.state()
		if want := map[string]int{"a": 1}[name]; open != 0 || opened != want {
			t.Errorf("%s: opened %d times, open %d", name, opened, open)
		}
	}
}

func TestInterfaceNames(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	for _, name := range []string{"", "a b", "x{", "none", "a\tb", "#x", `q"`, "a"} {
		f := newFake(name)
		if _, err := r.AddInterface(context.Background(), f); err == nil {
			t.Errorf("took an interface with the name %q", name)
		} else if _, opened := f.state(); opened != 0 {
			t.Errorf("opened %q", name)
		}
	}
	if i, err := r.Interface("b"); i != 2 || err != nil {
		t.Errorf("b is %d, %v", i, err)
	}
	if _, err := r.Interface("c"); err == nil || !strings.Contains(err.Error(), `no interface "c"; there are a, b`) {
		t.Error(err)
	}
	if n := r.InterfaceName(2) + r.InterfaceName(3) + r.InterfaceName(0); n != "bsw_if_index 3sw_if_index 0" {
		t.Error(n)
	}
	if _, err := newRig(t, gvpp.Config{}).Interface("c"); err == nil || !strings.Contains(err.Error(), "there are none") {
		t.Error(err)
	}
}

func TestPluginsAreToldInOrder(t *testing.T) {
	var told []string
	say := func(s string) func() error { return func() error { told = append(told, s); return nil } }
	p := declare(func(r *plugin.Registry) {
		r.Config("mine", func(*config.Cursor) error { return say("config")() })
		r.Init(func(dp plugin.Dataplane) error {
			if _, err := dp.Interface("a"); err != nil || dp.Workers() != 1 || dp.Deterministic() || len(dp.InterfaceNames()) != 1 {
				t.Errorf("init: %v, %d workers", err, dp.Workers())
			}
			if has, err := dp.SetFeature("ip4-unicast", "nobody", 1, true); has || err != nil {
				t.Errorf("a feature that is not there: %v, %v", has, err)
			}
			return say("init")()
		})
		r.Close(say("close"))
	})
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{p}, Stanzas: stanzas(t, "mine { }")}, "a")
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(told, " "); got != "config init close" {
		t.Error(got)
	}
}
