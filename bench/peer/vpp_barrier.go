package peer

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/tuplemerge"
)

// VPPStall is how long VPP's workers stand while rules are loaded through its CLI: the times for which barriers were closed,
// as VPP's own event log has them. "workers stopped" is all of them together, "longest stop" one. Traffic of 1,000 established
// sessions flows meanwhile. "add" is the command that makes the ACL, "apply" those that put it on the interface in place of
// the one that is there. What the workers' loop does between barriers is in no figure: VPP has none for it.
func VPPStall(o measure.Options, rules []tuplemerge.Rule) measure.Subject {
	g, err := newVPPGraph(o, VPPGraphSetting{Flows: 1000, Filter: VPPStateful})
	if err != nil {
		return measure.Subject{Name: vppName, Skip: err.Error()}
	}
	s := vppStall{g, aclCommand(rules, VPPStateful), len(rules) + 1}
	return measure.Subject{Name: vppName, Round: s.round, Close: g.end}
}

type vppStall struct {
	*vppGraph
	command string
	count   int // of its rules
}

func (s vppStall) round() (out []measure.Sample, err error) {
	if err := s.resume(); err != nil {
		return nil, err
	}
	if err = s.set([]string{"packet-generator enable-stream hit"}); err == nil {
		time.Sleep(vppWarmUp)
		out, err = s.load()
		err = errors.Join(err, s.set([]string{"packet-generator disable-stream hit"}))
	}
	return out, errors.Join(err, s.pause())
}

// load adds and applies the ACL, then puts back the first one.
func (s vppStall) load() ([]measure.Sample, error) {
	begin := time.Now()
	add, err := s.barriers(func() error { return s.execute(s.command) })
	took := time.Since(begin)
	if err != nil {
		return nil, err
	}
	index, err := s.lastACL(s.count)
	if err != nil {
		return nil, err
	}
	begin = time.Now()
	apply, err := s.barriers(func() error {
		return s.set([]string{fmt.Sprintf("set acl-plugin interface pg0 input acl %d", index), "set acl-plugin interface pg0 input acl 0 del"})
	})
	took += time.Since(begin)
	if err != nil {
		return nil, err
	}
	_, deleted := s.run(fmt.Sprintf("delete acl-plugin acl index %d", index))
	err = errors.Join(s.set([]string{"set acl-plugin interface pg0 input acl 0", fmt.Sprintf("set acl-plugin interface pg0 input acl %d del", index)}), deleted)
	return stops(add, apply, took), err
}

// stops says for how long the barriers of both commands were closed.
func stops(add, apply []time.Duration, took time.Duration) []measure.Sample {
	us := func(metric string, d time.Duration) measure.Sample {
		return measure.Sample{Metric: metric, Unit: "us", Value: float64(d) / float64(time.Microsecond)}
	}
	all := time.Duration(0)
	for _, d := range slices.Concat(add, apply) {
		all += d
	}
	return []measure.Sample{
		us("workers stopped", all), us("longest stop", max(slices.Max(add), slices.Max(apply))),
		us("longest stop, add", slices.Max(add)), us("longest stop, apply", slices.Max(apply)),
		{Metric: "work took", Unit: "s", Value: took.Seconds()},
	}
}

// barriers are the times for which a barrier was closed during f; at least one.
func (s vppStall) barriers(f func() error) ([]time.Duration, error) {
	if _, err := s.run("event-logger trace barrier on"); err != nil {
		return nil, err
	}
	if err := s.set([]string{"event-logger clear"}); err != nil {
		return nil, err
	}
	if err := f(); err != nil {
		return nil, err
	}
	text, err := s.run("show event-logger all")
	if err != nil {
		return nil, err
	}
	closed, err := parseBarriers(text)
	if err != nil {
		return nil, err
	}
	_, err = s.run("event-logger trace barrier off")
	return closed, err
}

// barrierRelease is the event with which a barrier opens: its number, the microseconds that main waited to enter, updated
// its clones, and kept it closed altogether.
var barrierRelease = regexp.MustCompile(`bar-rel-#\d+-e\d+-u\d+-t(\d+)`)

// parseBarriers gives the times for which barriers were closed.
func parseBarriers(text string) (closed []time.Duration, err error) {
	for _, m := range barrierRelease.FindAllStringSubmatch(text, -1) {
		us, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, fmt.Errorf("vpp's event log: %q: %w", m[0], err)
		}
		closed = append(closed, time.Duration(us)*time.Microsecond)
	}
	if len(closed) == 0 {
		return nil, &vppError{"show event-logger all", text}
	}
	return closed, nil
}
