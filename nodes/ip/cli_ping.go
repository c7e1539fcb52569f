package ip

import (
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

const usagePing = `ping ADDRESS [source IF] [size N] [repeat N] [interval T] [burst N] [table-id N]
Sends echo requests and shows the answers: 5 of them (repeat), 1 s apart (interval), with 56 bytes of data (size), of which burst go at
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

// pingWords is what ping is asked for.
type pingWords struct {
	to          netip.Addr
	swIf, table uint32
	size        int
	repeat      int
	burst       int
	interval    time.Duration
}

func (p *Plugin) pingWords(a *cli.Args) (w pingWords, err error) {
	w = pingWords{size: 56, repeat: 5, burst: 1, interval: time.Second}
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
			err = number(&w.repeat, "a number of requests", 1, 1<<20)
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

// PingReport is the result of ping as JSON.
type PingReport struct {
	Sent     int          `json:"sent"`
	Received int          `json:"received"`
	Answers  []PingAnswer `json:"answers"`
}

// PingAnswer is an answer.
type PingAnswer struct {
	Bytes   int        `json:"bytes"`
	From    netip.Addr `json:"from"`
	Seq     int        `json:"icmp_seq"`
	TTL     uint8      `json:"ttl"`
	Elapsed float64    `json:"time_ms"`
}

func (p *Plugin) pingCommand(c *cli.Call) error {
	w, err := p.pingWords(c.Args)
	if err != nil {
		return err
	}
	q, stop := p.startPing()
	defer stop()
	r := PingReport{Answers: []PingAnswer{}}
	sent := make([]int64, w.repeat*w.burst+1) // by sequence number
	for range w.repeat {
		for range w.burst {
			r.Sent++
			sent[r.Sent] = p.dp.Clock()
			if err := p.ping(w.to, w.swIf, w.table, q, uint16(r.Sent), w.size); err != nil {
				return err
			}
		}
		if !p.await(c, q, &r, sent, w.interval) {
			break
		}
	}
	lost := 100 * float64(r.Sent-r.Received) / float64(r.Sent)
	return c.Show(r, func(o io.Writer) {
		fmt.Fprintf(o, "\nStatistics: %d sent, %d received, %.0f%% packet loss\n", r.Sent, r.Received, lost)
	})
}

// await shows the answers that come for a while. It is false when nobody wants them any more.
func (p *Plugin) await(c *cli.Call, q *pinging, r *PingReport, sent []int64, d time.Duration) bool {
	end := time.After(d)
	for {
		select {
		case <-c.Context.Done():
			return false
		case <-end:
			return true
		case a := <-q.heard:
			seq := r.Sent&^(1<<16-1) | int(a.seq)
			if seq > r.Sent {
				seq -= 1 << 16
			}
			if seq < 1 || sent[seq] == 0 {
				continue
			}
			x := PingAnswer{Bytes: a.size, From: a.from, Seq: seq, TTL: a.ttl, Elapsed: float64(max(0, a.at-sent[seq])) / 1e6}
			sent[seq] = 0
			r.Received++
			r.Answers = append(r.Answers, x)
			fmt.Fprintf(c.Out, "%d bytes from %v: icmp_seq=%d ttl=%d time=%.4f ms\n", x.Bytes, x.From, x.Seq, x.TTL, x.Elapsed)
		}
	}
}
