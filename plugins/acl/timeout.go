package acl

import (
	"errors"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/cli"
)

// Timeouts is where the sessions of reflecting rules are kept, as far as their timeouts go: by the names of flowtrack's.
type Timeouts interface {
	SetTimeout(name string, d time.Duration) error
}

// sessionTimeouts are VPP's timeouts in flowtrack's.
var sessionTimeouts = map[string][]string{
	"udp idle": {"udp", "udp_stream"},
	"tcp idle": {"tcp_established"},
	"tcp transient": {"tcp_syn_sent", "tcp_syn_sent2", "tcp_syn_recv", "tcp_fin_wait", "tcp_close_wait", "tcp_last_ack", "tcp_time_wait",
		"tcp_close"},
}

// SetSessionTimeout says how long sessions may be silent: those of UDP ("udp idle"), of established TCP ("tcp idle") and of TCP that begins
// or ends ("tcp transient"). They are flowtrack's timeouts, which all sessions have, not only those of lists.
func (p *Plugin) SetSessionTimeout(kind string, d time.Duration) error {
	names, ok := sessionTimeouts[kind]
	switch {
	case !ok:
		return fmt.Errorf("acl: session timeout %q: want udp idle, tcp idle or tcp transient", kind)
	case p.Timeouts == nil:
		return errors.New("acl: sessions are not followed, so they have no timeouts: the program lacks flowtrack")
	}
	for _, name := range names {
		if err := p.Timeouts.SetTimeout(name, d); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plugin) setTimeout(c *cli.Call) error {
	proto, err := c.Args.OneOf("a protocol", "udp", "tcp")
	if err != nil {
		return err
	}
	what := "idle"
	if proto == "tcp" {
		what, err = c.Args.OneOf("a timeout", "idle", "transient")
	} else {
		_, err = c.Args.OneOf("a timeout", "idle")
	}
	if err != nil {
		return err
	}
	n, err := c.Args.Uint("seconds", 1, 1<<31)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.SetSessionTimeout(proto+" "+what, time.Duration(n)*time.Second)
}
