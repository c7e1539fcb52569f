package gvpptest

import (
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/plugin"
)

// owners knows who has declared what first, and who has declared it once more.
type owners struct {
	by    map[string]string // "node x", "command x y": the plugin
	twice []string          // in words
}

// owned is a plugin whose declarations are noted.
type owned struct {
	plugin.Plugin
	o *owners
}

// of wraps plugins so that their declarations are noted.
func (o *owners) of(list []plugin.Plugin) (out []plugin.Plugin) {
	for _, p := range list {
		if p != nil {
			p = owned{p, o}
		}
		out = append(out, p)
	}
	return out
}

// Register implements plugin.Plugin.
func (p owned) Register(r *plugin.Registry) {
	if p.o.by == nil {
		p.o.by = map[string]string{}
		p.o.note("gvpp itself", r, 0, 0)
	}
	nodes, commands := len(r.Nodes), len(r.Commands)
	p.Plugin.Register(r)
	p.o.note(fmt.Sprintf("%T", p.Plugin), r, nodes, commands)
}

// note takes down what a plugin has declared, from these places on.
func (o *owners) note(who string, r *plugin.Registry, nodes, commands int) {
	for _, n := range r.Nodes[nodes:] {
		o.declare(who, "node "+n.Name)
	}
	for _, c := range r.Commands[commands:] {
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

// explain is an error with who has declared what is there twice.
func (o *owners) explain(err error) string {
	return "  " + strings.Join(append(strings.Split(err.Error(), "\n"), o.twice...), "\n  ")
}
