package classify_test

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// A trace names the rule that a packet owes its fate to, or what else decided.
func TestTraceNamesTheRule(t *testing.T) {
	tracker := flowtrack.New()
	tracker.Sessions = 1024
	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{tracker, classify.New(tracker)}, Interfaces: []string{"a", "b", "c"}})
	a, b := h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	sent := func(from *gvpptest.Interface, line string, want ...string) {
		t.Helper()
		h.Send(gvpptest.From(from, gvpptest.Lines(line)))
		trace := h.Exec("show trace")
		for _, w := range want {
			if !strings.Contains(trace, w) {
				t.Errorf("%s: no %q in\n%s", line, w, trace)
			}
		}
	}
	udp := func(port string) string { return "udp 10.0.0.1:1000 > 10.0.0.2:" + port }
	sent(a, udp("1"), "a -> b")
	h.Exec("classify add rule a in proto udp dport 1 drop")
	h.Exec("classify add rule a in proto udp dport 2 pass")
	h.Exec("classify add rule a in proto udp dport 3 redirect c")
	h.Exec("classify add rule a in proto udp dport 4 keep-state pass")
	h.Exec("classify add rule b out dst 10.0.0.9 drop")
	sent(a, udp("1"), "rule 0 (a in): proto udp dport 1 drop", "drop: pkt-classify: dropped by a rule")
	sent(a, udp("2"), "rule 1 (a in): proto udp dport 2 pass")
	sent(a, udp("3"), "redirected to sw_if_index 3: rule 2 (a in): proto udp dport 3 redirect c")
	sent(a, udp("4"), "rule 3 (a in): proto udp dport 4 keep-state pass", "flow-track\n  session ")
	sent(a, udp("4"), "rule 3 (a in): proto udp dport 4 keep-state pass, through the packet's session")
	sent(a, "udp 10.0.0.1:1000 > 10.0.0.9:2", "rule 4 (b out): dst 10.0.0.9/32 drop", "drop: pkt-classify-out: dropped by a rule")
	sent(a, udp("5"), "no rule matches: the interface's default")
	h.Exec("classify default a drop")
	sent(a, udp("5"), "no rule matches: the interface's default", "drop: pkt-classify: dropped by the interface's default")
	sent(a, "icmpv6 fe80::1 > ff02::1:ff00:2 type 135 code 0 ttl 255 data 00000000fe800000000000000000000000000002", "neighbour discovery, which the interface's default spares")
	h.Exec("classify non-ip a drop")
	sent(a, "eth 0x0806 len 28", "classify-non-ip\n  not IP: dropped")
}

// A rule that has gone since is named by its number.
func TestTraceOfARemovedRule(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{classify.New(nil)}, Interfaces: []string{"a", "b"}})
	h.Connect(h.Interface("a"), h.Interface("b"))
	h.Exec("classify add rule a in proto udp dport 1 drop")
	h.Send(gvpptest.From(h.Interface("a"), gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:1")))
	h.Exec("classify del rule 0")
	if trace := h.Exec("show trace"); !strings.Contains(trace, "rule 0 (removed since)") {
		t.Error(trace)
	}
}
