package span

import (
	"fmt"
	"io"

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

// MirrorReport is a line of show interface span: none, rx, tx or both.
type MirrorReport struct {
	From   string `json:"source"`
	To     string `json:"destination"`
	Device string `json:"device"`
	L2     string `json:"l2"`
}

// Show is show interface span, behind these words, in VPP's form: of the interface that is named, or of all.
func (p *Plugin) Show(c *cli.Call) error {
	name, one := c.Args.Next()
	if err := c.Args.End(); err != nil {
		return err
	}
	if one {
		if _, err := p.dp.Interface(name); err != nil {
			return err
		}
	}
	list := []MirrorReport{}
	for _, m := range p.All() {
		if r := (MirrorReport{p.dp.InterfaceName(m.From), p.dp.InterfaceName(m.To), m.Device.String(), m.L2.String()}); !one || r.From == name {
			list = append(list, r)
		}
	}
	return c.Show(list, func(w io.Writer) {
		last := ""
		for i, m := range list {
			if i == 0 {
				fmt.Fprintf(w, "%-32s %-32s  %6s   %6s\n", "Source", "Destination", "Device", "L2")
			}
			from := m.From
			if from == last {
				from = ""
			}
			last = m.From
			fmt.Fprintf(w, "%-32s %-32s (%6s) (%6s)\n", from, m.To, m.Device, m.L2)
		}
	})
}
