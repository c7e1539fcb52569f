package ip

import (
	"fmt"
	"io"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

const usagePing = `ping ADDRESS [source IF] [size N] [repeat N] [interval T] [burst N] [table-id N]
Sends echo requests and shows the answers: 5 of them (repeat), 1 s apart (interval), with 56 bytes of data (size), burst of each at
once. Without source the route to the address says from where. It ends early when whoever gave the command goes away.`

func (p *Plugin) pingCommands(r *plugin.Registry) {
	r.CLI("ping", usagePing, p.pingCommand)
	r.Complete(func(args []string) []string {
		if n := len(args); n > 1 && args[n-2] == "source" {
			return p.dp.InterfaceNames()
		}
		return []string{"source", "size", "repeat", "interval", "burst", "table-id"}
	})
}

func (p *Plugin) pingWords(a *cli.Args) (w pingPlan, err error) {
	w = pingPlan{size: defaultSize, repeat: 5, burst: 1, interval: time.Second}
	for _, family := range []string{"ipv4", "ipv6"} {
		a.Keyword(family) // VPP's, the address says it
	}
	if w.to, err = a.Addr("an address"); err != nil {
		return w, err
	}
	number := func(to *int, what string, lo, hi uint64) error {
		n, err := a.Uint(what, lo, hi)
		*to = int(n)
		return err
	}
	for a.Len() > 0 && err == nil {
		switch {
		case a.Keyword("source"):
			w.swIf, err = p.interfaceWord(a)
		case a.Keyword("size"):
			err = number(&w.size, "bytes of data", 0, 1400)
		case a.Keyword("repeat"):
			err = number(&w.repeat, "a number of requests", 1, maxRepeat)
		case a.Keyword("burst"):
			err = number(&w.burst, "requests at once", 1, maxToSend)
		case a.Keyword("interval"):
			w.interval, err = a.Duration("a time", time.Millisecond, time.Hour)
		case a.Keyword("table-id"):
			w.table, err = tableID(a)
		case a.Keyword("verbose"):
		default:
			err = a.Unknown()
		}
	}
	return w, err
}

func (p *Plugin) pingCommand(c *cli.Call) error {
	w, err := p.pingWords(c.Args)
	if err != nil {
		return err
	}
	r, err := p.runPing(c.Context, &w, func(x *PingAnswer) {
		fmt.Fprintf(c.Out, "%d bytes from %v: icmp_seq=%d ttl=%d time=%.4f ms\n", x.Bytes, x.From, x.Seq, x.TTL, x.Elapsed)
	})
	if err != nil {
		return err
	}
	lost := 100 * float64(r.Sent-r.Received) / float64(r.Sent)
	return c.Show(r, func(o io.Writer) {
		fmt.Fprintf(o, "\nStatistics: %d sent, %d received, %.0f%% packet loss\n", r.Sent, r.Received, lost)
	})
}
