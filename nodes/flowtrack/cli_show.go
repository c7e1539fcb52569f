package flowtrack

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// defaultLines bounds what show flowtrack prints unless asked for more.
const defaultLines = 1000

const showHelp = `Shows sessions, at most 1000 of them unless told otherwise, or with count only how many there are. sort bytes, packets, age or left
puts those with the most bytes or packets first, the oldest, or those that expire next; otherwise they come by their number.`

// orders are how sessions can be sorted; the first is the usual one.
var orders = []struct {
	name    string
	compare func(a, b *Session) int
}{
	{"number", func(a, b *Session) int { return cmp.Compare(a.Flow, b.Flow) }},
	{"bytes", func(a, b *Session) int { return cmp.Compare(b.Bytes[0]+b.Bytes[1], a.Bytes[0]+a.Bytes[1]) }},
	{"packets", func(a, b *Session) int { return cmp.Compare(b.Packets[0]+b.Packets[1], a.Packets[0]+a.Packets[1]) }},
	{"age", func(a, b *Session) int { return cmp.Compare(b.AgeSeconds, a.AgeSeconds) }},
	{"left", func(a, b *Session) int { return cmp.Compare(a.TimeoutLeft, b.TimeoutLeft) }},
}

func orderNames() (names []string) {
	for i := range orders {
		names = append(names, orders[i].name)
	}
	return names
}

// selection is the sessions that come first in an order, at most limit of them: no more are held than twice that.
type selection struct {
	list    []Session
	limit   uint64
	total   uint64
	compare func(a, b *Session) int
}

func (s *selection) add(x *Session) {
	s.total++
	s.list = append(s.list, *x)
	if n := uint64(len(s.list)); n >= 2*defaultLines && n/2 >= s.limit {
		s.cut()
	}
}

// cut sorts, and leaves out what is behind the limit.
func (s *selection) cut() {
	slices.SortFunc(s.list, func(a, b Session) int { return cmp.Or(s.compare(&a, &b), cmp.Compare(a.Flow, b.Flow)) })
	s.list = s.list[:min(uint64(len(s.list)), s.limit)]
}

// question is what show flowtrack was asked.
type question struct {
	filterReader
	selection
	count bool
}

// read reads the command's words.
func (q *question) read(c *cli.Call) error {
	q.list, q.limit, q.compare = []Session{}, defaultLines, orders[0].compare
	if c.JSON {
		q.limit = math.MaxUint64
	}
	for a := c.Args; a.Len() > 0; {
		ok, err := q.next(a)
		switch {
		case ok:
		case a.Keyword("count"):
			q.count = true
		case a.Keyword("max"):
			q.limit, err = a.Uint("a number of sessions", 1, math.MaxUint32)
		case a.Keyword("sort"):
			var key string
			if key, err = a.OneOf("what to sort by", orderNames()...); err == nil {
				q.compare = orders[slices.Index(orderNames(), key)].compare
			}
		default:
			return a.Unknown()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// counted is the result of show flowtrack count.
type counted struct {
	Sessions uint64 `json:"sessions"`
}

func (p *Plugin) showCommand(c *cli.Call) error {
	return p.ask(c, &question{filterReader: filterReader{p: p}})
}

// showZoneCommand is show flowtrack where the first condition is a zone.
func (p *Plugin) showZoneCommand(c *cli.Call) error {
	q := question{filterReader: filterReader{p: p, seen: []string{"zone"}}}
	if err := readZone(p, &q.Filter, c.Args); err != nil {
		return err
	}
	return p.ask(c, &q)
}

func (p *Plugin) ask(c *cli.Call, q *question) error {
	if err := q.read(c); err != nil {
		return err
	}
	p.Each(func(s Session) bool {
		switch {
		case !q.Match(&s):
		case q.count:
			q.total++
		default:
			q.add(&s)
		}
		return c.Context.Err() == nil
	})
	if q.count {
		return c.Show(counted{q.total}, func(w io.Writer) { fmt.Fprintf(w, "%d sessions\n", q.total) })
	}
	q.cut()
	return c.Show(q.list, q.text)
}

func (p *Plugin) completeShow() func(args []string) []string {
	conditions := p.completeFilter("sort", "max", "count")
	return func(args []string) []string {
		if len(args) > 1 {
			switch args[len(args)-2] {
			case "sort":
				return orderNames()
			case "max":
				return nil
			}
		}
		return conditions(args)
	}
}

func (q *question) text(out io.Writer) {
	zones := slices.ContainsFunc(q.list, func(s Session) bool { return s.Zone != 0 })
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Flow\tProto\tState\tDetail\tOriginator\tResponder\tPackets\tBytes\tAge\tTimeout\tMarks\t")
	if zones {
		fmt.Fprintf(w, "Zone\t")
	}
	fmt.Fprintf(w, "Interface\n")
	for i := range q.list {
		s := &q.list[i]
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%d/%d\t%d/%d\t%v\t%v\t%s\t", s.Flow, s.Protocol, s.State, s.Detail,
			s.end(s.Src, s.SrcPort), s.end(s.Dst, s.DstPort), s.Packets[0], s.Packets[1], s.Bytes[0], s.Bytes[1],
			duration(s.AgeSeconds), duration(s.TimeoutLeft), s.marks())
		if zones {
			fmt.Fprintf(w, "%d\t", s.Zone)
		}
		fmt.Fprintf(w, "%s\n", s.Interface)
	}
	w.Flush()
	if n := uint64(len(q.list)); n < q.total {
		fmt.Fprintf(out, "... and %d more: `show flowtrack max %d`\n", q.total-n, q.total)
	} else {
		fmt.Fprintf(out, "%d sessions\n", q.total)
	}
}

// marks are what an operator knows of `conntrack -L`: unreplied, assured, expected.
func (s *Session) marks() string {
	var words []string
	if !s.Replied {
		words = append(words, "unreplied")
	}
	if s.Assured {
		words = append(words, "assured")
	}
	switch {
	case s.Master != nil:
		words = append(words, fmt.Sprintf("expected by %d", *s.Master))
	case s.Expected:
		words = append(words, "expected")
	}
	return strings.Join(words, ",")
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
