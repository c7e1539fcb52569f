package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/bench/tuplemerge"
)

// stallPass is rule 0: it lets all our traffic begin sessions, so that the rules behind it cost packets nothing.
const stallPass = "classify add rule a dst 20.0.0.1/32 keep-state pass"

// stallFlows is how many established sessions there are while rules change: a pass is short, so that a gap is seen.
const stallFlows = 1000

// stallRuleGroups change rules under traffic.
func stallRuleGroups(o measure.Options, span time.Duration) []measure.Group {
	load, many := 10_000, 100_000
	if o.Short {
		load, many = 500, 1000
	}
	s := stallGroup{span: span, flows: stallFlows, room: 1 << 20, rate: 10_000, lines: []string{stallPass}}
	lines, file, one := s, s, s
	lines.params, lines.again = fmt.Sprintf("rules=%d work=lines", load), true
	lines.work = func(r *stallRig) error { return loadLines(r, load) }
	file.needs = "classify replace"
	file.params, file.again = fmt.Sprintf("rules=%d work=replace", load), true
	file.work = func(r *stallRig) error { return replaceRules(r, load) }
	lines.vpp = func() measure.Subject { return peer.VPPStall(o, stallRules(load)) }
	file.vpp = lines.vpp
	one.params, one.lines = fmt.Sprintf("rules=%d work=one-rule", many), append(s.lines, stallLines(many)...)
	one.work = func(r *stallRig) error { return oneRule(r, many, span) }
	return []measure.Group{lines.group(), file.group(), one.group()}
}

// stallRule is rule number i of a large set: prefixes and port ranges that no traffic of ours matches.
func stallRule(i int) tuplemerge.Rule {
	low := uint16(i & 0x3fff)
	return tuplemerge.Rule{
		Src: 172<<24 | uint32(16+i>>8&15)<<16 | uint32(i&255)<<8, SrcBits: 24,
		Proto: unix.IPPROTO_TCP, Ports: true, SportHi: 65535, DportLo: low, DportHi: low + 100,
	}
}

func stallRules(n int) (out []tuplemerge.Rule) {
	for i := range n {
		out = append(out, stallRule(i))
	}
	return out
}

// stallLine is the command that adds rule number i.
func stallLine(i int) string {
	r := stallRule(i)
	return fmt.Sprintf("classify add rule a src %v proto tcp dport %d-%d drop", prefix(r.Src, r.SrcBits), r.DportLo, r.DportHi)
}

func stallLines(n int) (out []string) {
	for i := range n {
		out = append(out, stallLine(i))
	}
	return out
}

// loadLines adds n rules, a line each.
func loadLines(r *stallRig, n int) (err error) {
	for i := 0; i < n && err == nil; i++ {
		err = r.cli(stallLine(i))
	}
	return err
}

// replaceRules puts n rules in the place of all, in one transaction.
func replaceRules(r *stallRig, n int) error {
	f, err := os.CreateTemp("", "gvpp-rules-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	for _, l := range append([]string{stallPass}, stallLines(n)...) {
		fmt.Fprintln(f, strings.TrimPrefix(l, "classify add rule a "))
	}
	if err := f.Close(); err != nil {
		return err
	}
	return r.cli("classify replace a " + f.Name())
}

// oneRule adds a rule behind n others and takes it away, again and again.
func oneRule(r *stallRig, n int, span time.Duration) error {
	for end := time.Now().Add(span); time.Now().Before(end); {
		var id bytes.Buffer // "rule 17"
		if err := r.dp.CLI().Run(context.Background(), stallLine(n), false, &id); err != nil {
			return err
		}
		if err := r.cli("classify del " + strings.TrimSpace(id.String())); err != nil {
			return err
		}
	}
	return nil
}
