package l2

import (
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
)

const usage = `set interface l2 xconnect A B
Sends all that interface A receives out by B, and all that B receives out by A unless B has been told otherwise.
"set interface l2 xconnect A none" ends that.`

func (p *Plugin) command(c *cli.Call) error {
	from, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	to, err := c.Args.Word("an interface name, or none")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	a, err := p.dp.Interface(from)
	if err != nil {
		return err
	}
	if to == "none" {
		return p.Disconnect(c.Context, a)
	}
	b, err := p.dp.Interface(to)
	if err != nil {
		return err
	}
	return p.CrossConnect(c.Context, a, b)
}

// Connection is a line of show l2 xconnect.
type Connection struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (p *Plugin) show(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := []Connection{}
	for a, b := range p.All() {
		list = append(list, Connection{p.dp.InterfaceName(a), p.dp.InterfaceName(b)})
	}
	return c.Show(list, func(w io.Writer) {
		for _, l := range list {
			fmt.Fprintf(w, "%s -> %s\n", l.From, l.To)
		}
	})
}
