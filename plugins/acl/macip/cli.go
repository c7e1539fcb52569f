package macip

import (
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// registerCLI declares VPP's commands.
func (p *Plugin) registerCLI(r *plugin.Registry) {
	r.CLI("show acl-plugin macip acl", "show acl-plugin macip acl [index N]\nShows the MACIP lists, what their rules have matched, and who has them.", p.showLists)
	r.CLI("show acl-plugin macip interface", "show acl-plugin macip interface\nShows the MACIP lists of interfaces, -1 for none.", p.showApplied)
	r.CLI("set acl-plugin macip acl", "set acl-plugin macip acl permit|deny|action N [ip P] [mac M [mask M]] [, …] [tag T]\n"+
		"Makes a MACIP list: what may come from an Ethernet address, compared in the mask's bits, and a prefix. Action 3 permits both ways. Prints the list's index.", p.setList)
	r.CLI("set acl-plugin macip interface", "set acl-plugin macip interface IF acl N [del]\nGives an interface a MACIP list, in the place of the one that it has; del takes it off.", p.setInterface)
	r.Complete(func([]string) []string { return p.dp.InterfaceNames() })
	r.CLI("delete acl-plugin macip acl", "delete acl-plugin macip acl index N\nRemoves a MACIP list, and takes it off the interfaces that have it.", p.deleteList)
}

// listReport is a list as show acl-plugin macip acl tells it.
type listReport struct {
	Index   uint32       `json:"acl_index"`
	Tag     string       `json:"tag"`
	Rules   []ruleReport `json:"rules"`
	Applied []uint32     `json:"sw_if_indices"`
}

type ruleReport struct {
	Rule string `json:"rule"`
	Hits uint64 `json:"hits"` // packets
}

// reports tells of all lists, or of one.
func (s *state) reports(only *uint32) []listReport {
	all := []listReport{}
	for _, l := range s.lists {
		if l == nil || only != nil && *only != l.Index {
			continue
		}
		r := listReport{l.Index, l.Tag, []ruleReport{}, []uint32{}}
		for i := range l.Rules {
			r.Rules = append(r.Rules, ruleReport{l.Rules[i].String(), l.hits[i].Load()})
		}
		for swIf, index := range s.applied {
			if index == l.Index {
				r.Applied = append(r.Applied, uint32(swIf))
			}
		}
		all = append(all, r)
	}
	return all
}

func (p *Plugin) showLists(c *cli.Call) error {
	var only *uint32
	if c.Args.Keyword("index") {
		n, err := c.Args.Uint("the index of a list", 0, 1<<32-1)
		if err != nil {
			return err
		}
		index := uint32(n)
		only = &index
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	all := p.state.Load().reports(only)
	return c.Show(all, func(w io.Writer) {
		for _, l := range all {
			fmt.Fprintf(w, "MACIP acl_index: %d, count: %d tag {%s}\n", l.Index, len(l.Rules), l.Tag)
			for i, r := range l.Rules {
				fmt.Fprintf(w, "    rule %d: %s hits %d\n", i, r.Rule, r.Hits)
			}
			fmt.Fprintf(w, "  applied on sw_if_index(s): %d\n", l.Applied)
		}
	})
}

// appliedReport is the list of an interface.
type appliedReport struct {
	Index     uint32 `json:"sw_if_index"`
	Interface string `json:"interface"`
	List      int64  `json:"acl_index"` // -1: none
}

func (p *Plugin) showApplied(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	all := []appliedReport{}
	for swIf, index := range p.Applied() {
		r := appliedReport{uint32(swIf), p.dp.InterfaceName(uint32(swIf)), int64(index)}
		if index == None {
			r.List = -1
		}
		all = append(all, r)
	}
	return c.Show(all, func(w io.Writer) {
		for _, a := range all {
			fmt.Fprintf(w, "  sw_if_index %d: %d\n", a.Index, a.List)
		}
	})
}

func (p *Plugin) setInterface(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	swIf, err := p.dp.Interface(name)
	if err != nil {
		return err
	}
	off := c.Args.Keyword("del")
	c.Args.Keyword("add")
	if !c.Args.Keyword("acl") {
		return c.Args.Errorf("expected acl N")
	}
	n, err := c.Args.Uint("the index of a list", 0, 1<<32-1)
	if err != nil {
		return err
	}
	off = c.Args.Keyword("del") || off
	if err := c.Args.End(); err != nil {
		return err
	}
	if off {
		return p.Unapply(c.Context, swIf)
	}
	return p.Apply(c.Context, swIf, uint32(n))
}

func (p *Plugin) deleteList(c *cli.Call) error {
	if !c.Args.Keyword("index") {
		return c.Args.Errorf("expected index N")
	}
	n, err := c.Args.Uint("the index of a list", 0, 1<<32-1)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Delete(c.Context, uint32(n))
}

func (p *Plugin) setList(c *cli.Call) error {
	tag, rules, err := parseList(c.Path, c.Args.Rest())
	if err != nil {
		return err
	}
	index, err := p.AddReplace(c.Context, None, tag, rules)
	if err != nil {
		return err
	}
	return c.Show(map[string]uint32{"acl_index": index}, func(w io.Writer) { fmt.Fprintf(w, "ACL index:%d\n", index) })
}
