package main

import (
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
)

// stallsScenario asks how long the worker's loop stays away from its start while the control side works: what a packet
// waits at worst. The subject gvpp-idle is the same dataplane while its control goroutine rests, in the same round: what
// the kernel and the Go runtime do to a loop on this machine, and how long a pass takes with so many flows.
var stallsScenario = measure.Scenario{
	Name: "stalls",
	About: "gaps of a worker's loop while sessions are swept, the table grows and rules change; the collector works as in gvpp, at GOGC=400 " +
		"unless GOGC is set; VPP: for how long its event log says that barriers stopped its workers while its CLI loaded the same rules as one ACL",
	Groups: stallGroups,
}

// stallGroup is one kind of control work under traffic.
type stallGroup struct {
	params      string
	flows, room int
	rate        int // new sessions a second meanwhile
	lines       []string
	span        time.Duration          // how long a round looks where the work does not say
	work        func(*stallRig) error  // nil: the sweep, for span
	again       bool                   // a round needs a dataplane of its own
	needs       string                 // a CLI command that there may not be
	vpp         func() measure.Subject // nil, or: VPP on the same question
}

func stallGroups(o measure.Options) (out []measure.Group) {
	million, many, span := 1_000_000, 10_000_000, 2*(aloneFor+shareFor)
	if o.Short {
		million, many, span = 20_000, 100_000, 100*time.Millisecond
	}
	for _, flows := range []int{1000, million, many} {
		out = append(out, stallGroup{params: fmt.Sprintf("sessions=%d work=sweep", flows), span: span, flows: flows, room: flows + flows/8}.group())
	}
	// Most of the sessions stay; those that come live for 2.5 s.
	out = append(out, stallGroup{params: fmt.Sprintf("sessions=%d work=sweep+inserts", many), span: span, flows: many * 3 / 4, room: many * 9 / 8, rate: many / 10,
		lines: []string{"flowtrack timeout udp 2.5"}}.group())
	out = append(out, stallGroup{params: fmt.Sprintf("sessions=%d work=growth", many), span: span, flows: 1000, room: many, rate: 2_000_000, work: grow(many * 9 / 10), again: true}.group())
	return append(out, stallRuleGroups(o, span)...)
}

// group makes a measure.Group of it.
func (s stallGroup) group() measure.Group {
	return measure.Group{Params: s.params, Collector: true, Open: func() ([]measure.Subject, error) {
		list, err := s.subjects()
		if err == nil && s.vpp != nil {
			list = append(list, s.vpp())
		}
		return list, err
	}}
}

// subjects are gvpp at work and gvpp idle.
func (s stallGroup) subjects() ([]measure.Subject, error) {
	if s.needs != "" {
		if skip, err := s.lacks(); skip != "" || err != nil {
			return []measure.Subject{{Name: "gvpp", Skip: skip}}, err
		}
	}
	if s.again {
		return []measure.Subject{{Name: "gvpp", Round: func() ([]measure.Sample, error) { return s.once(s.round) }},
			{Name: "gvpp-idle", Round: func() ([]measure.Sample, error) { return s.once(s.idle) }}}, nil
	}
	r, err := s.open()
	if err != nil {
		return nil, err
	}
	return []measure.Subject{{Name: "gvpp", Round: func() ([]measure.Sample, error) { return s.round(r) }, Close: r.close},
		{Name: "gvpp-idle", Round: func() ([]measure.Sample, error) { return s.idle(r) }}}, nil
}

// lacks says why the group cannot be measured; "" if it can.
func (s stallGroup) lacks() (skip string, err error) {
	r, err := newStallRig(1, 1)
	if err != nil {
		return "", err
	}
	if len(r.dp.CLI().Complete(s.needs)) == 0 {
		skip = fmt.Sprintf("this gvpp has no command %q; measure one that has it", s.needs)
	}
	return skip, r.close()
}

func (s stallGroup) open() (*stallRig, error) { return newStallRig(s.flows, s.room, s.lines...) }

// round measures while the work is done.
func (s stallGroup) round(r *stallRig) ([]measure.Sample, error) {
	r.resting.Store(false)
	if s.rate > 0 && s.work == nil {
		r.a.rate.Store(uint32(s.rate))
		time.Sleep(s.span * 3 / 2) // until as many end as come
	}
	return r.during(func() error {
		r.a.rate.Store(uint32(s.rate)) // only now: growth is to begin with the measurement
		if s.work != nil {
			return s.work(r)
		}
		time.Sleep(s.span)
		return nil
	})
}

// idle measures while the control side rests.
func (s stallGroup) idle(r *stallRig) ([]measure.Sample, error) {
	r.a.rate.Store(0)
	time.Sleep(100 * time.Millisecond)
	r.resting.Store(true)
	time.Sleep(100 * time.Millisecond)
	return r.during(func() error { time.Sleep(s.span); return nil })
}

// once is a round with a dataplane of its own.
func (s stallGroup) once(round func(*stallRig) ([]measure.Sample, error)) (list []measure.Sample, err error) {
	r, err := s.open()
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := r.close(); err == nil {
			err = e
		}
	}()
	return round(r)
}

// grow waits until the table holds n sessions.
func grow(n int) func(*stallRig) error {
	return func(r *stallRig) error {
		t4, _ := r.tracker.Tables()
		for end := time.Now().Add(time.Minute); t4.Len() < n; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				return fmt.Errorf("stalls: %d sessions after a minute, want %d", t4.Len(), n)
			}
		}
		return nil
	}
}
