package classify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify"
)

// TestRuleErrors: each error names the value, and says what was wanted.
func TestRuleErrors(t *testing.T) {
	r := newRig(t, "a", "b")
	for _, c := range []struct{ words, want string }{
		{"", "expected an interface name, got end of line"},
		{"x pass", `no interface "x"; there are a, b`},
		{"a", "expected a condition, keep-state, or an action (pass, drop, redirect IF), got end of line"},
		{"a proto tcp", "expected a condition"},
		{"a accept", "unknown input `accept': want src, dst, proto"},
		{"a pass now", "unknown input `now'"},
		{"a src 10.0.0.1 src 10.0.0.2 pass", `"src" stands twice`},
		{"a src 10.0.0.0/33 pass", `expected a source prefix, got "10.0.0.0/33"`},
		{"a dst pass", `expected a destination prefix, got "pass"`},
		{"a src fe80::1%eth0 pass", `got "fe80::1%eth0"`},
		{"a src 10.0.0.1 dst ::1 pass", "different families"},
		{"a src 0.0.0.0/0 dst ::/0 pass", "different families"},
		{"a proto tpc pass", `expected a protocol (tcp udp icmp icmpv6 sctp gre esp ah, or 0 to 255), got "tpc"`},
		{"a proto 256 pass", `got "256"`},
		{"a proto -1 pass", `got "-1"`},
		{"a dport 80 pass", "dport 80 needs a protocol that has ports: add proto tcp, udp or sctp (the rule has no proto)"},
		{"a sport 1-2 proto icmp pass", "sport 1-2 needs a protocol that has ports: add proto tcp, udp or sctp (the rule has proto icmp)"},
		{"a proto tcp dport 65536 pass", `got "65536": out of range`},
		{"a proto tcp dport 90-80 pass", "its start is above its end"},
		{"a proto tcp dport 80- pass", "not a whole number"},
		{"a proto tcp dport 010 pass", `dport "010": want N or LO-HI, decimal numbers without leading zeros`},
		{"a proto udp tcp-flags S/SA pass", "tcp-flags S/SA needs proto tcp (the rule has proto udp)"},
		{"a tcp-flags S pass", "tcp-flags S/S needs proto tcp (the rule has no proto)"},
		{"a proto tcp tcp-flags S/X pass", `tcp-flags "S/X": want letters of FSRPAUEC or 0x00 to 0xff`},
		{"a proto tcp tcp-flags /SA pass", `tcp-flags "/SA"`},
		{"a proto tcp tcp-flags 0x100/0x1 pass", `tcp-flags "0x100/0x1"`},
		{"a proto tcp tcp-flags S/A/F pass", `tcp-flags "S/A/F"`},
		{"a icmp 8 pass", "icmp 8 needs proto icmp or icmpv6 (the rule has no proto)"},
		{"a proto tcp icmp 3/4 pass", "icmp 3/4 needs proto icmp or icmpv6 (the rule has proto tcp)"},
		{"a proto icmp icmp 256 pass", `icmp "256": want a type from 0 to 255`},
		{"a proto icmp icmp 3/ pass", `icmp "3/"`},
		{"a state pass", `state "pass": there is no state "pass"; want new, established, related, invalid or untracked, with commas`},
		{"a state", "expected the states of packets: new, established"},
		{"a state new, established pass", `state "new,": a name is missing`},
		{"a state new,established,new pass", `state "new,established,new": new stands twice`},
		{"a state new state new pass", `"state" stands twice`},
		{"a state invalid keep-state pass", "state invalid with keep-state matches nothing"},
		{"a redirect", "expected the interface to redirect to"},
		{"a redirect x", `redirect: no interface "x"`},
		{"a out redirect a", "an out rule cannot redirect to its own interface"},
		{"a before 7 pass", "no rule 7; `show classify` lists them"},
		{"a before x pass", `got "x": not a whole number`},
	} {
		err := r.try("classify add rule " + c.words)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v\nwant … %s …", c.words, err, c.want)
		}
	}
	if n := len(r.cls.Report(nil)); n != 0 {
		t.Errorf("%d interfaces have something configured by wrong lines", n)
	}
	r.cli("classify add rule b pass")
	for line, want := range map[string]string{
		"classify add rule a before 0 pass": "before 0: that is a rule of b in",
		"classify del rule 9":               "no rule 9",
		"classify del rule":                 "expected a rule id",
		"classify del rule 0 now":           "unknown input",
		"classify default a":                "expected what to do (pass, drop)",
		"classify default a redirect":       `got "redirect"`,
		"classify non-ip x drop":            `no interface "x"`,
		"classify enable":                   "expected an interface name",
		"classify disable a b":              "unknown input",
		"show classify interface x":         `no interface "x"`,
	} {
		if err := r.try(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want … %s …", line, err, want)
		}
	}
}

// TestAddChecks: what a caller can get wrong that a line cannot.
func TestAddChecks(t *testing.T) {
	r := newRig(t, "a", "b")
	for name, change := range map[string]func(*classify.Rule){
		"interface": func(r *classify.Rule) { r.Interface = 77 },
		"none":      func(r *classify.Rule) { r.Interface = 0 },
		"target":    func(r *classify.Rule) { r.Action, r.Target = classify.Redirect, 9 },
		"action":    func(r *classify.Rule) { r.Action = 3 },
		"direction": func(r *classify.Rule) { r.Direction = 2 },
		"proto":     func(r *classify.Rule) { r.Proto = 256 },
		"code":      func(r *classify.Rule) { r.ICMPCode = 1 },
		"state":     func(r *classify.Rule) { r.States = 1 },
		"range":     func(r *classify.Rule) { r.Proto, r.SPort = 6, classify.Ports{Lo: 2, Hi: 1, Set: true} },
	} {
		rule := classify.Any()
		rule.Interface = 1
		change(&rule)
		if _, err := r.cls.Replace(context.Background(), nil, []classify.Rule{rule}); err == nil {
			t.Errorf("%s: added", name)
		}
	}
	if err := r.cls.SetDefault(context.Background(), 5000, classify.Drop); err == nil {
		t.Error("a default for no interface")
	}
}

// TestOwnFamily: an address is of the family that it is written in.
func TestOwnFamily(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a src ::ffff:10.0.0.1 drop", "classify add rule a src 0.0.0.0/0 drop", "classify add rule a src ::/0 pass")
	r.drops("a", "ip proto 9 10.0.0.1 > 10.0.0.2", 1)
	r.drops("a", "ip proto 9 ::ffff:10.0.0.1 > ::2", 0)
	r.passes("a", "b", "ip proto 9 ::ffff:10.0.0.2 > ::2", 2)
}

// reparse checks that what show tells of a rule makes the same rule.
func reparse(t *testing.T, r *rig, words string) {
	if err := r.try("classify add rule " + words); err != nil || strings.Contains(words, "?") { // "?" asks for help
		return
	}
	last := func() (text, head string) {
		var id uint32
		for _, i := range r.cls.Report(nil) {
			for _, rule := range i.Rules {
				if rule.ID >= id {
					id, text, head = rule.ID, rule.Rule, i.Interface+" "+rule.Direction+" "
				}
			}
		}
		if err := r.cls.Delete(context.Background(), id); err != nil {
			t.Fatal(err)
		}
		return text, head
	}
	text, head := last()
	if err := r.try("classify add rule " + head + text); err != nil {
		t.Fatalf("%q is shown as %q, which is no rule: %v", words, text, err)
	}
	if again, _ := last(); again != text {
		t.Fatalf("%q is shown as %q, that as %q", words, text, again)
	}
}

func TestRulesReadBack(t *testing.T) {
	r := newRig(t, "a", "b", "c", "d")
	index := map[string]uint32{"a": 1, "b": 2, "c": 3, "d": 4}
	random := rand.New(rand.NewPCG(3, 4))
	rules := 3000
	if raceEnabled || testing.Short() {
		rules = 300
	}
	for range rules {
		_, words := randomRule(random, r.names, index)
		reparse(t, r, words)
	}
}

func FuzzRule(f *testing.F) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 30 {
		_, words := randomRule(random, []string{"a", "b"}, map[string]uint32{"a": 1, "b": 2})
		f.Add(words)
	}
	f.Add("a proto TCP tcp-flags w/0xFF keep-state pass")
	f.Add("a state untracked,NEW proto 17 keep-state pass")
	f.Add("b src ::ffff:1.2.3.4/120 dst ::ffff:1.2.3.4 proto 58 icmp 128/0 redirect a")
	r := newRig(f, "a", "b")
	f.Fuzz(func(t *testing.T, words string) {
		if !strings.ContainsAny(words, "\n\r") {
			reparse(t, r, fmt.Sprint(words))
		}
	})
}
