package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
)

// churnScenario is what the first packet of a session costs.
var churnScenario = measure.Scenario{
	Name:   "churn",
	About:  "every packet begins a session: filling a table from none to N; flooding a full one, half of it established",
	Groups: churnGroups,
}

func churnGroups(o measure.Options) (list []measure.Group) {
	counts := []int{10_000, 100_000, 1_000_000}
	flood := 1_000_000
	if o.Short {
		counts, flood = counts[:1], 10_000
	}
	for _, n := range counts {
		list = append(list, measure.Group{Params: fmt.Sprintf("sessions=%d work=fill", n), Open: func() ([]measure.Subject, error) {
			s, err := openFill(n, timeOfRound(o))
			if err != nil {
				return nil, err
			}
			return []measure.Subject{s, vppChurn(o, n)}, nil
		}})
	}
	return append(list, measure.Group{Params: fmt.Sprintf("sessions=%d work=flood", flood), Open: func() ([]measure.Subject, error) {
		s, err := openFlood(flood, timeOfRound(o))
		return []measure.Subject{s}, err
	}})
}

// filler makes n sessions from none, over and over again.
type filler struct {
	*memoryRig
	n       int
	packets *newFlows
}

func openFill(n int, long time.Duration) (measure.Subject, error) {
	r, err := newMemoryRig(memoryConfig{sessions: roomFor(n), lines: statefulLines})
	if err != nil {
		return measure.Subject{}, err
	}
	f := &filler{r, n, makeNewFlows()}
	if _, err := f.fill(); err != nil { // the table takes its memory
		return measure.Subject{}, errors.Join(err, r.dp.Close())
	}
	return measure.Subject{Name: "gvpp", Close: r.dp.Close, Round: func() ([]measure.Sample, error) { return f.round(long) }}, nil
}

// fill empties the table, then makes n sessions. The table's upkeep goes on between the vectors, as the control goroutine's;
// it is in no figure.
func (f *filler) fill() (spent, error) {
	f.tracker.Clear()
	f.settle()
	sends := f.burst("a", 0, f.packets, f.n)
	before := f.read(0, true)
	for sends() {
		f.dp.Step()
		f.maintain()
	}
	after := f.read(0, false)
	if got := f.tracker.Summarize().Sessions; got != f.n {
		return spent{}, fmt.Errorf("%d sessions where %d were begun", got, f.n)
	}
	return after.since(before)
}

// round fills until its time is over.
func (f *filler) round(long time.Duration) ([]measure.Sample, error) {
	var all spent
	for all.sum < float64(long)*all.clocksPerNs || all.packets == 0 {
		s, err := f.fill()
		if err != nil {
			return nil, err
		}
		all = all.plus(s)
	}
	memory := float64(f.tracker.Summarize().Bytes) / float64(f.n)
	return append(all.samples(true), all.sessionRate(), measure.Sample{Metric: "memory", Unit: "B/session", Value: memory}), nil
}

// plus is two spans of time together.
func (s spent) plus(t spent) spent {
	return spent{s.packets + t.packets, s.calls + t.calls, s.sum + t.sum, s.stateful + t.stateful, t.clocksPerNs, s.objects + t.objects}
}

// sessionRate is what a core would reach that does nothing else.
func (s spent) sessionRate() measure.Sample {
	return measure.Sample{Metric: "rate", Unit: "M sessions/s", Value: 1e3 * s.clocksPerNs * s.packets / s.sum}
}

// openFlood fills a table: half with answered sessions, half with what a flood has left, then floods on.
func openFlood(n int, long time.Duration) (measure.Subject, error) {
	r, err := newMemoryRig(memoryConfig{sessions: n, lines: statefulLines})
	if err != nil {
		return measure.Subject{}, err
	}
	established := n / 2
	r.establish(newKnownFlows(established, 1))
	packets := makeNewFlows()
	r.send(n, packets, nil)
	r.load("a", 0, packets, 256)
	return measure.Subject{Name: "gvpp", Close: r.dp.Close, Round: func() ([]measure.Sample, error) {
		s, err := r.round(long, r.maintain)
		if err != nil {
			return nil, err
		}
		sum := r.tracker.Summarize()
		lost := established - int(sum.States["ESTABLISHED"])
		full := 100 * float64(sum.Sessions) / float64(n)
		return append(s.samples(true), measure.Sample{Metric: "established lost", Unit: "sessions", Value: float64(lost)},
			measure.Sample{Metric: "full", Unit: "%", Value: full}), nil
	}}, nil
}
