package l2

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// domainCommands declares the commands about domains.
func (p *Plugin) domainCommands(r *plugin.Registry) {
	r.CLI("create bridge-domain", "create bridge-domain [BD] [learn 0|1] [forward 0|1] [uu-flood 0|1] [flood 0|1] [arp-term 0|1] [loop-check 0|1] [flood-limit N] [mac-age MINUTES] [bd-tag TAG] [del]\n"+
		"Makes a bridge domain, or deletes one that has no interfaces. All is on but arp-term, which gvpp does not have yet; without mac-age addresses are kept for ever.", p.createDomain)
	r.Complete(p.completeCreate)
	for _, s := range switches {
		r.CLI("set bridge-domain "+s.word, "set bridge-domain "+s.word+" BD [disable]\n"+s.help, func(c *cli.Call) error { return p.setSwitch(c, s.set) })
		r.Complete(p.completeDomain)
	}
	r.CLI("set bridge-domain mac-age", "set bridge-domain mac-age BD MINUTES\nForgets addresses of which no frame has come for so long; 0: never.", func(c *cli.Call) error {
		return p.setNumber(c, "minutes", 255, func(s *Settings, n uint32) { s.MACAge = uint8(n) })
	})
	r.Complete(p.completeDomain)
	r.CLI("set bridge-domain learn-limit", "set bridge-domain learn-limit BD ADDRESSES\nBounds what a bridge domain learns.", func(c *cli.Call) error {
		return p.setNumber(c, "a number of addresses", 1<<32-1, func(s *Settings, n uint32) { s.LearnLimit = n })
	})
	r.Complete(p.completeDomain)
	r.CLI("set bridge-domain flood-limit", "set bridge-domain flood-limit BD FRAMES\nBounds how many frames a second are flooded from each interface: broadcasts, multicasts and those to unknown addresses; 0: no limit.", func(c *cli.Call) error {
		return p.setNumber(c, "frames a second", maxFloodLimit, func(s *Settings, n uint32) { s.FloodLimit = n })
	})
	r.Complete(p.completeDomain)
	r.CLI("set bridge-domain default-learn-limit", "set bridge-domain default-learn-limit ADDRESSES\nBounds what bridge domains learn that are made from now on.", p.setDefaultLimit)
	r.CLI("show bridge-domain", "show bridge-domain [BD [detail|int]]\nShows bridge domains, and their interfaces.", p.showDomain)
	r.Complete(p.completeDomain)
}

// switches are the settings that are on or off.
var switches = []struct {
	word, help string
	set        func(*Settings, bool)
}{
	{"learn", "Notes at which interface addresses are, or stops that.", func(s *Settings, on bool) { s.Learn = on }},
	{"forward", "Sends frames to where their destination is, or to all.", func(s *Settings, on bool) { s.Forward = on }},
	{"uu-flood", "Sends frames to unknown addresses to all, or drops them.", func(s *Settings, on bool) { s.UUFlood = on }},
	{"flood", "Sends broadcasts and multicasts to all, or drops them.", func(s *Settings, on bool) { s.Flood = on }},
	{"loop-check", "Drops frames that were flooded and come back by another interface, or stops that.", func(s *Settings, on bool) { s.LoopCheck = on }},
	{"arp-term", "gvpp does not answer ARP in a bridge domain yet: refused.", func(s *Settings, on bool) { s.ARPTerm = on }},
}

func (p *Plugin) completeDomain(args []string) (out []string) {
	if len(args) < 2 {
		for _, d := range p.Domains() {
			out = append(out, strconv.Itoa(int(d.ID)))
		}
		return out
	}
	return []string{"disable", "detail", "int"}
}

func (p *Plugin) completeCreate([]string) (out []string) {
	for _, s := range switches {
		out = append(out, s.word)
	}
	return append(out, "flood-limit", "mac-age", "bd-tag", "del")
}

func (p *Plugin) createDomain(c *cli.Call) error {
	s, del := p.DefaultSettings(), false
	var id uint32
	w, said := c.Args.Peek()
	if said = said && w != "" && w[0] >= '0' && w[0] <= '9'; said {
		var err error
		if id, err = domainOf(c.Args); err != nil {
			return err
		}
	} else {
		id = p.FreeDomainID()
	}
	for c.Args.Len() > 0 {
		if c.Args.Keyword("del") {
			del = true
		} else if err := readSetting(c.Args, &s); err != nil {
			return err
		}
	}
	if del && !said {
		return c.Args.Errorf("expected the number of the bridge domain to delete")
	}
	if del {
		return p.DeleteDomain(c.Context, id)
	}
	if err := p.CreateDomain(c.Context, id, s); err != nil {
		return err
	}
	return c.Show(struct {
		ID uint32 `json:"bd_id"`
	}{id}, func(w io.Writer) { fmt.Fprintf(w, "bridge-domain %d\n", id) })
}

func readSetting(a *cli.Args, s *Settings) error {
	for _, x := range switches {
		if a.Keyword(x.word) {
			n, err := a.Uint(x.word, 0, 1)
			x.set(s, n == 1)
			return err
		}
	}
	switch {
	case a.Keyword("mac-age"):
		n, err := a.Uint("minutes", 0, 255)
		s.MACAge = uint8(n)
		return err
	case a.Keyword("flood-limit"):
		n, err := a.Uint("frames a second", 0, maxFloodLimit)
		s.FloodLimit = uint32(n)
		return err
	case a.Keyword("bd-tag"):
		w, err := a.Word("a tag")
		s.Tag = w
		return err
	}
	return a.Unknown()
}

func (p *Plugin) setSwitch(c *cli.Call, set func(*Settings, bool)) error {
	id, err := domainOf(c.Args)
	if err != nil {
		return err
	}
	on := !c.Args.Keyword("disable")
	return p.change(c, id, func(s *Settings) { set(s, on) })
}

func (p *Plugin) setNumber(c *cli.Call, what string, hi uint64, set func(*Settings, uint32)) error {
	id, err := domainOf(c.Args)
	if err != nil {
		return err
	}
	n, err := c.Args.Uint(what, 0, hi)
	if err != nil {
		return err
	}
	return p.change(c, id, func(s *Settings) { set(s, uint32(n)) })
}

func (p *Plugin) change(c *cli.Call, id uint32, f func(*Settings)) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.ChangeDomain(c.Context, id, f)
}

func (p *Plugin) setDefaultLimit(c *cli.Call) error {
	n, err := c.Args.Uint("a number of addresses", 0, 1<<32-1)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	p.SetDefaultLearnLimit(uint32(n))
	return nil
}

func (p *Plugin) showDomain(c *cli.Call) error {
	detail := false
	list := p.Domains()
	if c.Args.Len() > 0 {
		id, err := domainOf(c.Args)
		if err != nil {
			return err
		}
		if detail = c.Args.Keyword("detail") || c.Args.Keyword("int"); !detail {
			if err := c.Args.End(); err != nil {
				return err
			}
		}
		d, err := p.Domain(id)
		if err != nil {
			return err
		}
		list = []Domain{d}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return c.Show(p.named(list), func(w io.Writer) { p.writeDomains(w, list, detail) })
}

// SetFlags switches what words of switches say on or off.
func (p *Plugin) SetFlags(ctx context.Context, id uint32, on bool, which ...string) error {
	return p.ChangeDomain(ctx, id, func(s *Settings) {
		for _, word := range which {
			for _, x := range switches {
				if x.word == word {
					x.set(s, on)
				}
			}
		}
	})
}
