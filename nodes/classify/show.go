package classify

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/gvpp/gvpp/cli"
)

// InterfaceReport is what show classify tells of an interface.
type InterfaceReport struct {
	Interface string        `json:"interface"`
	Enabled   bool          `json:"enabled"`
	Default   string        `json:"default"` // pass or drop
	NonIP     string        `json:"non_ip"`  // pass or drop
	In        DefaultReport `json:"default_in"`
	Out       DefaultReport `json:"default_out"`
	NonIPHits DefaultReport `json:"non_ip_hits"`

	// Neighbour discovery that has passed although the default is to drop.
	NeighboursIn  DefaultReport `json:"neighbour_discovery_in"`
	NeighboursOut DefaultReport `json:"neighbour_discovery_out"`

	Rules []RuleReport `json:"rules"`
}

// DefaultReport counts packets that no rule decided about.
type DefaultReport struct {
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
}

// RuleReport is a rule with its counters, all workers together.
type RuleReport struct {
	ID        uint32 `json:"id"`
	Direction string `json:"direction"`
	Rule      string `json:"rule"` // as classify add rule takes it
	Action    string `json:"action"`
	Packets   uint64 `json:"packets"`
	Bytes     uint64 `json:"bytes"`
	Owner     string `json:"owner,omitempty"` // the plugin that made it of its own settings
}

// Report describes the interfaces that have anything configured, or all that is known of one.
func (p *Plugin) Report(only *uint32) []InterfaceReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := []InterfaceReport{}
	for i, c := range p.ifs {
		swIf := uint32(i)
		if only != nil && *only != swIf || only == nil && !c.configured && c.enabled == nil {
			continue
		}
		out = append(out, p.report(swIf, c))
	}
	if only != nil && len(out) == 0 {
		out = append(out, InterfaceReport{Interface: p.dp.InterfaceName(*only), Default: "pass", NonIP: "pass", Rules: []RuleReport{}})
	}
	return out
}

func (p *Plugin) report(swIf uint32, c *ifConfig) InterfaceReport {
	r := InterfaceReport{
		Interface: p.dp.InterfaceName(swIf), Enabled: c.active(), Default: c.fallback.String(), NonIP: c.nonIP.String(),
		In: p.sum(c.fallbackSlot[In]), Out: p.sum(c.fallbackSlot[Out]), NonIPHits: p.sum(c.nonIPSlot), Rules: []RuleReport{},
		NeighboursIn: p.sum(c.neighbourSlot[In]), NeighboursOut: p.sum(c.neighbourSlot[Out]),
	}
	for e := range p.book.all() {
		if e.rule.Interface == swIf {
			n := p.sum(e.slot)
			r.Rules = append(r.Rules, RuleReport{e.rule.ID, e.rule.Direction.String(), e.rule.String(), e.rule.Action.String(), n.Packets, n.Bytes, e.rule.Owner})
		}
	}
	return r
}

// sum adds a counter up over the workers.
func (p *Plugin) sum(slot uint32) (d DefaultReport) {
	for _, s := range p.counters {
		c := s.at(slot)
		d.Packets += c.packets.Load()
		d.Bytes += c.bytes.Load()
	}
	return d
}

func (p *Plugin) showCommand(c *cli.Call) error {
	var only *uint32
	if c.Args.Keyword("interface") {
		swIf, err := p.interfaceOf(c.Args)
		if err != nil {
			return err
		}
		only = &swIf
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	list := p.Report(only)
	return c.Show(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no rules; see `help classify add rule`")
		}
		for i := range list {
			list[i].text(w)
		}
	})
}

func (r *InterfaceReport) text(out io.Writer) {
	state := "disabled"
	if r.Enabled {
		state = "enabled"
	}
	fmt.Fprintf(out, "%s: %s, default %s, non-ip %s\n", r.Interface, state, r.Default, r.NonIP)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "Rule\tPackets\tBytes\t\n")
	for _, rule := range r.Rules {
		owner := ""
		if rule.Owner != "" {
			owner = "  # made by " + rule.Owner
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t  %s %s%s\n", rule.ID, rule.Packets, rule.Bytes, rule.Direction, rule.Rule, owner)
	}
	fmt.Fprintf(w, "default\t%d\t%d\t  in %s\n", r.In.Packets, r.In.Bytes, r.Default)
	if r.Default == "drop" || r.NeighboursIn.Packets > 0 {
		fmt.Fprintf(w, "default\t%d\t%d\t  in pass: neighbour discovery\n", r.NeighboursIn.Packets, r.NeighboursIn.Bytes)
	}
	if r.Out.Packets > 0 {
		fmt.Fprintf(w, "default\t%d\t%d\t  out %s\n", r.Out.Packets, r.Out.Bytes, r.Default)
	}
	if r.NeighboursOut.Packets > 0 {
		fmt.Fprintf(w, "default\t%d\t%d\t  out pass: neighbour discovery\n", r.NeighboursOut.Packets, r.NeighboursOut.Bytes)
	}
	fmt.Fprintf(w, "non-ip\t%d\t%d\t  %s\n", r.NonIPHits.Packets, r.NonIPHits.Bytes, r.NonIP)
	w.Flush()
}
