package ip

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// TableReport is a line of show ip table.
type TableReport struct {
	ID     uint32 `json:"table"`
	Name   string `json:"name"`
	Routes int    `json:"routes"`
}

func (p *Plugin) showTables(v6 bool) cli.Handler {
	return command(func(*cli.Args) (func(c *cli.Call) error, error) {
		return func(c *cli.Call) error {
			list := []TableReport{}
			for _, t := range p.Tables(v6) {
				list = append(list, TableReport{t.ID, tableName(v6, t), t.Routes})
			}
			return c.Show(list, func(w io.Writer) {
				for i, t := range list { // as VPP's
					fmt.Fprintf(w, "[%d] table_id:%d %s\n", i, t.ID, t.Name)
				}
			})
		}, nil
	})
}

func tableName(v6 bool, t fib.TableInfo) string {
	if t.Name != "" {
		return t.Name
	}
	return fmt.Sprintf("ipv%d-VRF:%d", 4+2*family(v6), t.ID)
}

// RouteReport is a route in show ip fib.
type RouteReport struct {
	Table  uint32       `json:"table"`
	Prefix netip.Prefix `json:"prefix"`
	Source string       `json:"source"`
	Paths  []PathReport `json:"paths"`
	Hops   []HopReport  `json:"hops"` // where its packets go now, by their flow hash
}

// PathReport is a path as it was given.
type PathReport struct {
	Kind       string `json:"kind"`
	Via        string `json:"via,omitempty"`
	Interface  string `json:"interface,omitempty"`
	Table      uint32 `json:"table,omitempty"`
	Weight     uint8  `json:"weight"`
	Preference uint8  `json:"preference"`
}

// HopReport is a hop.
type HopReport struct {
	Buckets   int    `json:"buckets"`
	Kind      string `json:"kind"`
	Via       string `json:"via,omitempty"`
	Interface string `json:"interface,omitempty"`
	MTU       uint16 `json:"mtu,omitempty"`
	Header    string `json:"header,omitempty"` // hexadecimal

	number uint32
}

// fibWords is what show ip fib is asked for.
type fibWords struct {
	table   uint32
	one     bool // table was given
	summary bool
	prefix  netip.Prefix
	host    bool // prefix is an address: the route for it is wanted
}

func readFIBWords(a *cli.Args, v6 bool) (f fibWords, err error) {
	for a.Len() > 0 && err == nil {
		switch {
		case a.Keyword("table"):
			f.one = true
			f.table, err = tableID(a)
		case a.Keyword("summary"), a.Keyword("mtrie"): // VPP shows the shape of its tries
			f.summary = true
		default:
			word, _ := a.Peek()
			_, notAddr := netip.ParseAddr(word)
			f.host = notAddr == nil
			if f.prefix, err = a.Prefix("an address or a prefix"); err == nil && f.prefix.Addr().Is6() != v6 {
				err = a.Errorf("%v is of the other family", f.prefix)
			}
		}
	}
	return f, err
}

func (p *Plugin) showFIB(v6 bool) cli.Handler {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		words, err := readFIBWords(a, v6)
		return func(c *cli.Call) error {
			list := p.Tables(v6)
			if words.one {
				t, err := p.table(v6, words.table)
				if err != nil {
					return err
				}
				list = []fib.TableInfo{t}
			}
			switch {
			case words.summary:
				return p.showSummary(c, v6, list)
			case c.JSON:
				return c.Show(p.routeReports(v6, list, &words), nil)
			}
			return p.writeFIB(c.Out, v6, list, &words)
		}, err
	})
}

// routes calls f for the routes that are wanted.
func (p *Plugin) routes(s *fib.Snapshot, v6 bool, t fib.TableInfo, w *fibWords, f func(fib.Route) bool) {
	if w.prefix.IsValid() {
		if r, ok := s.Get(v6, t.Place, w.prefix, w.host); ok {
			f(r)
		}
		return
	}
	for r := range s.Routes(v6, t.Place) {
		if !f(r) {
			return
		}
	}
}

func (p *Plugin) routeReports(v6 bool, list []fib.TableInfo, w *fibWords) []RouteReport {
	out := []RouteReport{}
	s := p.fib.Snapshot()
	for _, t := range list {
		p.routes(s, v6, t, w, func(r fib.Route) bool {
			out = append(out, p.report(s, t.ID, &r))
			return true
		})
	}
	return out
}

var pathNames = map[fib.PathKind]string{fib.ToNeighbor: "neighbor", fib.ToLink: "attached", fib.ToTable: "lookup", fib.ToLocal: "local",
	fib.ToDrop: "drop", fib.ToSourceTable: "source-lookup", fib.ToReceive: "interface-rx", fib.ToUnreachable: "unreachable", fib.ToProhibit: "prohibit"}

func (p *Plugin) report(s *fib.Snapshot, table uint32, r *fib.Route) RouteReport {
	out := RouteReport{Table: table, Prefix: r.Prefix, Source: r.Source.String(), Paths: []PathReport{}, Hops: p.hops(s, r)}
	for _, path := range r.Paths {
		x := PathReport{Kind: pathNames[path.Kind], Table: path.Table, Weight: max(1, path.Weight), Preference: path.Preference}
		if path.Kind == fib.ToNeighbor {
			x.Via = path.Via.String()
		}
		if path.SwIf != 0 {
			x.Interface = p.dp.InterfaceName(path.SwIf)
		}
		out.Paths = append(out.Paths, x)
	}
	return out
}

// hops is the hops of a route, each once.
func (p *Plugin) hops(s *fib.Snapshot, r *fib.Route) (list []HopReport) {
	for _, n := range r.Hops {
		if len(list) > 0 && list[len(list)-1].number == n {
			list[len(list)-1].Buckets++
			continue
		}
		h := s.Hop(n)
		x := HopReport{Buckets: 1, Kind: h.Kind.String(), MTU: h.MTU, Header: hex.EncodeToString(h.Header[:h.Size]), number: n}
		if h.TxIf != 0 {
			x.Interface = p.dp.InterfaceName(h.TxIf)
		}
		if h.Via.IsValid() {
			x.Via = h.Via.String()
		}
		list = append(list, x)
	}
	return list
}

// SummaryReport is how many routes of a length a table has.
type SummaryReport struct {
	Table  uint32 `json:"table"`
	Length int    `json:"prefix_length"`
	Count  int    `json:"count"`
}

func (p *Plugin) showSummary(c *cli.Call, v6 bool, list []fib.TableInfo) error {
	out := []SummaryReport{}
	s := p.fib.Snapshot()
	for _, t := range list {
		var count [129]int
		for r := range s.Routes(v6, t.Place) {
			count[r.Prefix.Bits()]++
		}
		for bits, n := range count {
			if n > 0 {
				out = append(out, SummaryReport{t.ID, bits, n})
			}
		}
	}
	return c.Show(out, func(w io.Writer) {
		for _, t := range list {
			writeTable(w, v6, t)
			fmt.Fprintln(w, center("Prefix length", 20)+center("Count", 16))
			for _, x := range out {
				if x.Table == t.ID {
					fmt.Fprintf(w, "%20d%16d\n", x.Length, x.Count)
				}
			}
		}
	})
}
