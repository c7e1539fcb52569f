package ip

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// SetUnnumbered makes an interface route by the addresses of another one, the lender, or with 0 ends that. It has no networks by
// them: what is to leave by it needs routes.
func (p *Plugin) SetUnnumbered(swIf, lender uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(swIf)
	if err != nil {
		return err
	}
	if lender != 0 {
		l, err := p.find(lender)
		if err != nil {
			return err
		}
		if lender == swIf || l.lender != 0 {
			return api.Wrap(api.InvalidValue, fmt.Errorf("ip: %s has no addresses of its own that it could lend to %s", p.dp.InterfaceName(lender), p.dp.InterfaceName(swIf)))
		}
	}
	i.lender = lender
	return p.configure(swIf, i)
}

// lent is the addresses that an interface has from another one. mu is held.
func (p *Plugin) lent(i *ifState) []netip.Prefix {
	if l := p.ifs[i.lender]; i.lender != 0 && l != nil {
		return slices.DeleteFunc(slices.Clone(l.addresses), func(a netip.Prefix) bool { return linksOwn(a.Addr()) })
	}
	return nil
}

// configureBorrowers follows what an interface lends. mu is held.
func (p *Plugin) configureBorrowers(lender uint32) error {
	var errs []error
	for swIf, i := range p.ifs {
		if i.lender == lender && swIf != lender {
			errs = append(errs, p.configure(swIf, i))
		}
	}
	return errors.Join(errs...)
}

// Unnumbered calls yield with each interface that has addresses of another one, and with that.
func (p *Plugin) Unnumbered() iter.Seq2[uint32, uint32] {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list [][2]uint32
	for swIf, i := range p.ifs {
		if i.lender != 0 {
			list = append(list, [2]uint32{swIf, i.lender})
		}
	}
	slices.SortFunc(list, func(a, b [2]uint32) int { return int(a[0]) - int(b[0]) })
	return func(yield func(swIf, lender uint32) bool) {
		for _, x := range list {
			if !yield(x[0], x[1]) {
				return
			}
		}
	}
}

// IPUnnumberedDump implements ip.Service: one interface, or all.
func (a ipAPI) IPUnnumberedDump(_ context.Context, m *ipapi.IPUnnumberedDump) iter.Seq2[*ipapi.IPUnnumberedDetails, error] {
	return func(yield func(*ipapi.IPUnnumberedDetails, error) bool) {
		for swIf, lender := range a.p.Unnumbered() {
			if only := uint32(m.SwIfIndex); only != none && only != swIf {
				continue
			}
			if !yield(&ipapi.IPUnnumberedDetails{SwIfIndex: interface_types.InterfaceIndex(swIf), IPSwIfIndex: interface_types.InterfaceIndex(lender)}, nil) {
				return
			}
		}
	}
}

// borrowCommands are those of interfaces with addresses that are not theirs.
func (p *Plugin) borrowCommands(r *plugin.Registry) {
	names := func([]string) []string { return p.dp.InterfaceNames() }
	r.CLI("set interface unnumbered", "set interface unnumbered [del] IF [use IF]\nHas an interface route by the addresses of another one. What is to leave by it needs routes.", p.unnumberedCommand)
	r.Complete(names)
	r.CLI("set arp proxy", "set arp proxy [del] [table-id N] ADDRESS - ADDRESS\nHas ARP answered for the addresses from the first to the last in their owners' place, where `set interface proxy-arp` has turned that on.", p.proxyCommand)
	r.CLI("set interface proxy-arp", "set interface proxy-arp IF [disable]\nHas an interface answer ARP for the ranges of `set arp proxy` in its table, or ends that.", p.proxyInterfaceCommand)
	r.Complete(names)
}

func (p *Plugin) unnumberedCommand(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		del := a.Keyword("del")
		if !del {
			a.Keyword("add")
		}
		swIf, err := p.interfaceWord(a)
		lender := uint32(0)
		if err == nil && !del {
			if !a.Keyword("use") {
				return nil, a.Errorf("expected use and the interface whose addresses it is to have")
			}
			lender, err = p.interfaceWord(a)
		}
		return func(*cli.Call) error { return p.SetUnnumbered(swIf, lender) }, err
	})(c)
}
