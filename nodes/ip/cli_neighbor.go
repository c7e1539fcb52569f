package ip

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
	"github.com/gvpp/gvpp/plugin"
)

func (p *Plugin) neighborCommands(r *plugin.Registry) {
	words := func(args []string) []string { return append(p.dp.InterfaceNames(), "static", "no-fib-entry", "del") }
	const help = " [del] [static] [no-fib-entry] IF ADDRESS [MAC]\nMakes known how a host on an interface's link is reached, or forgets it. A static one does not change by what is heard of it, one with\nno-fib-entry has no route of its own."
	for _, path := range []string{"set ip neighbor", "ip neighbor"} {
		r.CLI(path, path+help, p.setNeighborCommand)
		r.Complete(words)
	}
	names := func([]string) []string { return p.dp.InterfaceNames() }
	for _, w := range []struct {
		word   string
		v4, v6 bool
	}{{"ip", true, true}, {"ip4", true, false}, {"ip6", false, true}} {
		path := "show " + w.word + " neighbors"
		r.CLI(path, path+" [IF]\nShows the hosts that are known on links: S static, D heard of, N without a route of its own.", p.showNeighbors(w.v4, w.v6))
		r.Complete(names)
	}
	r.CLI("ip neighbor-flush", "ip neighbor-flush [IF]\nForgets all neighbours, or those of an interface.", p.flushCommand)
	r.Complete(names)
}

func (p *Plugin) setNeighborCommand(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		var del, static, noRoute bool
		for {
			switch {
			case a.Keyword("del"):
				del = true
			case a.Keyword("static"):
				static = true
			case a.Keyword("no-fib-entry"):
				noRoute = true
			default:
				return p.neighborWords(a, del, static, noRoute)
			}
		}
	})(c)
}

func (p *Plugin) neighborWords(a *cli.Args, del, static, noRoute bool) (func(c *cli.Call) error, error) {
	swIf, err := p.interfaceWord(a)
	if err != nil {
		return nil, err
	}
	addr, err := a.Addr("a host's address")
	if err != nil {
		return nil, err
	}
	if del {
		a.Rest() // its MAC address does not matter
		return func(*cli.Call) error { return p.DeleteNeighbor(swIf, addr) }, nil
	}
	mac, err := macWord(a)
	for err == nil && a.Len() > 0 { // VPP has them at the end
		switch {
		case a.Keyword("static"):
			static = true
		case a.Keyword("no-fib-entry"):
			noRoute = true
		default:
			err = a.Unknown()
		}
	}
	return func(*cli.Call) error { return p.SetNeighbor(swIf, addr, mac, static, noRoute) }, err
}

func (p *Plugin) flushCommand(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		swIf, err := ^uint32(0), error(nil)
		if a.Len() > 0 {
			swIf, err = p.interfaceWord(a)
		}
		return func(*cli.Call) error {
			p.FlushNeighbors(swIf, false)
			p.FlushNeighbors(swIf, true)
			return nil
		}, err
	})(c)
}

// NeighborReport is a line of show ip neighbors.
type NeighborReport struct {
	Age       float64 `json:"age_s"`
	Address   string  `json:"address"`
	State     string  `json:"state"`
	Static    bool    `json:"static"`
	NoRoute   bool    `json:"no_fib_entry"`
	MAC       string  `json:"mac,omitempty"`
	Interface string  `json:"interface"`
}

func (p *Plugin) showNeighbors(v4, v6 bool) cli.Handler {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		only, err := uint32(0), error(nil)
		if a.Len() > 0 {
			only, err = p.interfaceWord(a)
		}
		return func(c *cli.Call) error {
			now := p.dp.Clock()
			list := []NeighborReport{}
			for _, e := range p.Neighbors() {
				if only != 0 && e.SwIf != only || e.Addr.Is4() && !v4 || e.Addr.Is6() && !v6 {
					continue
				}
				r := NeighborReport{Address: e.Addr.String(), State: e.State.String(), Static: e.Static, NoRoute: e.NoRoute, Interface: p.dp.InterfaceName(e.SwIf)}
				if e.State != neighbor.Incomplete && e.State != neighbor.Failed {
					r.MAC, r.Age = net.HardwareAddr(e.MAC[:]).String(), float64(now-e.Since)/1e9
				}
				list = append(list, r)
			}
			return c.Show(list, func(w io.Writer) { writeNeighbors(w, list) })
		}, err
	})
}

// writeNeighbors is VPP's form, and the state of those that have no MAC address in its place.
func writeNeighbors(w io.Writer, list []NeighborReport) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, center("Age", 12)+center("IP", 40)+center("Flags", 6)+center("Ethernet", 20)+center("Interface", 24))
	for _, r := range list {
		flags := "D"
		if r.Static {
			flags = "S"
		}
		if r.NoRoute {
			flags += "N"
		}
		mac := r.MAC
		if mac == "" {
			mac = r.State
		}
		fmt.Fprintln(w, strings.TrimRight(center(fmt.Sprintf("%.4f", r.Age), 12)+center(r.Address, 40)+center(flags, 6)+center(mac, 20)+r.Interface, " "))
	}
}

// center is VPP's %=: what is odd goes to the left.
func center(s string, width int) string {
	left := max(0, (width-len(s)+1)/2)
	return strings.Repeat(" ", left) + s + strings.Repeat(" ", max(0, width-len(s)-left))
}

// macWord takes a MAC address.
func macWord(a *cli.Args) (mac [6]byte, err error) {
	word, err := a.Word("a MAC address")
	if err != nil {
		return mac, err
	}
	hw, err := net.ParseMAC(word)
	if err != nil || len(hw) != 6 {
		return mac, a.Errorf("expected a MAC address, as 02:00:00:00:00:01, got %q", word)
	}
	return [6]byte(hw), nil
}
