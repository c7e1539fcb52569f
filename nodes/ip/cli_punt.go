package ip

import (
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/plugin"
)

func (p *Plugin) puntCommands(r *plugin.Registry) {
	for v6, name := range []string{"ip", "ip6"} {
		r.CLI(name+" punt redirect", name+` punt redirect [add] rx IF|all via [ADDRESS] IF
`+name+` punt redirect del rx IF|all
Has packets for this host that IF has received, and gvpp does not answer, leave by another interface, for a next hop or for whom they are for.`, func(c *cli.Call) error { return p.redirectCommand(c, v6 == 1) })
		r.Complete(func([]string) []string { return append(p.dp.InterfaceNames(), "add", "del", "rx", "all", "via") })
		r.CLI("show "+name+" punt redirect", "show "+name+" punt redirect\nShows where packets for this host go that gvpp does not answer.", func(c *cli.Call) error { return p.showRedirects(c, v6 == 1) })
	}
}

func (p *Plugin) redirectCommand(c *cli.Call, v6 bool) (err error) {
	a := c.Args
	del := a.Keyword("del") || a.Keyword("delete")
	if !del {
		a.Keyword("add")
	}
	if !a.Keyword("rx") {
		return a.Errorf("expected rx IF|all")
	}
	rx := AnyInterface
	if !a.Keyword("all") {
		if rx, err = p.interfaceWord(a); err != nil {
			return err
		}
	}
	if del {
		if err := a.End(); err != nil {
			return err
		}
		return p.DeletePuntRedirect(v6, rx)
	}
	if !a.Keyword("via") {
		return a.Errorf("expected via [ADDRESS] IF")
	}
	path, err := p.path(a)
	if err == nil {
		err = a.End()
	}
	if err != nil {
		return err
	}
	return p.SetPuntRedirect(v6, rx, []fib.Path{path})
}

// redirectReport is a redirection as show ip punt redirect tells it.
type redirectReport struct {
	Rx    string   `json:"rx"`
	Paths []string `json:"via"`
}

func (p *Plugin) showRedirects(c *cli.Call, v6 bool) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := []redirectReport{}
	for _, r := range p.PuntRedirects(v6) {
		report := redirectReport{Rx: p.rxName(r.RxIf)}
		for _, path := range r.Paths {
			to := p.dp.InterfaceName(path.SwIf)
			if path.Kind == fib.ToNeighbor {
				to = path.Via.String() + " " + to
			}
			report.Paths = append(report.Paths, to)
		}
		list = append(list, report)
	}
	return c.Show(list, func(w io.Writer) {
		for _, r := range list {
			fmt.Fprintf(w, " rx %s via:\n", r.Rx)
			for _, to := range r.Paths {
				fmt.Fprintf(w, "  %s\n", to)
			}
		}
	})
}
