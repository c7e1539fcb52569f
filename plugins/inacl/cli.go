package inacl

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// registerCLI declares VPP's commands.
func (p *Plugin) registerCLI(r *plugin.Registry) {
	r.CLI("show classify tables", "show classify tables [index N] [verbose]\nShows the tables of input and output ACLs; with verbose their sessions.", p.showTables)
	r.Complete(func([]string) []string { return []string{"index", "verbose"} })
	r.CLI("classify table", "classify table mask hex MASK [skip N] [next-table N] [acl-miss-next permit|deny] [current-data-flag 1] [current-data-offset N]\n"+
		"Makes a table that looks at the bytes which the mask has bits for; it is filled up to vectors of 16 bytes. `classify table del N` deletes one.", p.tableCommand)
	r.CLI("classify session", "classify session [acl-hit-next permit|deny] table-index N match hex MATCH [del]\n"+
		"Adds a session: the value of the bytes that the table looks at, with those that it skips in front.", p.sessionCommand)
	p.registerFilterCLI(r)
	interfaces := func(args []string) []string {
		if n := len(args); n > 1 && args[n-2] == "intfc" {
			return p.dp.InterfaceNames()
		}
		return []string{"intfc", "ip4-table", "ip6-table", "l2-table", "del"}
	}
	for d, shows := range [...]string{In: "inacl", Out: "outacl"} {
		r.CLI("show "+shows, fmt.Sprintf("show %s [type ip4|ip6|l2]\nShows which tables interfaces ask about what they %s.", shows, [...]string{"receive", "send"}[d]), p.showAsked(Direction(d)))
		r.Complete(func([]string) []string { return append([]string{"type"}, kindNames[:]...) })
		r.CLI(fmt.Sprintf("set interface %v acl", Direction(d)), fmt.Sprintf("set interface %v acl intfc IF ip4-table|ip6-table|l2-table N [del]\n"+
			"Has an interface ask a table about what it %ss.", Direction(d), [...]string{"receive", "send"}[d]), p.setCommand(Direction(d)))
		r.Complete(interfaces)
	}
}

// tableReport is a table as show classify tables tells it.
type tableReport struct {
	Index    uint32          `json:"table"`
	Sessions int             `json:"sessions"`
	Next     *uint32         `json:"next_table"`
	Miss     string          `json:"miss"` // permit or deny
	Skip     int             `json:"skip"`
	Mask     string          `json:"mask"`
	Current  bool            `json:"current_data"`
	Offset   int             `json:"offset"`
	Entries  []sessionReport `json:"entries,omitempty"`
}

type sessionReport struct {
	Match  string `json:"match"`
	Action string `json:"action"` // permit or deny
	Opaque uint32 `json:"opaque"`
	Hits   uint64 `json:"hits"`
}

func word(deny bool) string {
	if deny {
		return "deny"
	}
	return "permit"
}

func (t *Report) report(verbose bool) tableReport {
	r := tableReport{Index: t.Index, Sessions: len(t.Sessions), Miss: word(t.Deny), Skip: t.Skip, Mask: hex.EncodeToString(t.Mask), Current: t.Current, Offset: t.Offset}
	if t.Next != None {
		r.Next = &t.Next
	}
	for _, e := range t.Sessions {
		if verbose {
			r.Entries = append(r.Entries, sessionReport{hex.EncodeToString(e.Match), word(e.Deny), e.Opaque, e.Hits()})
		}
	}
	return r
}

func (p *Plugin) showTables(c *cli.Call) error {
	all, verbose := p.Tables(), false
	for c.Args.Len() > 0 {
		switch {
		case c.Args.Keyword("verbose"):
			verbose = true
		case c.Args.Keyword("index"):
			n, err := c.Args.Uint("the index of a table", 0, maxTables-1)
			if err != nil {
				return err
			}
			one, err := p.Lookup(uint32(n))
			if err != nil {
				return err
			}
			all = []Report{one}
		case verbose: // how verbose
			if _, err := c.Args.Uint("how verbose", 0, 9); err != nil {
				return err
			}
		default:
			return c.Args.Unknown()
		}
	}
	list := []tableReport{}
	for i := range all {
		list = append(list, all[i].report(verbose))
	}
	return c.Show(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "No classifier tables configured")
			return
		}
		fmt.Fprintf(w, "%10s%10s%10s%10s\n", "TableIdx", "Sessions", "NextTbl", "Miss")
		for i := range list {
			list[i].write(w)
		}
	})
}

func (t *tableReport) write(w io.Writer) {
	next := "-1"
	if t.Next != nil {
		next = fmt.Sprint(*t.Next)
	}
	fmt.Fprintf(w, "%10d%10d%10s%10s\n  skip %d match %d flag %v offset %d\n  mask %s\n", t.Index, t.Sessions, next, t.Miss, t.Skip, len(t.Mask)/2/vectorSize, t.Current, t.Offset, t.Mask)
	for i, e := range t.Entries {
		fmt.Fprintf(w, "  [%d]: %s, opaque %d\n        k: %s\n        hits %d\n", i, e.Action, int32(e.Opaque), e.Match, e.Hits)
	}
}

// askedReport is a table that an interface asks.
type askedReport struct {
	Index     uint32 `json:"sw_if_index"`
	Interface string `json:"interface"`
	Kind      string `json:"type"`
	Table     uint32 `json:"table"`
}

func (p *Plugin) showAsked(d Direction) cli.Handler {
	return func(c *cli.Call) error {
		only := ""
		if c.Args.Keyword("type") {
			var err error
			if only, err = c.Args.OneOf("a type", kindNames[:]...); err != nil {
				return err
			}
		}
		if err := c.Args.End(); err != nil {
			return err
		}
		list := []askedReport{}
		for _, name := range p.dp.InterfaceNames() {
			swIf, err := p.dp.Interface(name)
			for k := range numKinds {
				if index := p.Asked(d, k, swIf); err == nil && index != None && (only == "" || only == k.String()) {
					list = append(list, askedReport{swIf, name, k.String(), index})
				}
			}
		}
		return c.Show(list, func(w io.Writer) {
			if len(list) == 0 {
				fmt.Fprintf(w, "No %v ACL tables configured\n", d)
				return
			}
			fmt.Fprintf(w, "%10s%15s%20s%10s\n", "Intfc idx", "Classify table", "Interface name", "Type")
			for _, a := range list {
				fmt.Fprintf(w, "%10d%15d%20s%10s\n", a.Index, a.Table, a.Interface, a.Kind)
			}
		})
	}
}

func (p *Plugin) setCommand(d Direction) cli.Handler {
	return func(c *cli.Call) (err error) {
		tables, on, swIf := [numKinds]uint32{None, None, None}, true, None
		for c.Args.Len() > 0 {
			switch kind := p.kindWord(c.Args); {
			case kind >= 0:
				n, err := c.Args.Uint("the index of a table", 0, maxTables-1)
				if err != nil {
					return err
				}
				tables[kind] = uint32(n)
			case c.Args.Keyword("intfc"):
				name, err := c.Args.Word("an interface")
				if err != nil {
					return err
				}
				if swIf, err = p.dp.Interface(name); err != nil {
					return err
				}
			case c.Args.Keyword("del"):
				on = false
			default:
				return c.Args.Unknown()
			}
		}
		if swIf == None || tables == [numKinds]uint32{None, None, None} {
			return c.Args.Errorf("expected intfc IF and a table: ip4-table N, ip6-table N or l2-table N")
		}
		return p.Set(c.Context, d, swIf, tables, on)
	}
}

// kindWord takes ip4-table and so on; -1: it is something else.
func (p *Plugin) kindWord(a *cli.Args) Kind {
	for k := range numKinds {
		if a.Keyword(k.String() + "-table") {
			return k
		}
	}
	return -1
}
