package gvpp

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/graph"
)

func (b base) traceAdd(c *cli.Call) error {
	node, err := c.Args.Word("a node")
	if err != nil {
		return err
	}
	n, err := c.Args.Int("a number of packets", 1, 10000)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return b.graph.TraceAdd(node, int(n))
}

func (b base) clearTrace(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	b.graph.TraceClear()
	return nil
}

// TracedPacket is what became of a packet.
type TracedPacket struct {
	Worker int               `json:"worker"`
	Packet int               `json:"packet"`
	Steps  []graph.TraceStep `json:"steps"`
}

func (b base) showTrace(c *cli.Call) error {
	limit := uint64(50)
	if c.Args.Keyword("max") {
		var err error
		if limit, err = c.Args.Uint("a number of packets", 1, math.MaxInt32); err != nil {
			return err
		}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	list := []TracedPacket{}
	for worker, packets := range b.graph.Trace() {
		for i, steps := range packets {
			if uint64(i) < limit {
				list = append(list, TracedPacket{worker, i, steps})
			}
		}
	}
	return c.Show(list, func(w io.Writer) { writeTrace(w, list, b.Workers()) })
}

// writeTrace is VPP's form: a heading per thread, then the packets, each step with its time.
func writeTrace(w io.Writer, list []TracedPacket, workers int) {
	for worker := range workers {
		fmt.Fprintf(w, "------------------- Start of thread %d gvpp_wk_%d -------------------\n", worker+1, worker)
		none := true
		for _, p := range list {
			if p.Worker == worker {
				none = false
				writePacket(w, &p)
			}
		}
		if none {
			fmt.Fprintln(w, "No packets in trace buffer")
		}
	}
}

func writePacket(w io.Writer, p *TracedPacket) {
	fmt.Fprintf(w, "Packet %d\n\n", p.Packet+1)
	for _, s := range p.Steps {
		fmt.Fprintf(w, "%s: %s\n", stamp(s.At), s.Node)
		if s.Text != "" {
			fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(s.Text, "\n", "\n  "))
		}
	}
	fmt.Fprintln(w)
}

// stamp is HH:MM:SS:microseconds since start.
func stamp(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d:%02d:%06d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60, d.Microseconds()%1e6)
}
