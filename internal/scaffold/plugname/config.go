package plugname

import (
	"context"
	"strings"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
)

// boot is what the stanza of startup.conf says. It is read before there are interfaces, so it waits for init.
type boot []bootLine

// bootLine is something to do, and where it stands, for errors.
type bootLine struct {
	at config.Pos
	do func(*Plugin) error
}

// config reads the stanza:
//
//	plugname { enable eth1  rule { 10.0.0.0/8 proto udp port 53 drop } }
func (p *Plugin) config(c *config.Cursor) error {
	return c.Walk(config.Schema{
		"enable": func(c *config.Cursor) error {
			name, err := c.Str()
			p.later(c, func(p *Plugin) error {
				swIf, err := p.dp.Interface(name)
				if err != nil {
					return err
				}
				return p.Enable(context.Background(), swIf, true)
			})
			return err
		},
		"rule": func(c *config.Cursor) error {
			words, err := block(c)
			if err != nil {
				return err
			}
			r, err := parseRule(cli.NewArgs("rule", words...))
			if err != nil {
				return c.Errorf("%w", err)
			}
			p.later(c, func(p *Plugin) error {
				_, err := p.Add(context.Background(), r)
				return err
			})
			return nil
		},
	})
}

func (p *Plugin) later(c *config.Cursor, do func(*Plugin) error) {
	p.boot = append(p.boot, bootLine{c.Pos(), do})
}

// block takes the words of a block.
func block(c *config.Cursor) (words []string, err error) {
	inner, err := c.Block()
	if err != nil {
		return nil, err
	}
	for w, ok := inner.Next(); ok; w, ok = inner.Next() {
		words = append(words, strings.Fields(w)...)
	}
	return words, nil
}

// run does what was read.
func (b boot) run(p *Plugin) error {
	for _, l := range b {
		if err := l.do(p); err != nil {
			return &config.Error{Pos: l.at, Msg: "plugname: " + strings.TrimPrefix(err.Error(), "plugname: "), Err: err}
		}
	}
	return nil
}
