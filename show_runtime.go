package gvpp

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/cycles"
	"github.com/gvpp/gvpp/graph"
)

// RuntimeReport is show runtime for one worker, since the last clear runtime.
type RuntimeReport struct {
	Worker      int             `json:"worker"`
	Core        int             `json:"core"` // -1: not pinned
	Seconds     float64         `json:"seconds"`
	LoopsPerSec float64         `json:"loops_per_second"`
	Nodes       []graph.Figures `json:"nodes"`
	Gaps        graph.Gaps      `json:"gaps"` // zero where the worker has not run by itself
}

// Runtime reads the figures of all workers.
func (dp *Dataplane) Runtime() []RuntimeReport {
	dp.mu.Lock()
	base, since := dp.clearedFigures, dp.clearedAt // before the figures, which only rise
	dp.mu.Unlock()
	now, gaps := dp.graph.Figures(), dp.graph.Gaps()
	seconds := time.Duration(dp.Clock() - since).Seconds()
	out := make([]RuntimeReport, len(now))
	for i := range now {
		r := RuntimeReport{Worker: i, Core: -1, Seconds: seconds, Nodes: now[i].Nodes, Gaps: gaps[i]}
		if len(dp.config.Cores) > i {
			r.Core = dp.config.Cores[i]
		}
		passes := now[i].Passes
		if base != nil {
			passes -= base[i].Passes
			for n := range r.Nodes {
				b := &base[i].Nodes[n]
				r.Nodes[n].Calls -= b.Calls
				r.Nodes[n].Vectors -= b.Vectors
				r.Nodes[n].Clocks -= b.Clocks
			}
		}
		r.LoopsPerSec = float64(passes) / max(seconds, 1e-9)
		out[i] = r
	}
	return out
}

func (b base) showRuntime(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := b.Runtime()
	return c.Show(list, func(w io.Writer) {
		for i := range list {
			list[i].text(w)
		}
	})
}

// text is VPP's table; a clock is a tick of the processor's counter.
func (r *RuntimeReport) text(w io.Writer) {
	core := "not pinned"
	if r.Core >= 0 {
		core = fmt.Sprintf("lcore %d", r.Core)
	}
	var in, out, drop, calls, vectors uint64
	for _, n := range r.Nodes {
		if n.Input() {
			in += n.Vectors
		}
		switch n.Name {
		case "interface-output":
			out = n.Vectors
		case graph.ErrorDrop:
			drop = n.Vectors
		}
		if n.State == "active" {
			calls += n.Calls
			vectors += n.Vectors
		}
	}
	rate := func(n uint64) string { return scientific("%.4e", float64(n)/max(r.Seconds, 1e-9)) }
	fmt.Fprintf(w, "Thread %d gvpp_wk_%d (%s)\n", r.Worker+1, r.Worker, core)
	fmt.Fprintf(w, "Time %.1f, internal node vector rate %.2f loops/sec %.2f, clock %s Hz\n", r.Seconds, ratio(vectors, calls), r.LoopsPerSec, scientific("%.3e", cycles.PerSecond()))
	fmt.Fprintf(w, "  vector rates in %s, out %s, drop %s, punt 0.0000e0\n", rate(in), rate(out), rate(drop))
	fmt.Fprintln(w, row(center("Name", 30), center("State", 12), center("Calls", 16), center("Vectors", 16), center("Suspends", 16), center("Packet-Clocks", 16), center("Vectors/Call", 16)))
	for _, n := range r.Nodes {
		if n.Calls > 0 {
			fmt.Fprintf(w, "%-30s%s%16d%16d%16d%16s%16.2f\n", n.Name, center(n.State, 12), n.Calls, n.Vectors, 0, scientific("%.2e", ratio(n.Clocks, n.Vectors)), ratio(n.Vectors, n.Calls))
		}
	}
	if g := &r.Gaps; g.Passes > 0 {
		fmt.Fprintf(w, "  loop gaps, us: worst %.1f, p99.9 %.1f, p99 %.1f, p50 %.1f, over 100 us %d; core taken away %d times, waited for %.1f ms\n",
			g.Worst, g.P999, g.P99, g.P50, g.Over, g.Preemptions, g.WaitedMs)
	}
}

// scientific formats as VPP does: 3.06e2.
func scientific(format string, v float64) string {
	return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(fmt.Sprintf(format, v))
}

func ratio(a, b uint64) float64 { return float64(a) / max(float64(b), 1) }

func (b base) clearRuntime(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	f := b.graph.Figures()
	b.graph.ClearGaps()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clearedFigures, b.clearedAt = f, b.Clock()
	return nil
}

// Errors implements plugin.Dataplane.
func (dp *Dataplane) Errors() []graph.ErrorCount {
	dp.mu.Lock()
	base := dp.clearedErrors
	dp.mu.Unlock()
	out := []graph.ErrorCount{}
	for i, e := range dp.graph.Errors() {
		if base != nil {
			e.Count -= base[i].Count
		}
		if e.Count != 0 {
			out = append(out, e)
		}
	}
	return out
}

func (b base) showErrors(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := b.Errors()
	return c.Show(list, func(w io.Writer) {
		reason := 35 // VPP's width, unless one of ours is longer
		for _, e := range list {
			reason = max(reason, len(e.Reason)+2)
		}
		fmt.Fprintln(w, row(center("Count", 10), center("Node", 35), center("Reason", reason), center("Severity", 10)))
		for _, e := range list {
			fmt.Fprintln(w, row(fmt.Sprintf("%10d", e.Count), center(e.Node, 35), center(e.Reason, reason), center("error", 10)))
		}
	})
}

func (b base) clearErrors(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	e := b.graph.Errors()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clearedErrors = e
	return nil
}

// BufferReport is show buffers.
type BufferReport struct {
	Buffers int `json:"buffers"`
	Bytes   int `json:"bytes_each"`
	Free    int `json:"free"`   // on the shared list; the rest is with ports and workers
	InUse   int `json:"in_use"` // by packets, and by ports for those that may come
}

func (b base) showBuffers(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	r := BufferReport{Buffers: b.pool.Len(), Bytes: b.pool.Size(), Free: b.pool.Shared()}
	b.graph.Hold(func() { r.InUse = b.pool.InUse() })
	return c.Show(r, func(w io.Writer) {
		fmt.Fprintf(w, "%d buffers of %d bytes, %.1f MiB; %d free, %d at hand for workers, in use by packets and ports: %d\n", r.Buffers, r.Bytes, float64(r.Buffers*r.Bytes)/(1<<20), r.Free, r.Buffers-r.Free-r.InUse, r.InUse)
	})
}
