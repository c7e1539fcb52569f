package acl_test

import (
	"maps"
	"strings"
	"testing"
	"time"
)

// kept is what has been set.
type kept map[string]time.Duration

func (k kept) SetTimeout(name string, d time.Duration) error { k[name] = d; return nil }

func TestSessionTimeout(t *testing.T) {
	r := newRig(t)
	refused := func(line, want string) {
		t.Helper()
		if _, err := r.dp.CLI().RunText(r.ctx, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
	r.acl.Timeouts = nil
	refused("set acl-plugin session timeout udp idle 2000", "lacks flowtrack")
	set := kept{}
	r.acl.Timeouts = set
	r.cli("set acl-plugin session timeout udp idle 2000")
	r.cli("set acl-plugin session timeout tcp idle 3000")
	if want := (kept{"udp": 2000 * time.Second, "udp_stream": 2000 * time.Second, "tcp_established": 3000 * time.Second}); !maps.Equal(set, want) {
		t.Errorf("%v", set)
	}
	r.cli("set acl-plugin session timeout tcp transient 7")
	if set["tcp_syn_sent"] != 7*time.Second || set["tcp_close"] != 7*time.Second || len(set) != 11 {
		t.Errorf("%v", set)
	}
	refused("set acl-plugin session timeout udp transient 1", "idle")
	refused("set acl-plugin session timeout tcp idle 0", "seconds")
	refused("set acl-plugin session timeout icmp idle 1", "protocol")
}
