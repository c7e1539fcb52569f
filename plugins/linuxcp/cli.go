package linuxcp

import (
	"fmt"
	"io"
	"strconv"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

func (p *Plugin) commands(r *plugin.Registry) {
	names := func([]string) []string { return p.dp.InterfaceNames() }
	phys := func([]string) (list []string) {
		for _, s := range p.All() {
			list = append(list, s.Phy)
		}
		return list
	}
	r.CLI("lcp create", "lcp create IF|SW_IF_INDEX host-if NAME [netns NS]\nMakes a device NAME of the host that stands for IF: give it IF's addresses, and the host answers what gvpp does not answer itself.\nNS is a name of ip netns, a path, or pid:N; prints the tap that the two share.", p.createCommand)
	r.Complete(func(args []string) []string {
		if len(args) < 2 {
			return names(args)
		}
		return []string{"host-if", "netns"}
	})
	r.CLI("lcp delete", "lcp delete IF|SW_IF_INDEX\nDeletes the host device that stands for IF.", p.deleteCommand)
	r.Complete(phys)
	r.CLI("lcp default", "lcp default netns [NS]\nSays in which network namespace host devices are made; without NS in gvpp's own.", p.defaultCommand)
	r.Complete(func([]string) []string { return []string{"netns"} })
	r.CLI("lcp punt-limit", "lcp punt-limit IF rate N [burst N]\nBounds the packets a second that IF sends to the host, and how many at once; rate 0 lifts the bound.", p.limitCommand)
	r.Complete(phys)
	r.CLI("show lcp", "show lcp [phy IF]\nShows the host devices that stand for interfaces, and what went to them.", p.show)
	r.Complete(func(args []string) []string {
		if len(args) < 2 {
			return []string{"phy"}
		}
		return phys(args)
	})
}

// interfaceWord reads an interface by its name, or by its number.
func (p *Plugin) interfaceWord(a *cli.Args) (uint32, error) {
	name, err := a.Word("an interface name")
	if err != nil {
		return 0, err
	}
	swIf, err := p.dp.Interface(name)
	if n, bad := strconv.ParseUint(name, 10, 32); err != nil && bad == nil {
		return uint32(n), nil
	}
	return swIf, err
}

// created is the result of lcp create.
type created struct {
	Interface string `json:"interface"`
	Index     uint32 `json:"sw_if_index"`
}

func (p *Plugin) createCommand(c *cli.Call) error {
	phy, err := p.interfaceWord(c.Args)
	if err != nil {
		return err
	}
	hostIf, ns := "", ""
	for c.Args.Len() > 0 && err == nil {
		switch {
		case c.Args.Keyword("host-if"):
			hostIf, err = c.Args.Word("the host device's name")
		case c.Args.Keyword("netns"):
			ns, err = c.Args.Word("a network namespace")
		case c.Args.Keyword("tun"):
			err = errTUN
		default:
			err = c.Args.Unknown()
		}
	}
	if err == nil && hostIf == "" {
		err = c.Args.Errorf("expected host-if NAME")
	}
	if err != nil {
		return err
	}
	swIf, err := p.Create(c.Context, phy, hostIf, ns)
	if err != nil {
		return err
	}
	name := p.dp.InterfaceName(swIf)
	return c.Show(created{name, swIf}, func(w io.Writer) { fmt.Fprintln(w, name) })
}

func (p *Plugin) deleteCommand(c *cli.Call) error {
	phy, err := p.interfaceWord(c.Args)
	if err == nil {
		err = c.Args.End()
	}
	if err != nil {
		return err
	}
	return p.Delete(c.Context, phy)
}

func (p *Plugin) defaultCommand(c *cli.Call) error {
	if !c.Args.Keyword("netns") {
		return c.Args.Errorf("expected netns [NS]")
	}
	ns, _ := c.Args.Next()
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.SetDefaultNS(ns)
}

func (p *Plugin) limitCommand(c *cli.Call) error {
	phy, err := p.interfaceWord(c.Args)
	if err != nil {
		return err
	}
	l := DefaultLimit
	if !c.Args.Keyword("rate") {
		return c.Args.Errorf("expected rate N")
	}
	n, err := c.Args.Uint("packets a second", 0, maxRate)
	if err != nil {
		return err
	}
	l.Rate = uint32(n)
	if c.Args.Keyword("burst") {
		if n, err = c.Args.Uint("packets", 1, maxBurst); err != nil {
			return err
		}
		l.Burst = uint32(n)
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.SetLimit(phy, l)
}

func (p *Plugin) show(c *cli.Call) error {
	list := p.All()
	if c.Args.Keyword("phy") {
		phy, err := p.interfaceWord(c.Args)
		if err != nil {
			return err
		}
		one := []Status{}
		for _, s := range list {
			if s.PhyIndex == phy {
				one = append(one, s)
			}
		}
		list = one
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	ns := p.DefaultNS()
	return c.Show(list, func(w io.Writer) {
		if ns == "" {
			ns = "<unset>"
		}
		fmt.Fprintf(w, "lcp default netns '%s'\n", ns)
		for i, s := range list {
			fmt.Fprintf(w, "itf-pair: [%d] %s %s %s %d type tap", i, s.Phy, s.Tap, s.HostIf, s.HostIndex)
			if s.NetNS != "" {
				fmt.Fprintf(w, " netns %s", s.NetNS)
			}
			if s.Limit.Rate == 0 {
				fmt.Fprintf(w, "\n  punted %d, no limit\n", s.Punted)
				continue
			}
			fmt.Fprintf(w, "\n  punted %d, %d beyond the limit of %d a second, %d at once\n", s.Punted, s.Refused, s.Limit.Rate, s.Limit.Burst)
		}
	})
}
