package ethernet

import (
	"github.com/gvpp/gvpp/cli"
)

const rewriteUsage = `set interface l2 tag-rewrite IF disable|pop 1|pop 2|push dot1q|dot1ad TAG [TAG]|translate 1-1|1-2|2-1|2-2 dot1q|dot1ad TAG [TAG]
Rewrites the VLAN tags of what IF receives, and the other way round of what it sends, while it is cross-connected or bridged.`

func (p *Plugin) rewriteCommand(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	swIf, err := p.dp.Interface(name)
	if err != nil {
		return err
	}
	r, err := parseRewrite(c.Args)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.SetRewrite(c.Context, swIf, r)
}

// parseRewrite reads what is to be done to tags.
func parseRewrite(a *cli.Args) (r Rewrite, err error) {
	what, err := a.OneOf("what to do", "disable", "pop", "push", "translate")
	if err != nil || what == "disable" {
		return r, err
	}
	if what == "pop" {
		n, err := a.Uint("how many tags", 1, 2)
		return Rewrite{Op: Pop1 + RewriteOp(n) - 1}, err
	}
	r.Op = Push1
	if what == "translate" {
		w, err := a.OneOf("how many tags become how many", "1-1", "1-2", "2-1", "2-2")
		if err != nil {
			return r, err
		}
		r.Op = map[string]RewriteOp{"1-1": Translate11, "1-2": Translate12, "2-1": Translate21, "2-2": Translate22}[w]
	}
	kind, err := a.OneOf("the first tag's kind", "dot1q", "dot1ad")
	if err != nil {
		return r, err
	}
	r.Dot1Q = kind == "dot1q"
	if r.Tag1, err = vlanWord(a); err != nil {
		return r, err
	}
	if what == "push" && a.Len() > 0 {
		r.Op = Push2
	}
	if rewriteOps[r.Op].push == 2 {
		r.Tag2, err = vlanWord(a)
	}
	return r, err
}

func vlanWord(a *cli.Args) (uint16, error) {
	n, err := a.Uint("a VLAN", 0, MaxVLAN)
	return uint16(n), err
}

func (p *Plugin) completeRewrite(args []string) []string {
	switch {
	case len(args) < 2:
		return p.dp.InterfaceNames()
	case len(args) == 2:
		return []string{"disable", "pop", "push", "translate"}
	case args[1] == "pop":
		return []string{"1", "2"}
	case args[1] == "translate" && len(args) == 3:
		return []string{"1-1", "1-2", "2-1", "2-2"}
	case args[1] == "push" && len(args) == 3, args[1] == "translate" && len(args) == 4:
		return []string{"dot1q", "dot1ad"}
	}
	return nil
}
