package ratelimit

import (
	"context"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
)

// bootLine is a limit of startup.conf, in the words of `ratelimit set`.
type bootLine struct {
	where config.Pos
	args  *cli.Args
}

// config reads the stanza: ratelimit { sources 65536  limit { eth1 packets 1000 burst 50 } }. Limits wait until there are interfaces.
func (p *Plugin) config(c *config.Cursor) error {
	return c.Walk(config.Schema{
		"sources": func(c *config.Cursor) error {
			n, err := c.Uint(1, 1<<24)
			p.Sources = int(n)
			return err
		},
		"limit": func(c *config.Cursor) error {
			where := c.Pos()
			block, err := c.Block()
			if err != nil {
				return err
			}
			var words []string
			for w, ok := block.Next(); ok; w, ok = block.Next() {
				words = append(words, w)
			}
			p.boot = append(p.boot, bootLine{where, cli.NewArgs("ratelimit set", words...)})
			return nil
		},
	})
}

// runBoot does what startup.conf says.
func (p *Plugin) runBoot() error {
	for _, l := range p.boot {
		if err := p.setCommand(&cli.Call{Context: context.Background(), Args: l.args, Out: io.Discard}); err != nil {
			return &config.Error{Pos: l.where, Msg: err.Error(), Err: err}
		}
	}
	p.boot = nil
	return nil
}
