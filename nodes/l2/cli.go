package l2

import (
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

const usage = `set interface l2 xconnect A B
Sends all that interface A receives out by B, and all that B receives out by A unless B has been told otherwise.
"set interface l2 xconnect A none" ends that.`

// commands declares what there is on the CLI.
func (p *Plugin) commands(r *plugin.Registry) {
	names := func([]string) []string { return p.dp.InterfaceNames() }
	r.CLI("set interface l2 xconnect", usage, p.command)
	r.Complete(names)
	r.CLI("show l2 xconnect", "show l2 xconnect\nShows which interface sends where.", p.show)
	r.CLI("set interface l2 bridge", "set interface l2 bridge IF BD [bvi|uu-fwd] [SHG]\n"+
		"Puts an interface into a bridge domain, which is made if there is none. As the BVI it routes for the domain's hosts; as uu-fwd it\n"+
		"gets all frames to unknown addresses, and nobody else does. Members of a split horizon group other than 0 get nothing from each other.", p.bridgeCommand)
	r.Complete(names)
	r.CLI("set interface l3", "set interface l3 IF\nTakes an interface out of its bridge domain or cross-connect.", p.routeCommand)
	r.Complete(names)
	r.CLI("show mode", "show mode [IF …]\nShows which interfaces are bridged, cross-connected, or neither.", p.showMode)
	r.Complete(names)
	p.domainCommands(r)
	p.macCommands(r)
}

func (p *Plugin) command(c *cli.Call) error {
	from, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	to, err := c.Args.Word("an interface name, or none")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	a, err := p.dp.Interface(from)
	if err != nil {
		return err
	}
	if to == "none" {
		return p.Disconnect(c.Context, a)
	}
	b, err := p.dp.Interface(to)
	if err != nil {
		return err
	}
	return p.CrossConnect(c.Context, a, b)
}

// Connection is a line of show l2 xconnect.
type Connection struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (p *Plugin) show(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := []Connection{}
	for a, b := range p.All() {
		list = append(list, Connection{p.dp.InterfaceName(a), p.dp.InterfaceName(b)})
	}
	return c.Show(list, func(w io.Writer) {
		for _, l := range list {
			fmt.Fprintf(w, "%s -> %s\n", l.From, l.To)
		}
	})
}

// interfaceOf reads an interface's name.
func (p *Plugin) interfaceOf(a *cli.Args) (uint32, error) {
	name, err := a.Word("an interface name")
	if err != nil {
		return 0, err
	}
	return p.dp.Interface(name)
}

// domainOf reads a domain's ID.
func domainOf(a *cli.Args) (uint32, error) {
	id, err := a.Uint("a bridge domain", 0, MaxDomainID)
	return uint32(id), err
}

func (p *Plugin) bridgeCommand(c *cli.Call) error {
	swIf, err := p.interfaceOf(c.Args)
	if err != nil {
		return err
	}
	id, err := domainOf(c.Args)
	if err != nil {
		return err
	}
	kind, shg := Normal, uint64(0)
	if c.Args.Keyword("bvi") {
		kind = BVI
	} else if c.Args.Keyword("uu-fwd") {
		kind = UUForward
	}
	if c.Args.Len() > 0 {
		if shg, err = c.Args.Uint("a split horizon group", 0, 255); err != nil {
			return err
		}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Bridge(c.Context, swIf, id, kind, uint8(shg))
}

func (p *Plugin) routeCommand(c *cli.Call) error {
	swIf, err := p.interfaceOf(c.Args)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Route(c.Context, swIf)
}

// InterfaceMode is a line of show mode.
type InterfaceMode struct {
	Interface string `json:"interface"`
	Mode      string `json:"mode"` // l3, bridge or xconnect
	Domain    uint32 `json:"bd_id,omitempty"`
	BVI       bool   `json:"bvi,omitempty"`
	UUForward bool   `json:"uu_fwd,omitempty"`
	SHG       uint8  `json:"shg,omitempty"`
	Peer      string `json:"peer,omitempty"`
}

// line is VPP's.
func (m *InterfaceMode) line() string {
	switch {
	case m.Mode == "l3":
		return "l3 " + m.Interface
	case m.Mode == "xconnect":
		return "l2 xconnect " + m.Interface + " " + m.Peer
	case m.BVI:
		return fmt.Sprintf("l2 bridge %s bd_id %d bvi shg %d", m.Interface, m.Domain, m.SHG)
	case m.UUForward:
		return fmt.Sprintf("l2 bridge %s bd_id %d uu-fwd shg %d", m.Interface, m.Domain, m.SHG)
	}
	return fmt.Sprintf("l2 bridge %s bd_id %d shg %d", m.Interface, m.Domain, m.SHG)
}

func (p *Plugin) showMode(c *cli.Call) error {
	names := c.Args.Rest()
	if len(names) == 0 {
		names = p.dp.InterfaceNames()
	}
	list := []InterfaceMode{}
	for _, name := range names {
		swIf, err := p.dp.Interface(name)
		if err != nil {
			return err
		}
		list = append(list, p.modeOf(name, swIf))
	}
	return c.Show(list, func(w io.Writer) {
		for i := range list {
			fmt.Fprintln(w, list[i].line())
		}
	})
}

func (p *Plugin) modeOf(name string, swIf uint32) InterfaceMode {
	if id, m, ok := p.Mode(swIf); ok {
		return InterfaceMode{Interface: name, Mode: "bridge", Domain: id, SHG: m.SHG, BVI: m.Kind == BVI, UUForward: m.Kind == UUForward}
	}
	if peer, ok := p.Peer(swIf); ok {
		return InterfaceMode{Interface: name, Mode: "xconnect", Peer: p.dp.InterfaceName(peer)}
	}
	return InterfaceMode{Interface: name, Mode: "l3"}
}
