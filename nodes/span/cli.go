package span

import (
	"github.com/gvpp/gvpp/cli"
)

const usage = `set interface span IF [l2] disable|destination IF [both|rx|tx|disable]
Has copies of what the first interface receives (rx) and sends (tx) leave by the second, which may also be one of several.
With l2, of what it has as a wire: a sub-interface's packets. "disable" ends it, without a destination for all of them.`

func (p *Plugin) command(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	from, err := p.dp.Interface(name)
	if err != nil {
		return err
	}
	to, layer, state, said := None, Device, Both, false
	for c.Args.Len() > 0 {
		switch {
		case c.Args.Keyword("l2"):
			layer = L2
		case to == None && c.Args.Keyword("destination"):
			if name, err = c.Args.Word("an interface name"); err == nil {
				to, err = p.dp.Interface(name)
			}
			if err != nil {
				return err
			}
		default:
			word, ok := c.Args.Peek()
			s, known := map[string]State{"disable": Off, "rx": Rx, "tx": Tx, "both": Both}[word]
			if !ok || !known || said {
				return c.Args.Unknown()
			}
			c.Args.Next()
			state, said = s, true
		}
	}
	if to == None && state != Off {
		return c.Args.Errorf("expected destination IF, or disable")
	}
	return p.Set(c.Context, from, to, layer, state)
}

func (p *Plugin) complete(args []string) []string {
	if len(args) < 2 || args[len(args)-2] == "destination" {
		return p.dp.InterfaceNames()
	}
	return []string{"destination", "disable", "rx", "tx", "both", "l2"}
}
