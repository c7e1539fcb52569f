package flowtrack

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/plugin"
)

// defaultLines bounds what show flowtrack prints unless asked for more.
const defaultLines = 1000

func (p *Plugin) registerCLI(r *plugin.Registry) {
	r.CLI("show flowtrack", "show flowtrack [summary] [max N]\nShows the sessions, at most 1000 of them unless told otherwise, or their numbers.", p.showCommand)
	r.Complete(func([]string) []string { return []string{"summary", "max"} })
	r.CLI("flowtrack timeout", "flowtrack timeout NAME SECONDS [zone Z] | flowtrack timeout del zone Z\n"+
		"Sets how long a session may be silent: NAME is tcp_established, udp_stream …: `show flowtrack summary` lists all. With a zone\n"+
		"it holds for that zone only; 15 zones may have timeouts of their own. `del` has a zone follow the common ones again.", p.timeoutCommand)
	r.Complete(func(args []string) (names []string) {
		for _, k := range Timeouts {
			names = append(names, k.Name)
		}
		return names
	})
	p.registerZones(r)
	r.CLI("clear flowtrack", "clear flowtrack\nForgets all sessions.", p.clearCommand)
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

// cleared is the result of clear flowtrack.
type cleared struct {
	Removed int `json:"removed"`
}

func (p *Plugin) clearCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	n := p.Clear()
	return c.Show(cleared{n}, func(w io.Writer) { fmt.Fprintf(w, "%d sessions forgotten\n", n) })
}

func (p *Plugin) showCommand(c *cli.Call) error {
	summary := c.Args.Keyword("summary")
	limit := uint64(defaultLines)
	if c.JSON {
		limit = math.MaxUint64
	}
	if c.Args.Keyword("max") {
		var err error
		if limit, err = c.Args.Uint("a number of sessions", 1, math.MaxUint32); err != nil {
			return err
		}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	if summary {
		s := p.Summarize()
		return c.Show(s, s.text)
	}
	list, total := []Session{}, uint64(0)
	p.Each(func(s Session) bool {
		if total++; total <= limit {
			list = append(list, s)
		}
		return c.Context.Err() == nil
	})
	slices.SortFunc(list, func(a, b Session) int { return cmp.Compare(a.Flow, b.Flow) })
	return c.Show(list, func(w io.Writer) { writeSessions(w, list, total) })
}

func writeSessions(out io.Writer, list []Session, total uint64) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Flow\tProto\tState\tOriginator\tResponder\tPackets\tBytes\tAge\tTimeout\tInterface\n")
	for i := range list {
		s := &list[i]
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d/%d\t%d/%d\t%v\t%v\t%s\n", s.Flow, protoName(s.Proto), s.State,
			s.end(s.Src, s.SrcPort), s.end(s.Dst, s.DstPort), s.Packets[0], s.Packets[1], s.Bytes[0], s.Bytes[1],
			duration(s.AgeSeconds), duration(s.TimeoutLeft), s.Interface)
	}
	w.Flush()
	if n := uint64(len(list)); n < total {
		fmt.Fprintf(out, "... and %d more: `show flowtrack max %d`\n", total-n, total)
	} else {
		fmt.Fprintf(out, "%d sessions\n", total)
	}
}

// end is an endpoint in words; for ICMP the port is the query's identifier, for protocols without ports there is none.
func (s *Session) end(a netip.Addr, port uint16) string {
	switch s.Proto {
	case packet.ProtoICMP, packet.ProtoICMP6:
		return fmt.Sprintf("%v id %d", a, s.SrcPort)
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP, packet.ProtoUDPLite, packet.ProtoDCCP:
	default:
		if port == 0 {
			return a.String()
		}
	}
	return netip.AddrPortFrom(a, port).String()
}

func protoName(n uint8) string {
	switch n {
	case 1:
		return "icmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 58:
		return "icmpv6"
	case 132:
		return "sctp"
	}
	return fmt.Sprint(n)
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(100 * time.Millisecond)
}

func (s Summary) text(w io.Writer) {
	fmt.Fprintf(w, "%d sessions (%d IPv4, %d IPv6) of %d for each family, %.1f MiB\n", s.Sessions, s.IPv4, s.IPv6, s.Capacity, float64(s.Bytes)/(1<<20))
	for st := StateNew; st < numStates; st++ {
		fmt.Fprintf(w, "  %-12s %d\n", st, s.States[st.String()])
	}
	fmt.Fprintf(w, "created %d, expired %d, given up for room %d, packets refused %d\n", s.Created, s.Expired, s.Evicted, s.Refused)
	fmt.Fprintf(w, "timeouts:")
	for _, k := range Timeouts {
		fmt.Fprintf(w, " %s %d", k.Name, s.Timeouts[k.Name])
	}
	fmt.Fprintln(w)
}
