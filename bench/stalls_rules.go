package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
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
	one.params, one.lines = fmt.Sprintf("rules=%d work=one-rule", many), append(s.lines, stallRules(many)...)
	one.work = func(r *stallRig) error { return oneRule(r, many, span) }
	return []measure.Group{lines.group(), file.group(), one.group()}
}

// stallRule is rule number i of a large set: prefixes and port ranges that no traffic of ours matches.
func stallRule(i int) string {
	return fmt.Sprintf("classify add rule a src 172.%d.%d.0/24 proto tcp dport %d-%d drop", 16+i>>8&15, i&255, i&0x3fff, i&0x3fff+100)
}

func stallRules(n int) (out []string) {
	for i := range n {
		out = append(out, stallRule(i))
	}
	return out
}

// loadLines adds n rules, a line each.
func loadLines(r *stallRig, n int) (err error) {
	for i := 0; i < n && err == nil; i++ {
		err = r.cli(stallRule(i))
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
	for _, l := range append([]string{stallPass}, stallRules(n)...) {
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
		if err := r.dp.CLI().Run(context.Background(), stallRule(n), false, &id); err != nil {
			return err
		}
		if err := r.cli("classify del " + strings.TrimSpace(id.String())); err != nil {
			return err
		}
	}
	return nil
}
