package classify

import (
	"context"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/plugin"
)

const addUsage = `classify add rule IF [in|out] [before ID] [src P] [dst P] [proto X] [sport R] [dport R] [tcp-flags V/M] [icmp T[/C]] [state S] [keep-state] (pass|drop|redirect IF)
Adds a rule behind the interface's others; the first rule that matches decides.
P is a prefix or an address; X tcp, udp, icmp, icmpv6, sctp, gre, esp, ah or a number; R a port N or LO-HI;
V/M letters of FSRPAUEC or hexadecimal, as S/SA or 0x02/0x12.
S is what connection tracking says of a packet, one or more of these with commas between them: new (it begins a session, or is of one
that has not been answered), established (of a session that has), related (an ICMP error about a session, or the begin of a session
that another one has announced), invalid (of no session, and it can begin none: a bad checksum, a segment outside of the window),
untracked (of a kind that has no sessions: IPv6 neighbour discovery and multicast listener reports).
keep-state takes a packet unless it is invalid, and lets the later ones of its session through, in both directions, and ICMP errors
about them.`

func (p *Plugin) registerCLI(r *plugin.Registry) {
	for _, c := range []struct {
		path, usage string
		handler     cli.Handler
	}{
		{"classify add rule", addUsage, p.addCommand},
		{"classify del rule", "classify del rule ID\nDeletes a rule.", p.delCommand},
		{"classify replace", replaceUsage, p.replaceCommand},
		{"classify enable", "classify enable IF\nSwitches an interface's rules on; rules switch themselves on unless disabled.", p.onOff(true)},
		{"classify disable", "classify disable IF\nSwitches an interface's rules off; everything passes, and nothing is forgotten.", p.onOff(false)},
		{"classify default", "classify default IF (pass|drop)\nSays what happens to packets that no rule matches; pass unless set.\n" +
			"Drop lets IPv6 neighbour discovery pass (ICMPv6 133 to 136 with hop limit 255), which IPv6 does not work without: a rule can drop it.", p.setting(p.SetDefault)},
		{"classify non-ip", "classify non-ip IF (pass|drop)\nSays what happens to frames that are not IP (ARP is one); pass unless set.", p.setting(p.SetNonIP)},
		{"show classify", "show classify [interface IF]\nShows rules, defaults and their counters.", p.showCommand},
	} {
		r.CLI(c.path, c.usage, c.handler)
		r.Complete(func(args []string) []string { return p.complete(c.path, args) })
	}
}

// values offers what may stand behind a keyword of a rule; nothing, for what only the operator knows.
var values = map[string]func(interfaces []string) []string{
	"proto":    func([]string) []string { return slices.Sorted(maps.Keys(protoNames)) },
	"redirect": func(interfaces []string) []string { return interfaces },
	"state":    func([]string) []string { return stateNames },
	"src":      nothing, "dst": nothing, "sport": nothing, "dport": nothing, "tcp-flags": nothing, "icmp": nothing, "before": nothing,
}

func nothing([]string) []string { return nil }

// complete offers interface names and keywords.
func (p *Plugin) complete(path string, args []string) []string {
	names := p.dp.InterfaceNames()
	switch {
	case path == "show classify" && len(args) <= 1:
		return []string{"interface"}
	case path == "classify add rule" && len(args) > 1 && values[args[len(args)-2]] != nil:
		return values[args[len(args)-2]](names)
	case path == "classify add rule" && len(args) > 1:
		words := []string{"in", "out", "before", "keep-state", "pass", "drop", "redirect"}
		for w := range conditions {
			words = append(words, w)
		}
		return words
	case path == "classify del rule", path == "classify replace" && len(args) > 1:
		return nil
	case len(args) > 1 && path != "show classify":
		return []string{"pass", "drop"}
	}
	return names
}

// ruleAdded is the result of classify add rule.
type ruleAdded struct {
	Rule uint32 `json:"rule"`
}

func (p *Plugin) addCommand(c *cli.Call) error {
	r, before, err := p.ruleOf(c.Args)
	if err != nil {
		return err
	}
	id, err := p.Add(c.Context, r, before)
	if err != nil {
		return err
	}
	if !c.JSON {
		c.Printf("rule %d\n", id)
		return nil
	}
	return c.Show(ruleAdded{id}, nil)
}

// ruleOf reads the words of classify add rule.
func (p *Plugin) ruleOf(a *cli.Args) (r Rule, before *uint32, err error) {
	swIf, err := p.interfaceOf(a)
	if err != nil {
		return r, nil, err
	}
	dir := direction(a)
	if a.Keyword("before") {
		id, err := a.Uint("a rule id", 0, math.MaxUint32)
		if err != nil {
			return r, nil, err
		}
		b := uint32(id)
		before = &b
	}
	r, err = parseRule(a, p.dp.Interface)
	r.Interface, r.Direction = swIf, dir
	return r, before, err
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

func (p *Plugin) delCommand(c *cli.Call) error {
	id, err := c.Args.Uint("a rule id", 0, math.MaxUint32)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Delete(c.Context, uint32(id))
}

func (p *Plugin) onOff(on bool) cli.Handler {
	return func(c *cli.Call) error {
		swIf, err := p.interfaceOf(c.Args)
		if err != nil {
			return err
		}
		if err := c.Args.End(); err != nil {
			return err
		}
		return p.Enable(c.Context, swIf, on)
	}
}

// setting is a command IF (pass|drop) for one of the operations.
func (p *Plugin) setting(set func(context.Context, uint32, Action) error) cli.Handler {
	return func(c *cli.Call) error {
		swIf, err := p.interfaceOf(c.Args)
		if err != nil {
			return err
		}
		word, err := c.Args.OneOf("what to do", "pass", "drop")
		if err != nil {
			return err
		}
		if err := c.Args.End(); err != nil {
			return err
		}
		action := Pass
		if word == "drop" {
			action = Drop
		}
		return set(c.Context, swIf, action)
	}
}

// config reads the stanza: classify { rule { IF in … pass } default { IF drop } non-ip { IF drop } enable IF disable IF }. The
// words are those of the commands; they run once the interfaces are there.
func (p *Plugin) config(c *config.Cursor) error {
	command := func(path string, h cli.Handler, block bool) func(*config.Cursor) error {
		return func(c *config.Cursor) error {
			where := c.Pos()
			words, err := wordsOf(c, block)
			if err != nil {
				return err
			}
			p.boot = append(p.boot, bootLine{where, h, cli.NewArgs(path, words...)})
			return nil
		}
	}
	return c.Walk(config.Schema{
		"rule":    command("classify add rule", p.addCommand, true),
		"default": command("classify default", p.setting(p.SetDefault), true),
		"non-ip":  command("classify non-ip", p.setting(p.SetNonIP), true),
		"enable":  command("classify enable", p.onOff(true), false),
		"disable": command("classify disable", p.onOff(false), false),
	})
}

// wordsOf takes the words of the next block, or the next word.
func wordsOf(c *config.Cursor, block bool) (words []string, err error) {
	if !block {
		w, err := c.Str()
		return strings.Fields(w), err
	}
	inner, err := c.Block()
	if err != nil {
		return nil, err
	}
	for w, ok := inner.Next(); ok; w, ok = inner.Next() {
		words = append(words, w)
	}
	return words, nil
}

// bootCall is a call whose output nobody reads.
func bootCall(a *cli.Args) *cli.Call {
	return &cli.Call{Context: context.Background(), Args: a, Out: io.Discard}
}
