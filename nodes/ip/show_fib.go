package ip

import (
	"fmt"
	"io"

	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// writeFIB is VPP's form, without what is not counted here: uRPF lists, and packets by route. A route that was asked for is shown with
// its paths, as there.
func (p *Plugin) writeFIB(out io.Writer, v6 bool, list []fib.TableInfo, w *fibWords) (err error) {
	s := p.fib.Snapshot()
	for _, t := range list {
		writeTable(out, v6, t)
		p.routes(s, v6, t, w, func(r fib.Route) bool {
			if w.prefix.IsValid() {
				p.writePaths(out, t, &r)
				_, err = fmt.Fprint(out, "\n forwarding: ")
			} else {
				_, err = fmt.Fprintln(out, r.Prefix)
			}
			p.writeHops(out, v6, s, &r)
			return err == nil
		})
	}
	return err
}

func writeTable(out io.Writer, v6 bool, t fib.TableInfo) {
	fmt.Fprintf(out, "%s, fib_index:%d, flow hash:[src dst sport dport proto ] epoch:0 flags:none locks:[]\n", tableName(v6, t), t.Place)
}

// writeHops says where packets go now, by their flow hash.
func (p *Plugin) writeHops(out io.Writer, v6 bool, s *fib.Snapshot, r *fib.Route) {
	v, at := 4+2*family(v6), 0
	fmt.Fprintf(out, "  unicast-ip%d-chain\n  [@0]: dpo-load-balance: [proto:ip%d index:%d buckets:%d source:%v]\n", v, v, r.Forward, len(r.Hops), r.Source)
	for _, h := range p.hops(s, r) {
		fmt.Fprintf(out, "    [%s] %s\n", places(at, h.Buckets), p.hopLine(v6, s, r, &h))
		at += h.Buckets
	}
}

func places(at, n int) string {
	if n == 1 {
		return fmt.Sprint(at)
	}
	return fmt.Sprintf("%d-%d", at, at+n-1)
}

// hopLine is VPP's words for a hop, with its numbers of kinds. next is where ip4-rewrite or ip6-rewrite sends the packet.
func (p *Plugin) hopLine(v6 bool, s *fib.Snapshot, r *fib.Route, h *HopReport) string {
	v := 4 + 2*family(v6)
	switch h.Kind {
	case "rewrite":
		return fmt.Sprintf("[@5]: ipv%d via %s %s: mtu:%d next:%d flags:[] %s", v, h.Via, h.Interface, h.MTU, outArc, h.Header)
	case "resolve":
		return fmt.Sprintf("[@3]: %s-ipv%d: via %s %s", []string{"arp", "nd"}[family(v6)], v, h.Via, h.Interface)
	case "glean":
		return fmt.Sprintf("[@4]: ipv%d-glean: [src:%v] %s", v, r.Prefix, h.Interface)
	case "local":
		return fmt.Sprintf("[@11]: dpo-receive: %v", r.Prefix.Addr())
	case "lookup":
		return "[@12]: dst-address,unicast lookup in " + p.nameAt(v6, s.Hop(h.number).Table)
	case "unreachable":
		return fmt.Sprintf("[@13]: ip%d-null action:send-unreachable", v)
	case "prohibit":
		return fmt.Sprintf("[@13]: ip%d-null action:send-prohibited", v)
	}
	return fmt.Sprintf("[@0]: dpo-%s ip%d", h.Kind, v)
}

// nameAt is the name of the table at a place.
func (p *Plugin) nameAt(v6 bool, place uint32) string {
	for _, t := range p.Tables(v6) {
		if t.Place == place {
			return tableName(v6, t)
		}
	}
	return "no table"
}

// vppPaths is VPP's words for paths; those to a neighbour without an interface are recursive.
var vppPaths = map[fib.PathKind]string{fib.ToNeighbor: "attached-nexthop:", fib.ToLink: "attached:", fib.ToTable: "deag:", fib.ToLocal: "receive:",
	fib.ToDrop: "special:  cfg-flags:drop,", fib.ToUnreachable: "special:  cfg-flags:icmp-unreach,", fib.ToProhibit: "special:  cfg-flags:icmp-prohibit,"}

// writePaths says what a route was given.
func (p *Plugin) writePaths(out io.Writer, t fib.TableInfo, r *fib.Route) {
	fmt.Fprintf(out, "%v fib:%d index:%d\n  %v refs:1 src-flags:added,contributing,active,\n", r.Prefix, t.Place, r.Forward, r.Source)
	for i := range r.Paths {
		q := &r.Paths[i]
		words := vppPaths[q.Kind]
		if q.Kind == fib.ToNeighbor && q.SwIf == 0 {
			words = "recursive:"
		}
		fmt.Fprintf(out, "      path:[%d] ip%d weight=%d pref=%d %s\n", i, 4+2*family(r.Prefix.Addr().Is6()), max(1, q.Weight), q.Preference, words)
		switch {
		case q.Kind == fib.ToNeighbor && q.SwIf != 0:
			fmt.Fprintf(out, "        %v %s\n", q.Via, p.dp.InterfaceName(q.SwIf))
		case q.Kind == fib.ToNeighbor:
			fmt.Fprintf(out, "        via %v in table %d\n", q.Via, q.Table)
		case q.Kind == fib.ToLink:
			fmt.Fprintf(out, "        %s\n", p.dp.InterfaceName(q.SwIf))
		case q.Kind == fib.ToTable:
			fmt.Fprintf(out, "        table %d\n", q.Table)
		}
	}
}
