package reassembly

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/gvpp/gvpp/cli"
)

// Status is what a node does on a worker.
type Status struct {
	Node      string `json:"node"`
	Worker    int    `json:"worker"`
	Datagrams int64  `json:"datagrams"` // that wait for fragments
	Fragments int64  `json:"fragments"` // held
	Whole     uint64 `json:"whole"`     // datagrams that came together, since start
	Dropped   uint64 `json:"dropped"`   // datagrams that did not, since start
	TimedOut  uint64 `json:"timed_out"` // of these, because of their timeout

	MaxDatagrams int     `json:"max_datagrams"`
	MaxFragments int     `json:"max_fragments"`
	Timeout4     float64 `json:"timeout4"` // seconds
	Timeout6     float64 `json:"timeout6"`
}

// Status tells of each node on each worker. Any goroutine may ask.
func (p *Plugin) Status() (out []Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.nodes {
		s := &n.stats
		out = append(out, Status{
			Node: s.name, Worker: s.worker, Datagrams: s.gathering.Load(), Fragments: s.held.Load(),
			Whole: s.whole.Load(), Dropped: s.dropped.Load(), TimedOut: s.timed.Load(),
			MaxDatagrams: len(n.datagrams), MaxFragments: n.limit,
			Timeout4: float64(n.timeouts[v4]) / 1e9, Timeout6: float64(n.timeouts[v6]) / 1e9,
		})
	}
	return out
}

func (p *Plugin) show(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := p.Status()
	return c.Show(list, func(out io.Writer) {
		t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		defer t.Flush()
		fmt.Fprintln(t, "node\tworker\tgathering\tfragments\twhole\tdropped\ttimed out")
		for _, s := range list {
			fmt.Fprintf(t, "%s\t%d\t%d of %d\t%d of %d\t%d\t%d\t%d\n", s.Node, s.Worker, s.Datagrams, s.MaxDatagrams,
				s.Fragments, s.MaxFragments, s.Whole, s.Dropped, s.TimedOut)
		}
		if len(list) > 0 {
			fmt.Fprintf(t, "\nTimeouts: IPv4 %g s, IPv6 %g s\n", list[0].Timeout4, list[0].Timeout6)
		}
	})
}
