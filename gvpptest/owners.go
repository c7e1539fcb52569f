package gvpptest

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/plugin"
)

// explain is an error of gvpp.New with who has declared what is there twice. It asks the plugins for their declarations once more.
func explain(err error, list []plugin.Plugin) string {
	o := owners{by: map[string]string{}}
	all := &probe{}
	if dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{all}, Buffers: 1, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}); err == nil {
		_ = dp.Close()
		o.note("gvpp itself", &all.Registry)
	}
	for _, p := range list {
		if p != nil {
			o.note(fmt.Sprintf("%T", p), declarations(p))
		}
	}
	return "  " + strings.Join(append(strings.Split(err.Error(), "\n"), o.twice...), "\n  ")
}

// probe is a plugin that sees what was declared before it.
type probe struct{ plugin.Registry }

func (p *probe) Register(r *plugin.Registry) { p.Registry = *r }

// declarations are a plugin's, as far as it comes with them.
func declarations(p plugin.Plugin) *plugin.Registry {
	r := new(plugin.Registry)
	defer func() { _ = recover() }() // New has got past it: it does not like to be asked twice
	p.Register(r)
	return r
}

// owners knows who has declared what first, and who has declared it once more.
type owners struct {
	by    map[string]string // "node x", "command x y": who
	twice []string          // in words
}

func (o *owners) note(who string, r *plugin.Registry) {
	if r == nil {
		return
	}
	for _, n := range r.Nodes {
		o.declare(who, "node "+n.Name)
	}
	for _, c := range r.Commands {
		o.declare(who, "command "+c.Path)
	}
}

func (o *owners) declare(who, what string) {
	if first, ok := o.by[what]; ok {
		o.twice = append(o.twice, fmt.Sprintf("%s is declared by %s; %s has it already", what, who, first))
		return
	}
	o.by[what] = who
}
