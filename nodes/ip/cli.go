package ip

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/plugin"
)

const usageRoute = `ip route add|del [count N] PREFIX [table N] [via PATH [via PATH …]]
Adds paths to a route, or takes them away; del without a path takes the whole route. With count it does so for N prefixes, one behind
the other. A PATH is one of

  ADDRESS IF             the next hop on the link of an interface
  ADDRESS                the next hop, wherever that is; next-hop-table N looks for it in another table
  IF                     the link where the destinations themselves are
  drop                   nowhere
  null-send-unreach      nowhere, and the sender is told so
  null-send-prohibit     likewise, that it is forbidden
  local                  this host
  ip4-lookup-in-table N  another table; ip6-lookup-in-table N

and then weight N, its share among paths of one preference, and preference N: only paths of the lowest that can be used are.

  ip route add 10.1.0.0/16 via 192.0.2.1 eth1 weight 3 via 192.0.2.2 eth1
  ip route add table 7 2001:db8::/32 via fe80::1 eth2
  ip route del 10.1.0.0/16`

func (p *Plugin) commands(r *plugin.Registry) {
	names := func([]string) []string { return p.dp.InterfaceNames() }
	onOff := func(path string, v6 bool) {
		r.CLI(path, path+fmt.Sprintf(" IF [disable]\nMakes an interface forward IPv%d without an address of it, or ends that.", 4+2*family(v6)), p.enableCommand(v6))
		r.Complete(names)
	}
	r.CLI("ip route", usageRoute, p.routeCommand)
	r.Complete(p.completeRoute)
	for _, v := range []struct {
		word string
		v6   bool
	}{{"ip", false}, {"ip6", true}} {
		n := 4 + 2*family(v.v6)
		r.CLI(v.word+" table", fmt.Sprintf("%s table add|del N [name NAME]\nMakes an IPv%d table, or takes it away with its routes.", v.word, n), p.tableCommand(v.v6))
		r.Complete(func(args []string) []string {
			if len(args) < 2 {
				return []string{"add", "del"}
			}
			return nil
		})
		r.CLI("set interface "+v.word+" table", fmt.Sprintf("set interface %s table IF N\nSays in which table IPv%d packets from an interface are looked up. It must have no such address yet.", v.word, n), p.setTableCommand(v.v6))
		r.Complete(names)
		r.CLI("show "+v.word+" table", fmt.Sprintf("show %s table\nShows the IPv%d tables and how many routes they have.", v.word, n), p.showTables(v.v6))
		r.CLI("show "+v.word+" fib", fmt.Sprintf("show %s fib [table N] [summary|ADDRESS|PREFIX]\nShows IPv%d routes and where their packets go: all, the one for an address or prefix, or how many there are of each length.", v.word, n), p.showFIB(v.v6))
		r.Complete(func([]string) []string { return []string{"table", "summary"} })
	}
	r.CLI("set ip pmtu", "set ip pmtu [table N] ADDRESS MTU|del\nSays the longest datagram that gets to a host on a link, where that is less than the interface's MTU.", p.pathMTUCommand)
	r.CLI("show ip pmtu", "show ip pmtu\nShows the path MTUs that were said.", p.showPathMTUs)
	r.CLI("set interface ip directed-broadcast", "set interface ip directed-broadcast IF [disable]\nHas packets from elsewhere to the broadcast addresses of an interface's networks sent to all on its link, or ends that.", p.broadcastCommand)
	r.Complete(names)
	onOff("enable ip4 interface", false)
	onOff("enable ip6 interface", true)
	p.neighborCommands(r)
	p.adjacencyCommands(r)
	p.borrowCommands(r)
	p.pingCommands(r)
}

// command is a handler of which the words are all read when it returns what is to be done.
func command(read func(a *cli.Args) (do func(c *cli.Call) error, err error)) cli.Handler {
	return func(c *cli.Call) error {
		do, err := read(c.Args)
		if err == nil {
			err = c.Args.End()
		}
		if err != nil {
			return err
		}
		return do(c)
	}
}

// interfaceWord takes an interface's name.
func (p *Plugin) interfaceWord(a *cli.Args) (uint32, error) {
	name, err := a.Word("an interface name")
	if err != nil {
		return 0, err
	}
	return p.dp.Interface(name)
}

func (p *Plugin) enableCommand(v6 bool) cli.Handler {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		swIf, err := p.interfaceWord(a)
		off := a.Keyword("disable")
		return func(*cli.Call) error { return p.Enable(swIf, v6, !off) }, err
	})
}

func (p *Plugin) broadcastCommand(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		swIf, err := p.interfaceWord(a)
		off := a.Keyword("disable") || a.Keyword("del")
		return func(*cli.Call) error { return p.SetBroadcast(swIf, !off) }, err
	})(c)
}

// tableID takes a table's number.
func tableID(a *cli.Args) (uint32, error) {
	id, err := a.Uint("a table's number", 0, 1<<32-1)
	return uint32(id), err
}

func (p *Plugin) tableCommand(v6 bool) cli.Handler {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		what, err := a.OneOf("add or del", "add", "del")
		if err != nil {
			return nil, err
		}
		id, err := tableID(a)
		if err != nil {
			return nil, err
		}
		name := ""
		if a.Keyword("name") {
			if name, err = a.Word("a name for the table"); err != nil {
				return nil, err
			}
		}
		if what == "del" {
			return func(*cli.Call) error { return p.DeleteTable(v6, id) }, nil
		}
		return func(*cli.Call) error { return p.AddTable(v6, id, name) }, nil
	})
}

func (p *Plugin) setTableCommand(v6 bool) cli.Handler {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		swIf, err := p.interfaceWord(a)
		if err != nil {
			return nil, err
		}
		id, err := tableID(a)
		return func(*cli.Call) error { return p.SetTable(swIf, v6, id) }, err
	})
}

// routeWords is what ip route says.
type routeWords struct {
	del    bool
	count  int
	table  uint32
	prefix netip.Prefix
	paths  []fib.Path
}

func (p *Plugin) routeCommand(c *cli.Call) error {
	w, err := p.routeWords(c.Args)
	if err != nil {
		return err
	}
	changes := make([]fib.Change, 0, w.count)
	for at := w.prefix.Masked(); len(changes) < w.count; at = following(at) {
		if !at.IsValid() {
			return c.Args.Errorf("count %d: there are no %d prefixes from %v on", w.count, w.count, w.prefix)
		}
		changes = append(changes, fib.Change{Prefix: at, Paths: w.paths, Delete: w.del})
	}
	done, err := p.ChangeRoutes(w.prefix.Addr().Is6(), w.table, changes...)
	if err != nil && done > 0 {
		return fmt.Errorf("after %d routes: %w", done, err)
	}
	return err
}

// following is the prefix of the same length behind p, or none.
func following(p netip.Prefix) netip.Prefix {
	b := p.Addr().AsSlice()
	n := new(big.Int).SetBytes(b)
	n.Add(n, new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits())))
	if n.BitLen() > p.Addr().BitLen() {
		return netip.Prefix{}
	}
	a, _ := netip.AddrFromSlice(n.FillBytes(b))
	return netip.PrefixFrom(a, p.Bits())
}

// maxCount bounds the routes of one command.
const maxCount = 1 << 21

func (p *Plugin) routeWords(a *cli.Args) (w routeWords, err error) {
	what, err := a.OneOf("add or del", "add", "del")
	if err != nil {
		return w, err
	}
	w.del, w.count = what == "del", 1
	for a.Len() > 0 {
		switch {
		case a.Keyword("count"):
			var n uint64
			n, err = a.Uint("a number of routes", 1, maxCount)
			w.count = int(n)
		case a.Keyword("table"):
			w.table, err = tableID(a)
		case a.Keyword("via") && w.prefix.IsValid():
			var path fib.Path
			path, err = p.path(a)
			w.paths = append(w.paths, path)
		case !w.prefix.IsValid():
			w.prefix, err = a.Prefix("a prefix, as 10.0.0.0/8")
		default:
			err = a.Unknown()
		}
		if err != nil {
			return w, err
		}
	}
	switch {
	case !w.prefix.IsValid():
		return w, a.Errorf("expected a prefix, as 10.0.0.0/8")
	case len(w.paths) == 0 && !w.del:
		return w, a.Errorf("expected via PATH; see `help ip route`")
	}
	for _, path := range w.paths {
		if path.Kind == fib.ToTable && path.Via.Is6() != w.prefix.Addr().Is6() {
			return w, a.Errorf("a lookup in a table of the other family than %v's: ip4-lookup-in-table is for IPv4, ip6-lookup-in-table for IPv6", w.prefix)
		}
	}
	return w, nil
}

// pathKinds is the words for paths that need nothing more.
var pathKinds = map[string]fib.PathKind{"drop": fib.ToDrop, "local": fib.ToLocal, "null-send-unreach": fib.ToUnreachable, "null-send-prohibit": fib.ToProhibit}

// path takes a path, behind via.
func (p *Plugin) path(a *cli.Args) (path fib.Path, err error) {
	word, err := a.Word("a next hop, an interface, or drop")
	if err != nil {
		return path, err
	}
	kind, plain := pathKinds[word]
	addr, notAddr := netip.ParseAddr(word)
	switch {
	case plain:
		path.Kind = kind
	case word == "ip4-lookup-in-table" || word == "ip6-lookup-in-table":
		path.Kind, path.Via = fib.ToTable, netip.IPv4Unspecified()
		if word[2] == '6' {
			path.Via = netip.IPv6Unspecified()
		}
		path.Table, err = tableID(a)
	case notAddr == nil:
		path.Via = addr
		if next, ok := a.Peek(); ok && next != "via" && next != "weight" && next != "preference" && next != "next-hop-table" && next != "table" {
			path.SwIf, err = p.interfaceWord(a)
		}
	default:
		path.Kind = fib.ToLink
		path.SwIf, err = p.dp.Interface(word)
	}
	for err == nil {
		var n uint64
		switch {
		case a.Keyword("weight"):
			n, err = a.Uint("a weight", 1, 255)
			path.Weight = uint8(n)
		case a.Keyword("preference"):
			n, err = a.Uint("a preference", 0, 255)
			path.Preference = uint8(n)
		case path.Kind == fib.ToNeighbor && a.Keyword("next-hop-table"):
			path.Table, err = tableID(a)
		default:
			return path, nil
		}
	}
	return path, err
}

func (p *Plugin) completeRoute(args []string) []string {
	switch n := len(args); {
	case n < 2:
		return []string{"add", "del"}
	case n > 2 && args[n-2] == "via":
		return append(p.dp.InterfaceNames(), "drop", "local", "null-send-unreach", "null-send-prohibit", "ip4-lookup-in-table", "ip6-lookup-in-table")
	case n > 3 && args[n-3] == "via":
		return append(p.dp.InterfaceNames(), "weight", "preference", "via", "next-hop-table")
	case slices.Contains(args, "via"):
		return []string{"weight", "preference", "via", "next-hop-table"}
	}
	return []string{"count", "table", "via"}
}
