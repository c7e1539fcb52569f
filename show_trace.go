package gvpp

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/device"
	"github.com/gvpp/gvpp/plugin"
)

// registerTrace declares the commands that trace packets.
func (b base) registerTrace(r *plugin.Registry) {
	nodes := func([]string) []string { return b.nodeNames() }
	r.CLI("trace add", "trace add NODE N [filter]\nFollows the next N packets of each worker that enter NODE; ethernet-input sees all. With filter those that `classify filter trace` chooses.", b.traceAdd)
	r.Complete(nodes)
	r.CLI("trace filter", `trace filter none | include NODE COUNT | exclude NODE COUNT
Makes traces that are added later keep only packets that have met NODE, or that have not: COUNT of each worker. "trace add" then says
how many packets are looked at; the dropped one of a million is found by

  trace filter include error-drop 1
  trace add ethernet-input 1000000`, b.traceFilter)
	r.Complete(func(args []string) []string {
		if len(args) > 0 {
			return b.nodeNames()
		}
		return []string{"none", "include", "exclude"}
	})
	r.CLI("show trace", "show trace [max N]\nShows what each node did with the traced packets.", b.showTrace)
	r.CLI("clear trace", "clear trace\nForgets the trace and ends tracing.", b.clearTrace)
}

func (b base) traceAdd(c *cli.Call) error {
	node, err := c.Args.Word("a node")
	if err != nil {
		return err
	}
	n, err := c.Args.Int("a number of packets", 1, graph.MaxFiltered)
	if err != nil {
		return err
	}
	var match graph.PacketFilter
	if c.Args.Keyword("filter") {
		if match, err = b.packetFilter("trace"); err != nil {
			return err
		}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return b.graph.TraceMatching(node, int(n), match)
}

// packetFilter is what chooses packets for a use.
func (dp *Dataplane) packetFilter(use string) (graph.PacketFilter, error) {
	for _, f := range dp.filters {
		if match := f.Get(); f.Use == use && match != nil {
			return match, nil
		}
	}
	return nil, fmt.Errorf("no packets are chosen: `classify filter %s mask … match …` does that, where the program has it", use)
}

func (b base) traceFilter(c *cli.Call) error {
	what, err := c.Args.OneOf("which packets are kept", "none", "include", "exclude")
	if err != nil {
		return err
	}
	node, n := "", int64(0)
	if what != "none" {
		if node, err = c.Args.Word("a node"); err != nil {
			return err
		}
		if n, err = c.Args.Int("a number of packets", 1, 10000); err != nil {
			return err
		}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return b.graph.TraceFilter(node, what == "include", int(n))
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
	About  []string          `json:"about,omitempty"` // what plugins say of the packet, as of its last step
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
				list = append(list, b.traced(worker, i, steps))
			}
		}
	}
	return c.Show(list, func(w io.Writer) { writeTrace(w, list, b.Workers()) })
}

// traced is a packet with what is known of it at its end, where that is not said by a node.
func (b base) traced(worker, packet int, steps []graph.TraceStep) TracedPacket {
	fillIn(steps)
	p := TracedPacket{Worker: worker, Packet: packet, Steps: steps}
	if n := len(steps); n > 0 && steps[n-1].Node == device.OutputArc {
		if line := b.pg.Sent(&steps[0], &steps[n-1]); line != "" {
			steps[n-1].Text += "\n" + line
		}
	}
	if n := len(steps); n > 0 && steps[n-1].Node == graph.ErrorDrop {
		for _, line := range b.describe(&steps[n-1].Meta) {
			if !slices.ContainsFunc(steps, func(s graph.TraceStep) bool { return strings.Contains(s.Text, line) }) {
				p.About = append(p.About, line)
			}
		}
	}
	return p
}

// fillIn says of nodes that have no words of their own where they have sent the packet, and of others that they hold it.
func fillIn(steps []graph.TraceStep) {
	for i := range steps {
		s := &steps[i]
		switch {
		case s.Text != "" && s.Next == "held":
			s.Text += ", held"
		case s.Text != "" || s.Next == "":
		case i+1 < len(steps) && s.Next != "held":
			s.Text = "next: " + steps[i+1].Node
		default:
			s.Text = "next: " + s.Next
		}
	}
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
	for _, line := range p.About {
		fmt.Fprintf(w, "  %s\n", line)
	}
	fmt.Fprintln(w)
}

// stamp is HH:MM:SS:microseconds since start.
func stamp(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d:%02d:%06d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60, d.Microseconds()%1e6)
}
