package flowtrack

import (
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

func (p *Plugin) registerLimits(r *plugin.Registry) {
	r.CLI("flowtrack limit", "flowtrack limit [del] sessions per-source N [prefix-length A B] | sessions per-zone Z N | rate N [burst B] [zone Z]\n"+
		"Bounds the sessions that may begin; packets that would begin more are dropped and counted. There are none unless set.\n"+
		"sessions per-source: at once, by source address, or with prefix-length by the first A bits of IPv4 and B of IPv6 addresses.\n"+
		"sessions per-zone: at once. rate: in a second, and B at once (N unless told), of all or of a zone. Sessions count that begin\n"+
		"while the limit is set. `del` takes a limit back: name it without its numbers.", p.limitCommand)
	r.Complete(func([]string) []string {
		return []string{"del", "sessions", "per-source", "per-zone", "prefix-length", "rate", "burst", "zone"}
	})
	r.CLI("show flowtrack limits", "show flowtrack limits\nShows the limits, what counts for them, and how many packets they have refused.", p.showLimitsCommand)
}

func (p *Plugin) limitCommand(c *cli.Call) error {
	del := c.Args.Keyword("del")
	what, err := c.Args.OneOf("a limit", "sessions", "rate")
	if err != nil {
		return err
	}
	if what == "rate" {
		return p.rateCommand(c, del)
	}
	of, err := c.Args.OneOf("whose sessions", "per-source", "per-zone")
	if err != nil {
		return err
	}
	if of == "per-source" {
		return p.perSourceCommand(c, del)
	}
	zone, err := zoneArg(c.Args)
	if err != nil {
		return err
	}
	n, err := limitArg(c.Args, "a number of sessions", MaxLimit, del)
	if err == nil {
		err = c.Args.End()
	}
	if err != nil {
		return err
	}
	return p.LimitZone(c.Context, zone, n)
}

// limitArg reads the number of a limit; one that is deleted has none.
func limitArg(a *cli.Args, what string, most uint64, del bool) (uint32, error) {
	if del {
		return 0, nil
	}
	n, err := a.Uint(what, 1, most)
	return uint32(n), err
}

func (p *Plugin) perSourceCommand(c *cli.Call, del bool) error {
	n, err := limitArg(c.Args, "a number of sessions", MaxLimit, del)
	if err != nil {
		return err
	}
	bits4, bits6 := uint64(32), uint64(128)
	if !del && c.Args.Keyword("prefix-length") {
		if bits4, err = c.Args.Uint("a prefix length of IPv4", 1, 32); err != nil {
			return err
		}
		if bits6, err = c.Args.Uint("a prefix length of IPv6", 1, 128); err != nil {
			return err
		}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.LimitSources(c.Context, n, uint8(bits4), uint8(bits6))
}

func (p *Plugin) rateCommand(c *cli.Call, del bool) error {
	n, err := limitArg(c.Args, "a number of sessions a second", MaxRate, del)
	if err != nil {
		return err
	}
	burst := n
	if !del && c.Args.Keyword("burst") {
		if burst, err = limitArg(c.Args, "a number of sessions at once", MaxRate, false); err != nil {
			return err
		}
	}
	zone, zoned, err := zoneOption(c.Args)
	if err == nil {
		err = c.Args.End()
	}
	switch {
	case err != nil:
		return err
	case zoned:
		return p.LimitZoneRate(c.Context, zone, n, burst)
	}
	return p.LimitRate(c.Context, n, burst)
}

func (p *Plugin) showLimitsCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	r := p.Limits()
	return c.Show(r, r.text)
}
