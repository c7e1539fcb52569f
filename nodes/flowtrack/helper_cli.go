package flowtrack

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

func (p *Plugin) registerHelpers(r *plugin.Registry) {
	r.CLI("flowtrack helper", "flowtrack helper [del] NAME [port N] [loose]\n"+
		"Has a helper read along with the TCP sessions of a port, its service's usual one unless told, that begin from now on: the\n"+
		"sessions that they announce are `related` for rules. ftp: active and passive data connections, IPv4 and IPv6. Loose: sessions\n"+
		"may be announced for other addresses than those of the two that talk; not where one of them is not to be trusted.", p.helperCommand)
	r.Complete(func(args []string) (words []string) {
		if len(args) > 0 && args[0] != "del" {
			return []string{"port", "loose"}
		}
		for _, h := range p.Helpers {
			words = append(words, h.Name())
		}
		return append(words, "del")
	})
	r.CLI("show flowtrack helpers", "show flowtrack helpers\nShows which helpers there are, at which ports they are, and what they have announced.", p.showHelpersCommand)
	r.CLI("show flowtrack expectations", "show flowtrack expectations\nShows the sessions that helpers have announced and that have not begun.", p.showExpectationsCommand)
}

func (p *Plugin) helperCommand(c *cli.Call) error {
	del := c.Args.Keyword("del")
	name, err := c.Args.Word("a helper")
	if err != nil {
		return err
	}
	h, err := p.helper(name)
	if err != nil {
		return err
	}
	port := uint64(h.Port())
	if c.Args.Keyword("port") {
		if port, err = c.Args.Uint("a port", 1, math.MaxUint16); err != nil {
			return err
		}
	}
	loose := !del && c.Args.Keyword("loose")
	if err := c.Args.End(); err != nil {
		return err
	}
	if del {
		return p.DetachHelper(c.Context, name, uint16(port))
	}
	return p.AttachHelper(c.Context, name, uint16(port), loose)
}

// HelpersReport is what show flowtrack helpers tells. The numbers are those since start.
type HelpersReport struct {
	Helpers   []HelperReport `json:"helpers"`
	Expected  int            `json:"expected"`  // sessions, now
	Announced uint64         `json:"announced"` // sessions
	Begun     uint64         `json:"begun"`     // of these
	Missed    uint64         `json:"missed"`    // of these: they have not come in time, or another one was announced in place of them
	Refused   uint64         `json:"refused"`   // announcements for which there was no room, or which another session has made, too
	Unheard   uint64         `json:"unheard"`   // segments that could not be read along with: too many such sessions
}

// HelperReport is a helper, and where it is attached.
type HelperReport struct {
	Name  string       `json:"name"`
	Ports []HelperPort `json:"ports"`
}

// HelperPort is a port that a helper is attached to.
type HelperPort struct {
	Port  uint16 `json:"port"`
	Loose bool   `json:"loose"`
}

// HelperReport says what helpers there are and what they have done.
func (p *Plugin) HelperReport() (r HelpersReport) {
	now := p.published.Load().helpers
	for _, h := range p.Helpers {
		of := HelperReport{h.Name(), []HelperPort{}}
		for _, a := range now {
			if a.Name() == h.Name() {
				of.Ports = append(of.Ports, HelperPort{a.port, a.loose})
			}
		}
		r.Helpers = append(r.Helpers, of)
	}
	if help := p.helping.Load(); help != nil {
		e := &help.expected
		r.Expected, r.Announced, r.Begun = int(e.n.Load()), e.announced.Load(), e.begun.Load()
		r.Missed, r.Refused, r.Unheard = e.missed.Load(), e.refused.Load(), help.unheard.Load()
	}
	return r
}

func (p *Plugin) showHelpersCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	r := p.HelperReport()
	return c.Show(r, r.text)
}

func (r *HelpersReport) text(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Helper\tPort\n")
	for _, h := range r.Helpers {
		if len(h.Ports) == 0 {
			fmt.Fprintf(w, "%s\tnot in use: `flowtrack helper %s`\n", h.Name, h.Name)
		}
		for _, at := range h.Ports {
			loose := ""
			if at.Loose {
				loose = ", loose"
			}
			fmt.Fprintf(w, "%s\t%d%s\n", h.Name, at.Port, loose)
		}
	}
	w.Flush()
	fmt.Fprintf(out, "sessions announced %d, begun %d, missed %d, expected now %d; announcements refused %d, segments not read %d\n",
		r.Announced, r.Begun, r.Missed, r.Expected, r.Refused, r.Unheard)
}
