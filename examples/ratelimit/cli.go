package ratelimit

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

const setUsage = `ratelimit set IF [packets N [burst N]] [bytes N [burst N]]
Limits what each source address may send to interface IF: packets and bytes a second, whole frames, and how many at once after a
pause. Without a burst that is what a second brings; of bytes at least 4096. Setting a limit again replaces it.`

func (p *Plugin) registerCLI(r *plugin.Registry) {
	r.CLI("ratelimit set", setUsage, p.setCommand)
	r.Complete(func(args []string) []string {
		if len(args) <= 1 {
			return p.dp.InterfaceNames()
		}
		return []string{"packets", "bytes", "burst"}
	})
	r.CLI("ratelimit del", "ratelimit del IF\nEnds the limit of an interface.", p.delCommand)
	r.Complete(func([]string) (names []string) {
		for l := range p.All() {
			names = append(names, p.dp.InterfaceName(l.SwIf))
		}
		return names
	})
	r.CLI("show ratelimit", "show ratelimit\nShows limits, what they have passed and dropped, and how many sources are remembered.", p.showCommand)
}

func (p *Plugin) setCommand(c *cli.Call) error {
	swIf, err := p.interfaceOf(c.Args)
	if err != nil {
		return err
	}
	l, err := parseLimit(c.Args)
	if err != nil {
		return err
	}
	return p.Set(c.Context, swIf, l)
}

func (p *Plugin) delCommand(c *cli.Call) error {
	swIf, err := p.interfaceOf(c.Args)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Delete(c.Context, swIf)
}

func (p *Plugin) interfaceOf(a *cli.Args) (uint32, error) {
	name, err := a.Word("an interface name")
	if err != nil {
		return 0, err
	}
	swIf, err := p.dp.Interface(name)
	if err != nil {
		return 0, a.Errorf("%w", err)
	}
	return swIf, nil
}

// parseLimit reads [packets N [burst N]] [bytes N [burst N]].
func parseLimit(a *cli.Args) (l Limit, err error) {
	for a.Len() > 0 {
		var r *Rate
		switch {
		case a.Keyword("packets"):
			r = &l.Packets
		case a.Keyword("bytes"):
			r = &l.Bytes
		default:
			return l, a.Unknown()
		}
		if r.PerSecond, err = a.Uint("how many a second", 1, maxRate); err != nil {
			return l, err
		}
		if a.Keyword("burst") {
			if r.Burst, err = a.Uint("a burst", 1, maxBurst); err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

// Report is what show ratelimit tells.
type Report struct {
	Interfaces []InterfaceReport `json:"interfaces"`
	Sources    uint64            `json:"sources"` // remembered
	Room       uint64            `json:"room"`    // sources that the tables are made for
}

// InterfaceReport is a limit and what it has done.
type InterfaceReport struct {
	Interface string `json:"interface"`
	Packets   Rate   `json:"packets"`
	Bytes     Rate   `json:"bytes"`
	Passed    Count  `json:"passed"`
	Dropped   Count  `json:"dropped"`
}

func (p *Plugin) showCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	r := Report{Interfaces: []InterfaceReport{}}
	r.Sources, r.Room = p.Stats()
	for l := range p.All() {
		r.Interfaces = append(r.Interfaces, InterfaceReport{p.dp.InterfaceName(l.SwIf), l.Limit.Packets, l.Limit.Bytes, l.Passed, l.Dropped})
	}
	return c.Show(r, r.text)
}

func (r *Report) text(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "Interface\tPackets/s\tBurst\tBytes/s\tBurst\tPassed\tBytes\tDropped\tBytes\t")
	for _, i := range r.Interfaces {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t\n", i.Interface, i.Packets.columns(), i.Bytes.columns(), i.Passed.Packets, i.Passed.Bytes, i.Dropped.Packets, i.Dropped.Bytes)
	}
	_ = t.Flush()
	fmt.Fprintf(w, "%d sources are remembered; the tables are made for %d\n", r.Sources, r.Room)
}

// columns is a rate as show ratelimit prints it.
func (r Rate) columns() string {
	if r.PerSecond == 0 {
		return "-\t-"
	}
	return fmt.Sprintf("%d\t%d", r.PerSecond, r.Burst)
}
