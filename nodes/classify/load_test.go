package classify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func ruleFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReplaceFile: both directions of the interface change, and no other's; a second file replaces the first one.
func TestReplaceFile(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a drop", "classify add rule b out src 9.9.9.9 drop", "classify add rule b in pass")
	r.cli("classify replace a " + ruleFile(t, "# web\n\n  proto tcp dport 80 keep-state pass # and nothing else\nin proto udp drop\r\n\tout src 10.0.0.2 pass"))
	if got, want := r.rules("a"), "in proto tcp dport 80 keep-state pass; in proto udp drop; out src 10.0.0.2/32 pass"; got != want {
		t.Errorf("rules of a: %s", got)
	}
	if got, want := r.rules("b"), "out src 9.9.9.9/32 drop; in pass"; got != want {
		t.Errorf("rules of b: %s", got)
	}
	r.passes("a", "b", syn, 3)
	r.drops("a", "udp 10.0.0.1:1 > 10.0.0.2:53", 4)
	r.cli("classify replace a " + ruleFile(t, "proto udp pass"))
	r.passes("a", "b", "udp 10.0.0.1:1 > 10.0.0.2:53", 6)
	r.cli("classify replace a " + ruleFile(t, ""))
	if got := r.rules("a"); got != "" {
		t.Errorf("rules of a: %s", got)
	}
}

// TestReplaceFileErrors: all or nothing, and the error says where.
func TestReplaceFileErrors(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a drop")
	long := strings.Repeat("x", 5000)
	for _, c := range []struct{ text, want string }{
		{"pass\npas\n", "rules:2: rule: unknown input `pas': want src, dst"},
		{"pass\n\n# x\nproto tcp dport 1 - 2 pass\n", "rules:4: rule: unknown input `-'"},
		{"dport 80 pass", "rules:1: rule: dport 80 needs a protocol that has ports"},
		{"pass extra", "rules:1: rule: unknown input `extra'"},
		{"before 0 pass", "unknown input `before'"},
		{"out redirect a", "rules:1: an out rule cannot redirect to its own interface"},
		{"pass\n" + long, "rules:2: the line is longer than 4096 bytes"},
		{"src 10.0.0.1", "rules:1: rule: expected a condition, keep-state, or an action (pass, drop, redirect IF), got end of line"},
	} {
		if err := r.try("classify replace a " + ruleFile(t, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: %v, want %s", c.text, err, c.want)
		}
	}
	for line, want := range map[string]string{
		"classify replace":                   "expected an interface name",
		"classify replace a":                 "expected a file of rules",
		"classify replace x /dev/null":       `no interface "x"`,
		"classify replace a /dev/null":       "/dev/null is no regular file",
		"classify replace a /no/such":        "no such file",
		"classify replace a /dev/null extra": "unknown input `extra'",
	} {
		if err := r.try(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
	if got := r.rules("a"); got != "in drop" {
		t.Errorf("rules of a: %s", got)
	}
}

// TestReplaceFileOfMany: 6,000 rules and their order.
func TestReplaceFileOfMany(t *testing.T) {
	r := newRig(t, "a", "b")
	var text strings.Builder
	const n = 6000
	for i := range n {
		fmt.Fprintf(&text, "src 10.%d.%d.0/24 proto udp dport %d-65535 pass\n", i>>8&63, i&255, 1000+i%100)
	}
	r.cli("classify replace a " + ruleFile(t, text.String()))
	r.passes("a", "b", "udp 10.0.77.1:1 > 10.0.0.2:2000", 77)
	r.passes("a", "b", "udp 10.20.0.1:1 > 10.0.0.2:2000", 20<<8)
}

// rules is the rules of an interface, in a line.
func (r *rig) rules(name string) string {
	i := r.index(name)
	var s []string
	for _, rule := range r.cls.Report(&i)[0].Rules {
		s = append(s, rule.Direction+" "+rule.Rule)
	}
	return strings.Join(s, "; ")
}
