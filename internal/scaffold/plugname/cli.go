package plugname

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// registerCLI declares the commands. What stands behind the first line of a usage is its help.
func (p *Plugin) registerCLI(r *plugin.Registry) {
	r.CLI("plugname enable-disable", "plugname enable-disable IF [disable]\nMakes the packets that an interface receives pass the node plugname, or no more.", p.enableCommand)
	r.Complete(func(args []string) []string { return nth(args, p.dp.InterfaceNames(), []string{"disable"}) })
	r.CLI("plugname add rule", "plugname add rule "+usage+"\nAppends a rule, and prints its id. The first rule that matches decides.\n"+
		"X is icmp, tcp, udp, icmpv6, sctp or a number; N is the destination port.", p.addCommand)
	r.Complete(func(args []string) []string { return nth(args, nil, []string{"proto", "port", "count", "drop"}) })
	r.CLI("plugname del rule", "plugname del rule ID\nDeletes a rule.", p.delCommand)
	r.Complete(func(args []string) []string { return nth(args, p.ids()) })
	r.CLI("show plugname", "show plugname\nShows the rules with their packets and bytes, and where they are asked.", p.showCommand)
	r.CLI("clear plugname", "clear plugname\nMakes the counters of the rules begin at zero.", p.clearCommand)
}

// nth chooses what may stand for the last of args; the last choice stands for all further ones.
func nth(args []string, choices ...[]string) []string {
	return choices[min(max(len(args), 1), len(choices))-1]
}

func (p *Plugin) ids() (list []string) {
	for _, r := range p.Report() {
		list = append(list, strconv.Itoa(int(r.ID)))
	}
	return list
}

func (p *Plugin) enableCommand(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	on := !c.Args.Keyword("disable")
	if err := c.Args.End(); err != nil {
		return err
	}
	swIf, err := p.dp.Interface(name)
	if err != nil {
		return c.Args.Errorf("%w", err)
	}
	return p.Enable(c.Context, swIf, on)
}

func (p *Plugin) addCommand(c *cli.Call) error {
	r, err := parseRule(c.Args)
	if err != nil {
		return err
	}
	id, err := p.Add(c.Context, r)
	if err != nil {
		return err
	}
	added := struct {
		ID uint32 `json:"rule_id"`
	}{id}
	return c.Show(added, func(w io.Writer) { fmt.Fprintf(w, "rule %d\n", id) })
}

func (p *Plugin) delCommand(c *cli.Call) error {
	id, err := c.Args.Uint("the id of a rule", 0, math.MaxUint32)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Delete(c.Context, uint32(id))
}

// report is what show tells.
type report struct {
	Interfaces []string `json:"interfaces"`
	Totals
	Rate  uint64       `json:"rate"` // packets a second
	Rules []RuleReport `json:"rules"`
}

func (p *Plugin) showCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	r := report{p.Interfaces(), p.Totals(), p.rate.Load(), p.Report()}
	return c.Show(r, r.text)
}

func (r *report) text(out io.Writer) {
	where := "on no interface; `plugname enable-disable IF`"
	if len(r.Interfaces) > 0 {
		where = "on " + strings.Join(r.Interfaces, ", ")
	}
	fmt.Fprintf(out, "%s\n%d packets counted, %d dropped, %d a second\n", where, r.Counted, r.Dropped, r.Rate)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "Rule\tPackets\tBytes\t\n")
	for _, rule := range r.Rules {
		fmt.Fprintf(w, "%d\t%d\t%d\t  %s\n", rule.ID, rule.Packets, rule.Bytes, rule.Rule)
	}
	w.Flush()
}

func (p *Plugin) clearCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	p.Clear()
	return nil
}
