package flowtrack

import (
	"context"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
)

// bootLine is a command of the startup.conf stanza, which runs once the interfaces are there.
type bootLine struct {
	where   config.Pos
	handler cli.Handler
	args    *cli.Args
}

// bootCommand reads a block with the words of a command, as `zone { eth0 vlan 5 zone 7 }`.
func (p *Plugin) bootCommand(path string, h cli.Handler) func(*config.Cursor) error {
	return func(c *config.Cursor) error {
		where := c.Pos()
		inner, err := c.Block()
		if err != nil {
			return err
		}
		var words []string
		for w, ok := inner.Next(); ok; w, ok = inner.Next() {
			words = append(words, w)
		}
		p.boot = append(p.boot, bootLine{where, h, cli.NewArgs(path, words...)})
		return nil
	}
}

// runBoot runs the lines.
func (p *Plugin) runBoot() error {
	for _, l := range p.boot {
		c := &cli.Call{Context: context.Background(), Args: l.args, Out: io.Discard}
		if err := l.handler(c); err != nil {
			return &config.Error{Pos: l.where, Msg: err.Error(), Err: err}
		}
	}
	p.boot = nil
	return nil
}
