package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/nodes/classify"
)

// rulesScenario is the graph with rules ahead of the one that lets all through.
var rulesScenario = measure.Scenario{
	Name: "rules",
	About: "whole graph, 10,000 flows, N mixed rules ahead of one that passes all; path=rules: no session table, rules are asked about each " +
		"packet; path=cached: established flows, plain rules, whose answer is kept with the session; path=stateful: established sessions of " +
		"keep-state rules; flows that only the last rule knows, or drawn from the rules",
	Groups: ruleGroups,
}

// ruleFlows is how many flows there are in the rules scenario.
const ruleFlows = 10_000

// rulePath is who answers for a packet.
type rulePath string

const (
	byRules  rulePath = "rules"    // no session table: the rules, for each packet
	cached   rulePath = "cached"   // the session, which keeps what plain rules said to its first packet
	stateful rulePath = "stateful" // the session, which a keep-state rule has begun
)

// ruleSetting is a setting of the rules scenario.
type ruleSetting struct {
	rules int
	path  rulePath
	drawn bool
}

func (s ruleSetting) params() string {
	return fmt.Sprintf("rules=%d path=%s traffic=%s", s.rules, s.path, map[bool]string{false: "known", true: "drawn"}[s.drawn])
}

func ruleGroups(o measure.Options) (list []measure.Group) {
	counts := []int{0, 1, 100, 1000, 10_000, 100_000}
	if o.Short {
		counts = []int{0, 100}
	}
	for _, drawn := range []bool{false, true} {
		for _, path := range []rulePath{byRules, cached, stateful} {
			for _, n := range counts {
				s := ruleSetting{n, path, drawn}
				list = append(list, measure.Group{Params: s.params(), Open: func() ([]measure.Subject, error) { return s.open(o) }})
			}
		}
	}
	return list
}

func (s ruleSetting) open(o measure.Options) ([]measure.Subject, error) {
	rules := rulegen.Random(s.rules, ruleSeed)
	stream, packets := traffic(newKnownFlows(ruleFlows, 1)), [][]byte(nil)
	if s.drawn {
		d := newDrawn(rules, ruleFlows)
		stream, packets = d, d.packets
	}
	r, err := s.rig(rules, stream)
	if err != nil {
		return nil, err
	}
	long := timeOfRound(o)
	subjects := []measure.Subject{{Name: "gvpp", Close: r.dp.Close, Round: func() ([]measure.Sample, error) { return r.samples(long, true, nil) }}}
	if s.path != cached { // VPP keeps no such answers: its figure is that of path=rules
		subjects = append(subjects, vppRules(o, rules, packets, s.path == stateful))
	}
	return subjects, nil
}

// rig makes a dataplane with the rules, whose flows have their sessions where there are any.
func (s ruleSetting) rig(rules []tuplemerge.Rule, stream traffic) (*memoryRig, error) {
	c := memoryConfig{sessions: roomFor(ruleFlows), noTracker: s.path == byRules, lines: []string{"classify default a pass"}}
	r, err := newMemoryRig(c)
	if err != nil {
		return nil, err
	}
	list := make([]classify.Rule, 0, len(rules)+1)
	for i := range rules {
		list = append(list, s.rule(productRule(&rules[i])))
	}
	if s.rules > 0 || s.path == stateful {
		list = append(list, s.rule(classify.Any()))
	}
	if _, err := r.rules.Replace(context.Background(), nil, list); err != nil {
		return nil, errors.Join(err, r.dp.Close())
	}
	r.send(2*orderLength, stream, nil)
	r.load("a", 0, stream, 256)
	return r, nil
}

// rule puts a rule on interface a.
func (s ruleSetting) rule(r classify.Rule) classify.Rule {
	r.Interface, r.KeepState = 1, s.path == stateful
	return r
}

// samples is a round of a graph whose packets take the given time.
func (r *memoryRig) samples(long time.Duration, stateful bool, between func()) ([]measure.Sample, error) {
	s, err := r.round(long, between)
	if err != nil {
		return nil, err
	}
	return s.samples(stateful), nil
}

// productRule is a generated rule as the product takes it.
func productRule(r *tuplemerge.Rule) classify.Rule {
	out := classify.Any()
	out.Src, out.Dst = prefix(r.Src, r.SrcBits), prefix(r.Dst, r.DstBits)
	out.Proto = r.Proto
	if r.Ports {
		out.SPort = classify.Ports{Lo: r.SportLo, Hi: r.SportHi, Set: true}
		out.DPort = classify.Ports{Lo: r.DportLo, Hi: r.DportHi, Set: true}
	}
	out.FlagsSet, out.FlagsValue, out.FlagsMask = r.FlagsMask != 0, r.FlagsValue, r.FlagsMask
	return out
}

// prefix is an IPv4 prefix; the invalid one, which is any address of any family, where it has no bits.
func prefix(addr uint32, n uint8) netip.Prefix {
	if n == 0 {
		return netip.Prefix{}
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], addr)
	return netip.PrefixFrom(netip.AddrFrom4(b), int(n))
}
