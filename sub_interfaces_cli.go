package gvpp

import (
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/ethernet"
	"github.com/gvpp/gvpp/plugin"
)

const createSubUsage = `create sub-interfaces IF N[-M] [dot1q|dot1ad VLAN [inner-dot1q VLAN|any] [exact-match]|default|untagged]
Makes sub-interface IF.N of the frames that carry these VLAN tags, and perhaps more; it is down at first.
With a number alone, of those with this one 802.1Q tag and no other, and so for each number from N to M. Routing needs exact-match.
"default" takes tagged frames that no other sub-interface of IF does, "untagged" those without tags.`

// registerSubInterfaces declares the commands that make sub-interfaces and delete them.
func (b base) registerSubInterfaces(r *plugin.Registry) {
	r.CLI("create sub-interfaces", createSubUsage, b.createSubs)
	r.Complete(func(args []string) []string {
		switch len(args) {
		case 0, 1:
			return b.InterfaceNames()
		case 2:
			return nil
		}
		return []string{"dot1q", "dot1ad", "inner-dot1q", "any", "exact-match", "default", "untagged"}
	})
	r.CLI("delete sub-interface", "delete sub-interface IF.N\nDeletes a sub-interface.", b.deleteCommand(isSub))
	r.Complete(func([]string) []string { return b.InterfaceNames() })
}

func (b base) createSubs(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	parent, err := b.Interface(name)
	if err != nil {
		return err
	}
	from, to, err := c.Args.Range("a number", 0, MaxSubID)
	if err != nil {
		return err
	}
	match := ethernet.Match{Tags: 1, Exact: true}
	given := c.Args.Len() > 0
	if given {
		if match, err = parseMatch(c.Args); err != nil {
			return err
		}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	if given && from != to {
		return fmt.Errorf("create sub-interfaces: %d to %d are all to be %v: give one number, or no tags", from, to, match)
	}
	if wrong := to; !given && (from < 1 || to > ethernet.MaxVLAN) {
		if from < 1 {
			wrong = from
		}
		return fmt.Errorf("create sub-interfaces: %d as a VLAN: %w; or name the tags", wrong, ethernet.ErrVLAN)
	}
	list := []created{}
	for id := from; id <= to; id++ {
		if !given {
			match.Outer = uint16(id)
		}
		swIf, err := b.CreateSubInterface(c.Context, parent, uint32(id), match)
		if err != nil {
			return err
		}
		list = append(list, created{b.InterfaceName(swIf), swIf})
	}
	return c.Show(list, func(w io.Writer) {
		for _, l := range list {
			fmt.Fprintln(w, l.Interface)
		}
	})
}

// parseMatch reads which frames a sub-interface is to have.
func parseMatch(a *cli.Args) (m ethernet.Match, err error) {
	kind, err := a.OneOf("tags", "dot1q", "dot1ad", "default", "untagged")
	switch {
	case err != nil:
		return m, err
	case kind == "default":
		return ethernet.Match{Default: true}, nil
	case kind == "untagged":
		return ethernet.Match{Exact: true}, nil
	}
	m = ethernet.Match{Tags: 1, Dot1AD: kind == "dot1ad"}
	if m.Outer, err = vlanWord(a); err != nil {
		return m, err
	}
	if a.Keyword("inner-dot1q") {
		m.Tags = 2
		if m.InnerAny = a.Keyword("any"); !m.InnerAny {
			if m.Inner, err = vlanWord(a); err != nil {
				return m, err
			}
		}
	}
	m.Exact = a.Keyword("exact-match")
	return m, nil
}

func vlanWord(a *cli.Args) (uint16, error) {
	n, err := a.Uint("a VLAN", 1, ethernet.MaxVLAN)
	return uint16(n), err
}
