package gvpp

import (
	"fmt"
	"io"
	"net/netip"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// registerAddresses declares the command that sets addresses; show interface shows them.
func (b base) registerAddresses(r *plugin.Registry) {
	r.CLI("set interface ip address", "set interface ip address [del] IF (ADDRESS/LENGTH|all)\nGives an interface an address, or takes it away; all goes with del only. An interface with an address forwards packets of that family.", b.setAddress)
	r.Complete(func(args []string) []string {
		if len(args) < 2 {
			return append(b.InterfaceNames(), "del")
		}
		if args[0] != "del" {
			return nil
		}
		if len(args) == 2 {
			return b.InterfaceNames()
		}
		return append(b.addressesOf(args[1]), "all")
	})
}

// addressesOf is the addresses of an interface, for completion.
func (b base) addressesOf(name string) (out []string) {
	if swIf, err := b.Interface(name); err == nil {
		s, _ := b.InterfaceStatus(swIf)
		for _, p := range s.Addresses {
			out = append(out, p.String())
		}
	}
	return out
}

func (b base) setAddress(c *cli.Call) error {
	del := c.Args.Keyword("del")
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	word, err := c.Args.Word("ADDRESS/LENGTH")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	swIf, err := b.Interface(name)
	if err != nil {
		return err
	}
	if del && word == "all" {
		return b.DeleteAddresses(swIf)
	}
	p, err := netip.ParsePrefix(word)
	if err != nil {
		return c.Args.Errorf("expected ADDRESS/LENGTH, IPv4 or IPv6, as 192.0.2.1/24, got %q", word)
	}
	if del {
		return b.DeleteAddress(swIf, p)
	}
	return b.AddAddress(swIf, p)
}

// AddressReport is an interface in show interface address.
type AddressReport struct {
	Name      string         `json:"name"`
	Index     uint32         `json:"sw_if_index"`
	Up        bool           `json:"up"` // as set by the operator
	Addresses []netip.Prefix `json:"addresses"`
	Tables    struct {
		IP4 uint32 `json:"ip4"`
		IP6 uint32 `json:"ip6"`
	} `json:"tables"` // in which packets are looked up
	places [2]uint32 // of those tables, as show ip fib has them
}

// line is an address as VPP shows it: with its table, where that is not table 0.
func (r *AddressReport) line(p netip.Prefix) string {
	word, table, place := "ip4", r.Tables.IP4, r.places[0]
	if p.Addr().Is6() {
		word, table, place = "ip6", r.Tables.IP6, r.places[1]
	}
	if table == 0 {
		return fmt.Sprintf("  L3 %v", p)
	}
	return fmt.Sprintf("  L3 %v %s table-id %d fib-idx %d", p, word, table, place)
}

// showAddresses is VPP's form: a line for the interface, then one for each address.
func (b base) showAddresses(c *cli.Call, ifs []InterfaceStatus) error {
	list := []AddressReport{}
	for _, s := range ifs {
		r := AddressReport{Name: s.Name, Index: s.Index, Up: s.Up, Addresses: append([]netip.Prefix{}, s.Addresses...)}
		r.Tables.IP4, r.places[0] = b.ip.TableOf(s.Index, false)
		r.Tables.IP6, r.places[1] = b.ip.TableOf(s.Index, true)
		list = append(list, r)
	}
	return c.Show(list, func(w io.Writer) {
		for _, r := range list {
			state := "dn"
			if r.Up {
				state = "up"
			}
			fmt.Fprintf(w, "%s (%s):\n", r.Name, state)
			for _, p := range r.Addresses {
				fmt.Fprintln(w, r.line(p))
			}
		}
	})
}
