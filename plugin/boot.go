package plugin

import (
	"context"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
)

// Boot is commands of a stanza of startup.conf, which run once there is a dataplane to run them on. The zero value has none.
type Boot struct{ lines []bootLine }

type bootLine struct {
	where   config.Pos
	handler cli.Handler
	args    *cli.Args
}

// Command reads a block with the words of a command, as `zone { eth0 vlan 5 zone 7 }`: it is a word of a config.Schema.
func (b *Boot) Command(path string, h cli.Handler) func(*config.Cursor) error {
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
		b.lines = append(b.lines, bootLine{where, h, cli.NewArgs(path, words...)})
		return nil
	}
}

// Run runs the commands, once; its error says where in startup.conf the first stands that failed.
func (b *Boot) Run() error {
	for _, l := range b.lines {
		c := &cli.Call{Context: context.Background(), Args: l.args, Out: io.Discard}
		if err := l.handler(c); err != nil {
			return &config.Error{Pos: l.where, Msg: err.Error(), Err: err}
		}
	}
	b.lines = nil
	return nil
}
