package flowtrack

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"text/tabwriter"

	"github.com/gvpp/gvpp/cli"
)

// Expectation is a session that a helper has announced and that has not begun.
type Expectation struct {
	Number  uint32     `json:"number"` // since start
	Master  uint32     `json:"master"` // the number of the session that has announced it
	Helper  string     `json:"helper"`
	Proto   uint8      `json:"proto"`
	Src     netip.Addr `json:"src"` // from any port; the zero address: from anybody
	Dst     netip.Addr `json:"dst"`
	Port    uint16     `json:"port"`
	Zone    uint16     `json:"zone"`
	Seconds float64    `json:"timeout_seconds"` // until it is given up
}

// Expectations lists what is expected, in the order in which it was announced.
func (p *Plugin) Expectations() []Expectation {
	p.shut.RLock()
	defer p.shut.RUnlock()
	list := []Expectation{}
	help := p.helping.Load()
	if help == nil || p.closed {
		return list
	}
	tick := tickOf(p.dp.Clock())
	for i := range help.expected.buckets {
		b := &help.expected.buckets[i]
		b.lock.wait()
		slots := b.slots
		b.lock.release()
		for j := range slots {
			if e := &slots[j]; e.number != 0 && int32(e.until-tick) > 0 && p.lives(e.master) {
				list = append(list, e.report(tick))
			}
		}
	}
	slices.SortFunc(list, func(a, b Expectation) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

func (e *expectation) report(tick uint32) Expectation {
	r := Expectation{Number: e.number, Master: e.serial, Helper: e.helper, Proto: e.Proto, Dst: e.addr(&e.Dst), Port: e.Port, Zone: e.zone,
		Seconds: seconds(e.until - tick)}
	if !e.AnySrc {
		r.Src = e.addr(&e.Src)
	}
	return r
}

func (e *expectation) addr(a *[16]byte) netip.Addr {
	if e.ip6 {
		return netip.AddrFrom16(*a)
	}
	return address4(binary.BigEndian.Uint32(a[:]))
}

func (p *Plugin) showExpectationsCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := p.Expectations()
	return c.Show(list, func(out io.Writer) {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "Master\tHelper\tProto\tFrom\tTo\tZone\tTimeout\n")
		for _, e := range list {
			from := "any"
			if e.Src.IsValid() {
				from = e.Src.String()
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%v\t%d\t%v\n", e.Master, e.Helper, protoName(e.Proto), from, netip.AddrPortFrom(e.Dst, e.Port), e.Zone, duration(e.Seconds))
		}
		w.Flush()
		fmt.Fprintf(out, "%d sessions expected\n", len(list))
	})
}
