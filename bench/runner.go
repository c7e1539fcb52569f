package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/report"
)

// runner runs scenarios and collects figures. One goroutine uses it.
type runner struct {
	rounds   int
	options  measure.Options
	progress *progress
	emit     func(report.Figure) error // nil, or: sees each figure once its group is done

	figures    []report.Figure
	incomplete string // why not all of it is there
	failed     bool
	said       map[string]bool
}

// run measures one scenario after the other.
func (r *runner) run(ctx context.Context, list []measure.Scenario) error {
	defer r.progress.clear()
	r.said = map[string]bool{}
	for _, s := range list {
		if err := ready(s, r.options); err != nil {
			if err := r.note(report.Figure{Scenario: s.Name, Skipped: err.Error()}); err != nil {
				return err
			}
			continue
		}
		for _, g := range s.Groups(r.options) {
			if err := r.group(ctx, s.Name, g); err != nil {
				return err
			}
			if ctx.Err() != nil {
				r.incomplete = fmt.Sprintf("interrupted in scenario %s, at %s", s.Name, g.Params)
				return errInterrupted
			}
		}
	}
	if r.failed {
		r.incomplete = "some measurements failed"
		return errFailed
	}
	return nil
}

// note takes a figure.
func (r *runner) note(f report.Figure) error {
	if why := strings.TrimSpace(f.Scenario+" "+f.Subject) + ": not measured: " + f.Skipped; f.Skipped != "" && !r.said[why] {
		r.said[why] = true // once, though it may hold for many groups
		r.progress.say("%s", why)
	}
	r.figures = append(r.figures, f)
	if r.emit != nil {
		return r.emit(f)
	}
	return nil
}

// group opens a group, measures it and closes it, all on one thread: what is measured is a thread's processor time, and some
// groups measure while they open.
func (r *runner) group(ctx context.Context, scenario string, g measure.Group) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r.progress.step(scenario, g.Params, "opening")
	subjects, err := g.Open()
	if ctx.Err() != nil { // what was interrupted says nothing about the subjects
		for i := range subjects {
			(&turn{Subject: subjects[i]}).close(ctx)
		}
		return nil
	}
	if err != nil {
		r.failed = true
		return r.note(report.Figure{Scenario: scenario, Params: g.Params, Skipped: "failed: " + err.Error()})
	}
	list := make([]*turn, len(subjects))
	for i := range subjects {
		list[i] = &turn{Subject: subjects[i]}
	}
	r.measure(ctx, scenario, &g, list)
	for _, t := range list {
		t.close(ctx)
		r.failed = r.failed || t.failed
		for _, f := range t.figures(scenario, g.Params) {
			if err := r.note(f); err != nil {
				return err
			}
		}
	}
	list, subjects = nil, nil
	debug.FreeOSMemory() // the next group begins with an empty heap
	return nil
}

// measure gives each subject its turn in every round.
func (r *runner) measure(ctx context.Context, scenario string, g *measure.Group, list []*turn) {
	runtime.GC()
	if !g.Collector {
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
	}
	rounds := r.rounds
	if g.MostRounds > 0 {
		rounds = min(rounds, g.MostRounds)
	}
	for round := range rounds {
		r.progress.step(scenario, g.Params, fmt.Sprintf("round %d/%d", round+1, rounds))
		for i := range list {
			if ctx.Err() != nil {
				return
			}
			list[(round+i)%len(list)].take(ctx)
		}
	}
}

// turn is a subject with what it has said so far.
type turn struct {
	measure.Subject
	values []metric // in the order of the first round
	failed bool
	unfit  error // why a round was left out
}

type metric struct {
	name, unit string
	values     []float64
}

// take asks the subject, unless it cannot say anything.
func (t *turn) take(ctx context.Context) {
	if t.Skip != "" {
		return
	}
	if t.Round == nil {
		t.fail(errors.New("it has neither a round nor a reason to skip it"))
		return
	}
	samples, err := t.Round()
	switch {
	case err != nil && ctx.Err() != nil: // whoever interrupted us interrupted its processes too
		return
	case errors.Is(err, measure.ErrUnfit):
		t.unfit = err
		return
	case err == nil && len(samples) == 0:
		err = errors.New("it measured nothing")
	}
	for _, s := range samples {
		if err == nil {
			err = t.add(s)
		}
	}
	if err != nil {
		t.fail(fmt.Errorf("round %d: %w", t.rounds()+1, err))
	}
}

func (t *turn) rounds() int {
	if len(t.values) == 0 {
		return 0
	}
	return len(t.values[0].values)
}

// add files a sample under its metric.
func (t *turn) add(s measure.Sample) error {
	f := report.Figure{Scenario: "-", Subject: t.Name, Metric: s.Metric, Unit: s.Unit, Median: s.Value, Min: s.Value, Max: s.Value, Runs: 1}
	if err := f.Check(); err != nil {
		return fmt.Errorf("sample %q of %v %s: %w", s.Metric, s.Value, s.Unit, err)
	}
	for i := range t.values {
		if m := &t.values[i]; m.name == s.Metric && m.unit == s.Unit {
			m.values = append(m.values, s.Value)
			return nil
		}
	}
	t.values = append(t.values, metric{s.Metric, s.Unit, []float64{s.Value}})
	return nil
}

// fail ends the subject's part: what failed once is no result.
func (t *turn) fail(err error) {
	t.failed, t.Skip, t.values = true, "failed: "+err.Error(), nil
}

func (t *turn) close(ctx context.Context) {
	if t.Close == nil {
		return
	}
	if err := t.Close(); err != nil && !t.failed && ctx.Err() == nil {
		t.fail(fmt.Errorf("closing: %w", err))
	}
}

// figures are the medians of what it said, or the reason why there are none.
func (t *turn) figures(scenario, params string) (out []report.Figure) {
	if t.unfit != nil && t.Skip == "" && len(t.values) == 0 {
		t.Skip = "in no round: " + t.unfit.Error()
	}
	if t.Skip != "" {
		return []report.Figure{{Scenario: scenario, Params: params, Subject: t.Name, Skipped: t.Skip}}
	}
	for _, m := range t.values {
		median, least, most := report.Median(m.values)
		out = append(out, report.Figure{Scenario: scenario, Params: params, Subject: t.Name, Metric: m.name, Unit: m.unit,
			Median: median, Min: least, Max: most, Runs: len(m.values)})
	}
	return out
}
