package flowtrack

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

func (p *Plugin) registerCLI(r *plugin.Registry) {
	r.CLI("show flowtrack", "show flowtrack "+filterUsage+" [sort KEY] [max N] [count]\n"+showHelp+"\n"+filterHelp, p.showCommand)
	r.Complete(p.completeShow())
	r.CLI("show flowtrack zone", "show flowtrack zone N …\nAs show flowtrack, which takes all other conditions too. Without this the word would mean zones.", p.showZoneCommand)
	r.Complete(p.completeShow())
	r.CLI("show flowtrack summary", "show flowtrack summary\nCounts sessions by state, protocol and zone, and what happened to them since start.", p.summaryCommand)
	r.CLI("show flowtrack errors", "show flowtrack errors\nShows why packets were invalid or found no session, and why fragments were dropped, since the last clear errors.", p.errorsCommand)
	r.CLI("show flowtrack timeouts", "show flowtrack timeouts\nShows how long sessions may be silent, by what they are in. `flowtrack timeout` changes that.", p.timeoutsCommand)
	r.CLI("show flowtrack settings", "show flowtrack settings\nShows how strictly sessions are followed. `flowtrack set` changes that.", p.settingsCommand)
	r.CLI("flowtrack timeout", "flowtrack timeout NAME SECONDS [zone Z] | flowtrack timeout del zone Z\n"+
		"Sets how long a session may be silent: NAME is tcp_established, udp_stream …: `show flowtrack timeouts` lists all. With a zone\n"+
		"it holds for that zone only; 15 zones may have timeouts of their own. `del` has a zone follow the common ones again.", p.timeoutCommand)
	r.Complete(func(args []string) (names []string) {
		if len(args) == 3 {
			return []string{"zone"}
		}
		for _, k := range Timeouts {
			names = append(names, k.Name)
		}
		return firstOnly(args, names)
	})
	p.registerZones(r)
	p.registerLimits(r)
	p.registerHelpers(r)
	r.CLI("flowtrack set", "flowtrack set NAME VALUE\nChanges a setting: 1 or on, 0 or off; tcp_max_retrans takes a number. `show flowtrack settings` lists and explains all.", p.setCommand)
	r.Complete(func(args []string) []string { return firstOnly(args, settingNames()) })
	p.registerMonitor(r)
	r.CLI("clear flowtrack", "clear flowtrack "+filterUsage+"\nForgets sessions: all of them without a condition. Their next packets meet the rules as the first ones did.\n"+filterHelp, p.clearCommand)
	r.Complete(p.completeFilter())
}

// firstOnly proposes names for the first word.
func firstOnly(args, names []string) []string {
	if len(args) > 1 {
		return nil
	}
	return names
}

func (p *Plugin) timeoutCommand(c *cli.Call) error {
	if c.Args.Keyword("del") {
		zone, ok, err := zoneOption(c.Args)
		if err == nil && !ok {
			err = c.Args.Errorf("expected `zone` and its number: the common timeouts cannot be deleted")
		}
		if err == nil {
			err = c.Args.End()
		}
		if err != nil {
			return err
		}
		return p.DeleteZoneTimeouts(c.Context, zone)
	}
	name, err := c.Args.Word("a state")
	if err != nil {
		return err
	}
	if _, err := findTimeout(name); err != nil {
		return err
	}
	d, err := c.Args.Duration("a timeout", MinTimeout, MaxTimeout)
	if err != nil {
		return err
	}
	zone, zoned, err := zoneOption(c.Args)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	if zoned {
		return p.SetZoneTimeout(c.Context, name, d, zone)
	}
	return p.SetTimeout(name, d)
}

func (p *Plugin) setCommand(c *cli.Call) error {
	name, err := c.Args.Word("a setting")
	if err != nil {
		return err
	}
	k, err := findSetting(name)
	if err != nil {
		return err
	}
	word, err := c.Args.Word("a value")
	if err != nil {
		return err
	}
	value, err := k.parse(word)
	if err != nil {
		return c.Args.Errorf("%w", err)
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.SetByName(name, value)
}

// cleared is the result of clear flowtrack.
type cleared struct {
	Removed int `json:"removed"`
}

func (p *Plugin) clearCommand(c *cli.Call) error {
	f := filterReader{p: p}
	if err := f.all(c.Args); err != nil {
		return err
	}
	n := p.ClearMatching(&f.Filter)
	return c.Show(cleared{n}, func(w io.Writer) { fmt.Fprintf(w, "%d sessions forgotten\n", n) })
}

func (p *Plugin) summaryCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	s := p.Summarize()
	return c.Show(s, s.text)
}

func (p *Plugin) errorsCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := p.Faults()
	return c.Show(list, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "Count\tNode\tReason\n")
		for _, f := range list {
			if f.Count != 0 {
				fmt.Fprintf(t, "%d\t%s\t%s\n", f.Count, f.Node, f.Reason)
			}
		}
		t.Flush()
	})
}

// timeoutInForce is a timeout as show flowtrack timeouts has it.
type timeoutInForce struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Default float64 `json:"default_seconds"`
}

func (p *Plugin) timeoutsCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := []timeoutInForce{}
	for _, k := range Timeouts {
		list = append(list, timeoutInForce{k.Name, p.timeouts.get(0, k).Seconds(), k.Default.Seconds()})
	}
	return c.Show(list, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "Timeout\tSeconds\tDefault\n")
		for _, k := range list {
			fmt.Fprintf(t, "%s\t%v\t%v\n", k.Name, k.Seconds, k.Default)
		}
		t.Flush()
	})
}

func (p *Plugin) settingsCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	now, standard := p.Settings(), DefaultSettings
	return c.Show(now, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "Setting\tValue\tDefault\tWhat it does\n")
		for i := range settings {
			k := &settings[i]
			fmt.Fprintf(t, "%s\t%d\t%d\t%s\n", k.name, k.get(&now), k.get(&standard), k.help)
		}
		t.Flush()
	})
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(100 * time.Millisecond)
}
