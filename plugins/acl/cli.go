package acl

import (
	"fmt"
	"io"
	"strings"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/plugin"
)

// registerCLI declares VPP's commands.
func (p *Plugin) registerCLI(r *plugin.Registry) {
	interfaces := func([]string) []string { return p.dp.InterfaceNames() }
	r.CLI("show acl-plugin acl", "show acl-plugin acl [index N]\nShows access lists and what they are applied to.", p.showLists)
	r.CLI("show acl-plugin interface", "show acl-plugin interface [IF]\nShows the access lists of interfaces, in the order in which they are asked.", p.showApplied)
	r.Complete(interfaces)
	r.CLI("show acl-plugin tables", "show acl-plugin tables [verbose]\nVPP's hash tables of rules; says where gvpp shows what its rules are made of.", tables("show classify has the rules that the lists have become"))
	r.CLI("show acl-plugin sessions", "show acl-plugin sessions [verbose N]\nVPP's sessions of reflecting rules; says where gvpp shows its sessions.", tables("show flowtrack has the sessions"))
	r.CLI("set acl-plugin acl", "set acl-plugin acl [index N] permit|deny|permit+reflect [src P] [dst P] [proto X] [sport R] [dport R] [tcpflags V mask M] [, …] [tag T]\n"+
		"Makes an access list, or gives list N other rules. For ICMP sport is the type and dport the code. Prints the list's index.", p.setList)
	r.CLI("set acl-plugin interface", "set acl-plugin interface IF input|output acl N [del]\nApplies a list to an interface, behind those it has; del takes it off.", p.setInterface)
	r.Complete(interfaces)
	r.CLI("set acl-plugin session timeout", "set acl-plugin session timeout udp idle|tcp idle|tcp transient SECONDS\nSays how long sessions may be silent; for all of flowtrack's, see show flowtrack timeouts.", p.setTimeout)
	r.CLI("delete acl-plugin acl", "delete acl-plugin acl index N\nRemoves a list that no interface has.", p.deleteList)
}

// tables answers those who ask for VPP's tables.
func tables(text string) cli.Handler {
	return func(c *cli.Call) error {
		if c.Args.Keyword("verbose") && c.Args.Len() > 0 {
			if _, err := c.Args.Int("how verbose", 0, 1<<32-1); err != nil {
				return err
			}
		}
		if err := c.Args.End(); err != nil {
			return err
		}
		return c.Show([]struct{}{}, func(w io.Writer) { fmt.Fprintln(w, text) })
	}
}

// ListReport is a list as show acl-plugin acl tells it.
type ListReport struct {
	Index    uint32   `json:"acl_index"`
	Tag      string   `json:"tag"`
	Rules    []string `json:"rules"`
	Inbound  []string `json:"applied_inbound"`
	Outbound []string `json:"applied_outbound"`
}

// Report describes all lists, or one.
func (p *Plugin) Report(only *uint32) ([]ListReport, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if only != nil {
		if _, err := p.list(*only); err != nil {
			return nil, err
		}
	}
	all := []ListReport{}
	for _, l := range p.lists {
		if l == nil || only != nil && *only != l.Index {
			continue
		}
		r := ListReport{Index: l.Index, Tag: l.Tag, Rules: []string{}, Inbound: p.users(l.Index, classify.In), Outbound: p.users(l.Index, classify.Out)}
		for i := range l.Rules {
			r.Rules = append(r.Rules, l.Rules[i].String())
		}
		all = append(all, r)
	}
	return all, nil
}

// users is the names of the interfaces that have a list. p.mu is held.
func (p *Plugin) users(index uint32, d classify.Direction) []string {
	names := []string{}
	for _, a := range p.sorted() {
		if a.has(index, d) {
			names = append(names, p.dp.InterfaceName(a.Interface))
		}
	}
	return names
}

func (p *Plugin) showLists(c *cli.Call) error {
	var only *uint32
	if c.Args.Keyword("index") {
		n, err := c.Args.Int("the index of a list", 0, 1<<32-1)
		if err != nil {
			return err
		}
		index := uint32(n)
		only = &index
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	all, err := p.Report(only)
	if err != nil {
		return err
	}
	return c.Show(all, func(w io.Writer) {
		for _, l := range all {
			fmt.Fprintf(w, "acl-index %d count %d tag {%s}\n", l.Index, len(l.Rules), l.Tag)
			for i, r := range l.Rules {
				fmt.Fprintf(w, "%11d: %s\n", i, r)
			}
			fmt.Fprintf(w, "  applied inbound on: %s\n  applied outbound on: %s\n", strings.Join(l.Inbound, " "), strings.Join(l.Outbound, " "))
		}
	})
}

// appliedReport is the lists of an interface.
type appliedReport struct {
	Interface string   `json:"interface"`
	Index     uint32   `json:"sw_if_index"`
	In        []uint32 `json:"input"`
	Out       []uint32 `json:"output"`
	EtypesIn  []uint16 `json:"input_ethertypes,omitempty"`
	EtypesOut []uint16 `json:"output_ethertypes,omitempty"`
}

func (p *Plugin) showApplied(c *cli.Call) error {
	names := p.dp.InterfaceNames()
	if c.Args.Len() > 0 {
		name, err := c.Args.Word("an interface name")
		if err != nil {
			return err
		}
		names = []string{name}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	all := []appliedReport{}
	for _, name := range names {
		swIf, err := p.dp.Interface(name)
		if err != nil {
			return err
		}
		a := p.Applied(swIf)
		in, out := p.Etypes(swIf)
		all = append(all, appliedReport{name, swIf, append([]uint32{}, a.In...), append([]uint32{}, a.Out...), in, out})
	}
	return c.Show(all, func(w io.Writer) {
		for _, a := range all {
			fmt.Fprintf(w, "sw_if_index %d: %s\n  input acl(s): %s\n  output acl(s): %s\n", a.Index, a.Interface, numbers(a.In), numbers(a.Out))
			for _, list := range []struct {
				what   string
				etypes []uint16
			}{{"input", a.EtypesIn}, {"output", a.EtypesOut}} {
				if len(list.etypes) > 0 {
					fmt.Fprintf(w, "  %s etype whitelist: %04x\n", list.what, list.etypes)
				}
			}
		}
	})
}

func numbers(list []uint32) string { return strings.Trim(fmt.Sprint(list), "[]") }

func (p *Plugin) setInterface(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	swIf, err := p.dp.Interface(name)
	if err != nil {
		return err
	}
	side, err := c.Args.OneOf("a side", "input", "output")
	if err != nil {
		return err
	}
	if !c.Args.Keyword("acl") {
		return c.Args.Errorf("expected acl N")
	}
	n, err := c.Args.Int("the index of a list", 0, 1<<32-1)
	if err != nil {
		return err
	}
	off := c.Args.Keyword("del")
	if err := c.Args.End(); err != nil {
		return err
	}
	d := classify.In
	if side == "output" {
		d = classify.Out
	}
	return p.ApplyOne(c.Context, swIf, uint32(n), d, !off)
}

func (p *Plugin) deleteList(c *cli.Call) error {
	if !c.Args.Keyword("index") {
		return c.Args.Errorf("expected index N")
	}
	n, err := c.Args.Int("the index of a list", 0, 1<<32-1)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Delete(uint32(n))
}

func (p *Plugin) setList(c *cli.Call) error {
	index := NewList
	if c.Args.Keyword("index") {
		n, err := c.Args.Int("the index of a list", 0, 1<<32-1)
		if err != nil {
			return err
		}
		index = uint32(n)
	}
	tag, rules, err := parseList(c.Path, c.Args.Rest())
	if err != nil {
		return err
	}
	if index, err = p.AddReplace(c.Context, index, tag, rules); err != nil {
		return err
	}
	return c.Show(map[string]uint32{"acl_index": index}, func(w io.Writer) { fmt.Fprintf(w, "ACL index:%d\n", index) })
}
