package classify_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// ruleLines are a file's lines that hold rules, by their number, beginning with 1.
func ruleLines(text string) map[int]string {
	lines := map[int]string{}
	for i, l := range strings.Split(text, "\n") {
		l, _, _ = strings.Cut(l, "#")
		if words := strings.Fields(l); len(words) > 0 {
			lines[i+1] = strings.Join(words, " ")
		}
	}
	return lines
}

var blamed = regexp.MustCompile(`/rules:(\d+): `)

// replaceFile loads a file into interface a, which has other rules, and holds what becomes of it against its lines.
func replaceFile(t *testing.T, r *rig, path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	before, lines := r.rules("a"), ruleLines(text)
	err := r.try("classify replace a " + path)
	after := r.rules("a")
	if err == nil {
		if n := strings.Count(after, "; ") + 1; after != "" && n != len(lines) || after == "" && len(lines) > 0 {
			t.Fatalf("%d rules of %d lines: %s", n, len(lines), after)
		}
		again := strings.ReplaceAll(after, "; ", "\n") // what is shown makes the same rules
		if err := os.WriteFile(path, []byte(again), 0o600); err != nil {
			t.Fatal(err)
		}
		if r.cli("classify replace a " + path); r.rules("a") != after {
			t.Fatalf("%s is read as %s", after, r.rules("a"))
		}
		return
	}
	if after != before {
		t.Fatalf("%v, yet the rules are %s instead of %s", err, after, before)
	}
	at := blamed.FindStringSubmatch(err.Error())
	if at == nil || len(err.Error()) > len(path)+3*4096 {
		t.Fatalf("%.200q (%d bytes) names no line", err, len(err.Error()))
	}
	n, _ := strconv.Atoi(at[1])
	line, ok := lines[n]
	if strings.Contains(err.Error(), "longer than") {
		if l := strings.Split(text, "\n"); n > len(l) || len(l[n-1]) <= 4096 {
			t.Fatalf("%v: it is not", err)
		}
	} else if !ok || !strings.ContainsAny(line, "?\x00") && !strings.Contains(line, "bef") && r.try("classify add rule a "+line) == nil {
		t.Fatalf("%v: line %d is %q", err, n, line) // ? is help, before is for one rule more only
	}
}

// FuzzRuleFile: any bytes as a file of rules. All of its lines become rules, or the rules stay as they are and the error names
// a line that is none.
func FuzzRuleFile(f *testing.F) {
	random := rand.New(rand.NewPCG(5, 6))
	for n := range 10 {
		var text []string
		for range n {
			_, words := randomRule(random, []string{"a"}, map[string]uint32{"a": 1})
			text = append(text, words[len("a "):])
		}
		f.Add([]byte(strings.Join(text, "\n")))
	}
	for _, s := range []string{"", "\n\n", "#", "pass\r\n\tdrop#", "?", "pass\n?", "in out pass", "\x00pass", "\ufeffpass", "keep-state keep-state pass",
		"redirect b\nredirect c", strings.Repeat(" ", 4092) + "pass", strings.Repeat(" ", 4093) + "pass", "pass\x85drop", "pass\u2028drop"} {
		f.Add([]byte(s))
	}
	r, path := newRig(f, "a", "b"), filepath.Join(f.TempDir(), "rules")
	r.cli("classify add rule a src 10.0.0.0/8 drop", "classify add rule b drop")
	f.Fuzz(func(t *testing.T, text []byte) {
		r.t = t
		replaceFile(t, r, path, string(text))
		if got := r.rules("b"); got != "in drop" {
			t.Fatalf("interface b has got rules: %s", got)
		}
	})
}

// TestReplaceFileLimits: the longest line, and where a file ends to be read.
func TestReplaceFileLimits(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify replace a " + ruleFile(t, strings.Repeat(" ", 4092)+"pass\npass#"+strings.Repeat("x", 4091)))
	if got := r.rules("a"); got != "in pass; in pass" {
		t.Error(got)
	}
	err := r.try("classify replace a " + ruleFile(t, "pass\n"+strings.Repeat(" ", 4093)+"pass\n"))
	if err == nil || !strings.Contains(err.Error(), "rules:2: the line is longer than 4096 bytes") {
		t.Error(err)
	}
	path := ruleFile(t, fmt.Sprintf("%4095s\n", "drop"))
	if err := os.Truncate(path, 600<<20); err != nil { // zeros: one long line
		t.Fatal(err)
	}
	if err := r.try("classify replace a " + path); err == nil || !strings.Contains(err.Error(), "rules:2: the line is longer") {
		t.Error(err)
	}
	if got := r.rules("a"); got != "in pass; in pass" {
		t.Error(got)
	}
}
