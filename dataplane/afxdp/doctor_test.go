package afxdp

import (
	"strings"
	"testing"
)

// findings runs Doctor in the dataplane's namespace and indexes what it found, the worst per check.
func (r *rig) findings(name string) map[string]Finding {
	m := map[string]Finding{}
	_ = r.dp.Do(func() error {
		for _, f := range Doctor(name) {
			if old, had := m[f.Check]; !had || f.Severity > old.Severity {
				m[f.Check] = f
			}
			if f.Severity != OK && f.Remedy == "" {
				r.t.Errorf("no remedy: %s", f)
			}
			r.t.Log(f)
		}
		return nil
	})
	return m
}

func wantFinding(t *testing.T, m map[string]Finding, check string, s Severity, words ...string) {
	t.Helper()
	f, had := m[check]
	if !had || f.Severity != s {
		t.Errorf("%s: want %s, found %+v", check, s, f)
	}
	for _, w := range words {
		if !strings.Contains(f.String(), w) {
			t.Errorf("%s: %q is not in %q", check, w, f)
		}
	}
}

func TestDoctor(t *testing.T) {
	r := newRig(t, 2)
	m := r.findings("left")
	for _, check := range []string{"kernel", "XDP program", "AF_XDP socket", "locked memory", "interface", "MTU", "XDP hook", "queues", "mode"} {
		wantFinding(t, m, check, OK)
	}
	wantFinding(t, m, "mode", OK, "native copy")
	wantFinding(t, m, "queues", OK, "2 receive queues")
	wantFinding(t, r.findings("nosuch"), "interface", Fail, "no such interface", "ip link")
	wantFinding(t, r.findings("lo"), "mode", Warn, "generic")
	wantFinding(t, r.findings("lo"), "MTU", Fail, "65536", "lower the MTU")

	ok(t, r.dp.MTU("left", 3000))
	wantFinding(t, r.findings("left"), "MTU", Warn, "4096")
	ok(t, r.dp.MTU("left", 1500))
	ok(t, r.dp.Down("left"))
	wantFinding(t, r.findings("left"), "interface", Warn, "ip link set left up")
	ok(t, r.dp.Up("left"))
	ok(t, r.a.Down("eth0"))
	wantFinding(t, r.findings("left"), "interface", Warn, "carrier")
	ok(t, r.a.Up("eth0"))

	d := r.open("left")
	m = r.findings("left")
	wantFinding(t, m, "XDP hook", Fail, programName, "link", "end that process")
	wantFinding(t, m, "queues", Fail, "receive queue 0", "ss --xdp")
	r.close(d)
	wantFinding(t, r.findings("left"), "queues", OK)
}
