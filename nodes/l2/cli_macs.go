package l2

import (
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// macCommands declares the commands about tables of addresses.
func (p *Plugin) macCommands(r *plugin.Registry) {
	r.CLI("show l2fib", "show l2fib [verbose|all|learn|add] [bd_id BD|bd_index N]\nShows how many MAC addresses bridge domains know, or which: all, those learned, those entered by hand, those of one domain.", p.showMACs)
	r.Complete(func([]string) []string { return []string{"verbose", "all", "learn", "add", "bd_id", "bd_index"} })
	r.CLI("l2fib add", "l2fib add MAC BD filter | IF [static|bvi]\nEnters an address: frames from and to a filter are dropped; a static one stays where it is; others move when they are heard elsewhere.", p.addMAC)
	r.Complete(func(args []string) []string {
		if len(args) == 2 {
			return append(p.dp.InterfaceNames(), "filter")
		}
		return []string{"static", "bvi"}
	})
	r.CLI("l2fib del", "l2fib del MAC BD\nTakes an address out.", p.deleteMAC)
	r.CLI("l2fib flush-mac all", "l2fib flush-mac all\nForgets all that was learned.", func(c *cli.Call) error { return p.flushCommand(c, 0, 0) })
	r.CLI("l2fib flush-mac interface", "l2fib flush-mac interface IF\nForgets what was learned at an interface.", func(c *cli.Call) error {
		swIf, err := p.interfaceOf(c.Args)
		if err != nil {
			return err
		}
		return p.flushCommand(c, 0, swIf)
	})
	r.Complete(func([]string) []string { return p.dp.InterfaceNames() })
	r.CLI("l2fib flush-mac bridge-domain", "l2fib flush-mac bridge-domain BD\nForgets what a bridge domain has learned.", func(c *cli.Call) error {
		id, err := domainOf(c.Args)
		if err != nil {
			return err
		}
		if _, err := p.Domain(id); err != nil {
			return err
		}
		return p.flushCommand(c, id, 0)
	})
	r.Complete(p.completeDomain)
	r.CLI("clear l2fib", "clear l2fib\nTakes all addresses out, but those of BVIs.", func(c *cli.Call) error {
		if err := c.Args.End(); err != nil {
			return err
		}
		p.Clear()
		return nil
	})
}

func macWord(a *cli.Args) (net.HardwareAddr, error) {
	w, err := a.Word("a MAC address")
	if err != nil {
		return nil, err
	}
	mac, err := net.ParseMAC(w)
	if err != nil || len(mac) != 6 {
		return nil, a.Errorf("address %q: want six numbers like 02:00:00:00:00:01", w)
	}
	return mac, nil
}

func (p *Plugin) addMAC(c *cli.Call) error {
	mac, err := macWord(c.Args)
	if err != nil {
		return err
	}
	id, err := domainOf(c.Args)
	if err != nil {
		return err
	}
	m := MAC{Filter: c.Args.Keyword("filter")}
	if !m.Filter {
		if m.Port, err = p.interfaceOf(c.Args); err != nil {
			return err
		}
		m.Static, m.BVI = c.Args.Keyword("static"), c.Args.Keyword("bvi")
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.AddMAC(id, mac, m)
}

func (p *Plugin) deleteMAC(c *cli.Call) error {
	mac, err := macWord(c.Args)
	if err != nil {
		return err
	}
	id, err := domainOf(c.Args)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.DeleteMAC(id, mac)
}

func (p *Plugin) flushCommand(c *cli.Call, id, swIf uint32) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Flush(id, swIf)
}

// shownMACs is show l2fib for programs.
type shownMACs struct {
	Total   int        `json:"total"`
	Learned int        `json:"learned"`
	Limit   int        `json:"learn_limit"`
	Bytes   int        `json:"bytes"`
	Entries []shownMAC `json:"entries,omitempty"`
}

type shownMAC struct {
	Address   string `json:"mac"`
	Interface string `json:"interface,omitempty"`
	MAC
}

func (p *Plugin) showMACs(c *cli.Call) error {
	show := func(*MAC) bool { return true }
	verbose := false
	id := uint32(0)
	for c.Args.Len() > 0 {
		switch {
		case c.Args.Keyword("verbose"), c.Args.Keyword("all"):
		case c.Args.Keyword("learn"):
			show = func(m *MAC) bool { return m.Learned }
		case c.Args.Keyword("add"):
			show = func(m *MAC) bool { return !m.Learned }
		default:
			var err error
			if id, err = p.whichDomain(c.Args); err != nil {
				return err
			}
		}
		verbose = true
	}
	list, err := p.MACs(0)
	if err != nil {
		return err
	}
	s := shownMACs{Total: len(list), Bytes: p.tableBytes()}
	s.Learned, s.Limit = p.Learned()
	list = slices.DeleteFunc(list, func(m MAC) bool { return !verbose || id != 0 && m.Domain != id || !show(&m) })
	for i := range list {
		m := shownMAC{Address: list[i].Address.String(), MAC: list[i]}
		if !m.Filter {
			m.Interface = p.dp.InterfaceName(m.Port)
		}
		s.Entries = append(s.Entries, m)
	}
	return c.Show(s, func(w io.Writer) {
		if s.Total == 0 {
			fmt.Fprintln(w, "no l2fib entries")
			return
		}
		if verbose {
			p.writeMACs(w, list)
		}
		fmt.Fprintf(w, "L2FIB total/learned entries: %d/%d  Learn limit: %d\n", s.Total, s.Learned, s.Limit)
	})
}

// whichDomain reads bd_id or bd_index and a number, and returns the ID.
func (p *Plugin) whichDomain(a *cli.Args) (id uint32, err error) {
	switch {
	case a.Keyword("bd_id"):
		if id, err = domainOf(a); err == nil {
			_, err = p.Domain(id)
		}
		return id, err
	case a.Keyword("bd_index"):
		n, err := a.Uint("an index", 1, maxDomains)
		if err != nil {
			return 0, err
		}
		for _, d := range p.Domains() {
			if uint64(d.Index) == n {
				return d.ID, nil
			}
		}
		return 0, a.Errorf("no bridge domain has index %d", n)
	}
	return 0, a.Unknown()
}

// tableBytes is the memory of the table.
func (p *Plugin) tableBytes() int {
	if t := p.state.Load().table; t != nil {
		return t.Bytes()
	}
	return 0
}
