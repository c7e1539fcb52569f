package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Verdict is what has become of a figure between two reports.
type Verdict string

// The verdicts, the ones to look at first.
const (
	Regression  Verdict = "regression"  // one of gvpp's is worse by more than the threshold, and the ranges do not meet
	Improvement Verdict = "improvement" // better, in the same sense
	Drift       Verdict = "drift"       // another subject's has moved as much: it is the machine that has changed
	Lost        Verdict = "lost"        // was measured, and is not any more
	Added       Verdict = "new"         // was not measured before
	Same        Verdict = "same"        // within the threshold, or within the noise
)

var verdicts = []Verdict{Regression, Improvement, Drift, Lost, Added, Same}

// Change is a figure in two reports; nil where one does not have it.
type Change struct {
	Verdict  Verdict
	Old, New *Figure
	Percent  float64 // how much more (or less) of the old median the new one is; 0 where it cannot be said
}

// Comparison is two reports side by side.
type Comparison struct {
	Changes []Change // by verdict, then as they came
	Notes   []string // what makes the two hard to compare
}

// Compare holds two reports against each other. A figure has moved when its median differs by more than threshold percent
// and the ranges of the rounds do not overlap: else it is noise.
func Compare(old, now *Report, threshold float64) *Comparison {
	c := &Comparison{Notes: notes(&old.Header, &now.Header)}
	index := map[string]*Figure{}
	for i := range now.Figures {
		if f := &now.Figures[i]; f.Skipped == "" {
			index[f.key()] = f
		}
	}
	for i := range old.Figures {
		f := &old.Figures[i]
		if f.Skipped != "" {
			continue
		}
		g := index[f.key()]
		delete(index, f.key())
		c.Changes = append(c.Changes, change(f, g, threshold))
	}
	for i := range now.Figures {
		if f := &now.Figures[i]; f.Skipped == "" && index[f.key()] == f {
			c.Changes = append(c.Changes, Change{Verdict: Added, New: f})
		}
	}
	order := func(v Verdict) int { return slices.Index(verdicts, v) }
	slices.SortStableFunc(c.Changes, func(a, b Change) int { return cmp.Compare(order(a.Verdict), order(b.Verdict)) })
	return c
}

// key is what a figure is known by.
func (f *Figure) key() string {
	return strings.Join([]string{f.Scenario, f.Params, f.Subject, f.Metric, f.Unit}, "\x00")
}

func change(old, now *Figure, threshold float64) Change {
	c := Change{Verdict: Same, Old: old, New: now}
	if now == nil {
		c.Verdict = Lost
		return c
	}
	difference := now.Median - old.Median
	if old.Median != 0 {
		c.Percent = 100 * difference / math.Abs(old.Median)
	}
	direction := Better(old.Unit)
	apart := old.Max < now.Min || now.Max < old.Min
	moved := math.Abs(c.Percent) > threshold || old.Median == 0 && difference != 0
	switch {
	case direction == Neither || !apart || !moved:
	case rank(old.Subject) == 2:
		c.Verdict = Drift
	case (difference > 0) == (direction == Lower):
		c.Verdict = Regression
	default:
		c.Verdict = Improvement
	}
	return c
}

// notes tells circumstances that differ.
func notes(a, b *Header) (out []string) {
	for _, d := range []struct{ what, a, b string }{
		{"machine", a.Machine, b.Machine}, {"CPU", a.CPU, b.CPU}, {"kernel", a.Kernel, b.Kernel}, {"Go", a.Go, b.Go},
		{"GVPP_NOASM", fmt.Sprint(a.NoASM), fmt.Sprint(b.NoASM)}, {"cores", fmt.Sprint(a.Cores), fmt.Sprint(b.Cores)},
	} {
		if d.a != d.b {
			out = append(out, fmt.Sprintf("%s differs: %q then, %q now", d.what, d.a, d.b))
		}
	}
	for i, h := range []*Header{a, b} {
		which := [...]string{"old", "new"}[i]
		if h.Incomplete != "" {
			out = append(out, fmt.Sprintf("the %s report is incomplete: %s", which, h.Incomplete))
		}
		if h.OtherCPU >= busyPercent || h.StolenCPU >= busyPercent {
			out = append(out, fmt.Sprintf("the %s report was made on a busy machine: others used %.0f %% of it, its host took %.0f %%", which, h.OtherCPU, h.StolenCPU))
		}
	}
	return out
}

// busyPercent is from when on other work on the machine is worth a word.
const busyPercent = 10

// Count is how many changes have a verdict.
func (c *Comparison) Count(v Verdict) (n int) {
	for _, x := range c.Changes {
		if x.Verdict == v {
			n++
		}
	}
	return n
}

// Write tells the comparison: all that moved, and how much did not.
func (c *Comparison) Write(w io.Writer) error {
	var b bytes.Buffer
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	for _, x := range c.Changes {
		if x.Verdict == Same {
			continue
		}
		f := x.New
		if f == nil {
			f = x.Old
		}
		fmt.Fprintf(&b, "%-11s  %s  %s  %s  %s: %s\n", x.Verdict, f.Scenario, f.Params, f.Subject, f.Metric, x.values(f.Unit))
	}
	for i, v := range verdicts {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d %s", c.Count(v), v)
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// values is a change in figures.
func (x *Change) values(unit string) string {
	switch {
	case x.Old == nil:
		return x.New.Text() + " " + unit
	case x.New == nil:
		return x.Old.Text() + " " + unit + " before"
	}
	return fmt.Sprintf("%s -> %s %s, %+.1f %%", x.Old.Text(), x.New.Text(), unit, x.Percent)
}
