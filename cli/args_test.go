package cli

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestArgsCursor(t *testing.T) {
	a := NewArgs("classify add rule", "eth0", "in", "tcp", "drop", "log")
	if w, err := a.Word("an interface name"); w != "eth0" || err != nil {
		t.Errorf("Word: %q, %v", w, err)
	}
	if a.Keyword("out") || a.Keyword("i") || !a.Keyword("in") || a.Len() != 3 {
		t.Errorf("Keyword takes exactly the word that is next; %d words are left", a.Len())
	}
	if w, ok := a.Peek(); w != "tcp" || !ok || a.Len() != 3 {
		t.Errorf("Peek: %q, %v, %d left", w, ok, a.Len())
	}
	if w, err := a.OneOf("a protocol", "tcp", "udp"); w != "tcp" || err != nil {
		t.Errorf("OneOf: %q, %v", w, err)
	}
	if err := a.End(); errText(err) != "classify add rule: unknown input `drop log'" {
		t.Errorf("End: %v", err)
	}
	if r := a.Rest(); !slices.Equal(r, []string{"drop", "log"}) || a.End() != nil {
		t.Errorf("Rest: %v", r)
	}
	if _, ok := a.Next(); ok {
		t.Error("Next finds a word behind the last")
	}
}

// TestArgsValues reads one value of each kind: what it is, or the error without the command's path.
func TestArgsValues(t *testing.T) {
	kinds := map[string]func(a *Args) (any, error){
		"word":   func(a *Args) (any, error) { return a.Word("an interface name") },
		"one":    func(a *Args) (any, error) { return a.OneOf("a direction", "in", "out") },
		"int":    func(a *Args) (any, error) { return a.Int("a priority", -10, 10) },
		"uint":   func(a *Args) (any, error) { return a.Uint("a port", 1, 65535) },
		"addr":   func(a *Args) (any, error) { return a.Addr("a next hop") },
		"prefix": func(a *Args) (any, error) { return a.Prefix("a source") },
		"time":   func(a *Args) (any, error) { return a.Duration("a timeout", 0, time.Hour) },
		"range": func(a *Args) (any, error) {
			lo, hi, err := a.Range("a port", 0, 65535)
			return fmt.Sprint(lo, "-", hi), err
		},
	}
	tests := []struct{ kind, word, want, err string }{
		{"word", "", "", "expected an interface name, got end of line"},
		{"one", "in", "in", ""},
		{"one", "i", "", `expected a direction (in, out), got "i"`},
		{"one", "", "", `expected a direction (in, out), got end of line`},
		{"int", "-10", "-10", ""},
		{"int", "11", "", `expected a priority from -10 to 10, got "11": out of range`},
		{"int", "99999999999999999999", "", `expected a priority from -10 to 10, got "99999999999999999999": out of range`},
		{"int", "3x", "", `expected a priority from -10 to 10, got "3x": not a whole number`},
		{"uint", "0x50", "80", ""},
		{"uint", "0", "", `expected a port from 1 to 65535, got "0": out of range`},
		{"uint", "-1", "", `expected a port from 1 to 65535, got "-1": not a whole number`},
		{"uint", "", "", `expected a port from 1 to 65535, got end of line`},
		{"addr", "10.0.0.1", "10.0.0.1", ""},
		{"addr", "::ffff:10.0.0.1", "10.0.0.1", ""},
		{"addr", "2001:db8::1", "2001:db8::1", ""},
		{"addr", "fe80::1%eth0", "", `expected a next hop, got "fe80::1%eth0": not an IPv4 or IPv6 address`},
		{"addr", "10.0.0", "", `expected a next hop, got "10.0.0": not an IPv4 or IPv6 address`},
		{"prefix", "10.0.0.1/8", "10.0.0.1/8", ""},
		{"prefix", "10.0.0.1", "10.0.0.1/32", ""},
		{"prefix", "2001:db8::", "2001:db8::/128", ""},
		{"prefix", "10.0.0.0/33", "", `expected a source, got "10.0.0.0/33": not ADDRESS/LENGTH or an address, IPv4 or IPv6`},
		{"range", "80", "80-80", ""},
		{"range", "1024-65535", "1024-65535", ""},
		{"range", "90-80", "", `expected a port (N or LO-HI) from 0 to 65535, got "90-80": its start is above its end`},
		{"range", "80-", "", `expected a port (N or LO-HI) from 0 to 65535, got "80-": not a whole number`},
		{"range", "1-70000", "", `expected a port (N or LO-HI) from 0 to 65535, got "1-70000": out of range`},
		{"time", "30", "30s", ""},
		{"time", "0.5", "500ms", ""},
		{"time", "1m30s", "1m30s", ""},
		{"time", "3601", "", `expected a timeout (seconds, from 0 to 3600), got "3601": out of range`},
		{"time", "-1", "", `expected a timeout (seconds, from 0 to 3600), got "-1": out of range`},
		{"time", "99999999999999", "", `expected a timeout (seconds, from 0 to 3600), got "99999999999999": out of range`},
		{"time", "soon", "", `expected a timeout (seconds, from 0 to 3600), got "soon": not a number of seconds`},
		{"time", "NaN", "", `expected a timeout (seconds, from 0 to 3600), got "NaN": not a number of seconds`},
	}
	for _, tt := range tests {
		a := NewArgs("do it")
		if tt.word != "" {
			a = NewArgs("do it", tt.word)
		}
		got, err := kinds[tt.kind](a)
		switch {
		case tt.err != "" && errText(err) != "do it: "+tt.err:
			t.Errorf("%s %q: error %q, want %q", tt.kind, tt.word, errText(err), tt.err)
		case tt.err == "" && (err != nil || fmt.Sprint(got) != tt.want):
			t.Errorf("%s %q: got %v, %v; want %s", tt.kind, tt.word, got, err, tt.want)
		}
	}
}
