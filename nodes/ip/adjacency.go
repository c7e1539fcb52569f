package ip

import (
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/fib"
	"github.com/gvpp/gvpp/plugin"
)

// adjacencies is what has gone to each neighbour, where the operator wants that counted. VPP calls a hop an adjacency.
type adjacencies struct {
	rows [graph.MaxWorkers][]counter.Pair // single-writer: by worker and hop
	base map[uint32][2]uint64             // guarded by Plugin.mu: what a hop's number had counted for another one before
}

// CountAdjacencies begins to count what goes to each neighbour, from zero, or ends that.
func (p *Plugin) CountAdjacencies(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !on {
		p.counting.Store(nil)
		return
	}
	a := &adjacencies{base: map[uint32][2]uint64{}}
	for i := range p.dp.Workers() {
		a.rows[i] = make([]counter.Pair, fib.MaxHops)
	}
	p.counting.Store(a)
}

// sum is what all workers have counted for a hop's number.
func (a *adjacencies) sum(hop uint32) (packets, bytes uint64) {
	for _, row := range a.rows {
		if row != nil {
			packets += row[hop].Packets.Load()
			bytes += row[hop].Bytes.Load()
		}
	}
	return packets, bytes
}

// of is what has gone to a hop. Plugin.mu is held.
func (a *adjacencies) of(hop uint32) (packets, bytes uint64) {
	packets, bytes = a.sum(hop)
	return packets - a.base[hop][0], bytes - a.base[hop][1]
}

// newHop begins to count anew for a number that may have been another hop's. mu is held.
func (p *Plugin) newHop(hop uint32) {
	if a := p.counting.Load(); a != nil {
		packets, bytes := a.sum(hop)
		a.base[hop] = [2]uint64{packets, bytes}
	}
}

// tell gives them to clients of the statistics, by hop.
func (p *Plugin) tell(s plugin.Stats) {
	if !p.mu.TryLock() {
		s.Same()
		return
	}
	defer p.mu.Unlock()
	if a := p.counting.Load(); a != nil {
		s.Counters("/net/adjacency", p.fib.HopNumbers(), func(i int) (packets, bytes uint64) { return a.of(uint32(i)) })
	}
}

// mark keeps the hops of packets that are to be counted when they have been rewritten.
func (n *rewrite) mark(v buffer.View, bufs []buffer.Index) {
	for i, b := range bufs {
		n.hops[i&(graph.VectorSize-1)] = v.Meta(b).TxIf & (fib.MaxHops - 1)
	}
}

// tally counts what is on its way.
func (n *rewrite) tally(w *graph.Worker, v buffer.View, a *adjacencies, bufs []buffer.Index, nexts []graph.Next) {
	row := a.rows[w.ID()]
	for i, b := range bufs {
		m := v.Meta(b)
		to := &row[n.hops[i&(graph.VectorSize-1)]]
		switch nexts[i] {
		case outDirect, outArc:
			to.Add(1, uint64(m.Len))
		case outFrag:
			if size := pieceSize(m, v.Bytes(b, m)); size > 0 {
				pieces := (int(m.End) - int(m.L4) + size - 1) / size
				to.Add(uint64(pieces), uint64(int(m.End)+(pieces-1)*int(m.L4)))
			}
		}
	}
}

// AdjacencyReport is a line of show adjacency.
type AdjacencyReport struct {
	Index     uint32     `json:"index"`
	Address   netip.Addr `json:"address"`
	Interface string     `json:"interface"`
	Kind      string     `json:"kind"`
	MTU       uint16     `json:"mtu,omitempty"`
	Header    string     `json:"header,omitempty"`
	Packets   uint64     `json:"packets"`
	Bytes     uint64     `json:"bytes"`
}

// adjacencyReports lists the neighbours that packets go to or are to go to, or the one of an index.
func (p *Plugin) adjacencyReports(only int64) []AdjacencyReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	list, a, hops := []AdjacencyReport{}, p.counting.Load(), p.fib.Snapshot().Hops()
	for _, n := range p.fib.Adjacencies() {
		h := hops.At(n)
		if only >= 0 && n != uint32(only) || h == nil {
			continue
		}
		x := AdjacencyReport{Index: n, Address: h.Via, Interface: p.dp.InterfaceName(h.TxIf), Kind: h.Kind.String(), MTU: h.MTU, Header: fmt.Sprintf("%x", h.Header[:h.Size])}
		if a != nil {
			x.Packets, x.Bytes = a.of(n)
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b AdjacencyReport) int { return int(a.Index) - int(b.Index) })
	return list
}

func (p *Plugin) showAdjacencies(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		only, err := int64(-1), error(nil)
		if a.Len() > 0 {
			var n uint64
			n, err = a.Uint("an adjacency's index", 0, fib.MaxHops-1)
			only = int64(n)
		}
		return func(c *cli.Call) error {
			list := p.adjacencyReports(only)
			return c.Show(list, func(w io.Writer) {
				for _, x := range list {
					v := 4 + 2*family(x.Address.Is6())
					if x.Kind != fib.KindRewrite.String() {
						fmt.Fprintf(w, "[@%d] arp-ipv%d: via %v %s\n", x.Index, v, x.Address, x.Interface)
					} else {
						fmt.Fprintf(w, "[@%d] ipv%d via %v %s: mtu:%d %s\n", x.Index, v, x.Address, x.Interface, x.MTU, x.Header)
					}
					if x.Packets > 0 {
						fmt.Fprintf(w, "     counts:[%d:%d]\n", x.Packets, x.Bytes)
					}
				}
			})
		}, err
	})(c)
}

func (p *Plugin) adjacencyCommands(r *plugin.Registry) {
	for _, word := range []string{"adjacency", "adj"} {
		r.CLI(word+" counters", word+" counters enable|disable\nCounts what goes to each neighbour: `show adjacency` has it, and /net/adjacency of the statistics.", p.countCommand)
		r.Complete(func([]string) []string { return []string{"enable", "disable"} })
		r.CLI("show "+word, "show "+word+" [INDEX]\nShows the neighbours that packets go to, or that they wait for, and what has gone there where that is counted.", p.showAdjacencies)
	}
}

func (p *Plugin) countCommand(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		what, err := a.OneOf("enable or disable", "enable", "disable")
		return func(*cli.Call) error {
			p.CountAdjacencies(what == "enable")
			return nil
		}, err
	})(c)
}
