package flowtrack_test

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// A trace names the session by its number, and says so when it has ended since: its place may be another one's by then.
func TestTraceNamesTheSession(t *testing.T) {
	tracker := flowtrack.New()
	tracker.Sessions = 1024
	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{tracker}, Interfaces: []string{"a", "b"}})
	a, b := h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	for _, arc := range []string{"ip4-unicast", "ip6-unicast"} {
		h.Enable(a, arc, "flow-lookup")
		h.Enable(a, arc, "flow-track")
	}
	want := func(text string) {
		t.Helper()
		if trace := h.Exec("show trace"); !strings.Contains(trace, text) {
			t.Fatalf("no %q in\n%s", text, trace)
		}
	}
	for _, c := range []struct{ line, want string }{
		{"udp 10.0.0.1:1000 > 10.0.0.2:53", "flow-track\n  session 0 NEW, orig, new"},
		{"udp [2001:db8::1]:1000 > [2001:db8::2]:53", "flow-track\n  session 1 NEW, orig, new"},
		{"udp 10.0.0.2:53 > 10.0.0.1:1000", "flow-lookup\n  session 0 ESTABLISHED, reply, established"},
		{"icmpv6 2001:db8::1 > ff02::1:ff00:2 type 135 code 0 ttl 255 data 00000000fe800000000000000000000000000002", "flow-lookup\n  no session, untracked"},
		{"udp 10.0.0.1:1000 > 10.0.0.2:53 udplen 7", "flow-lookup\n  no session, invalid: "},
	} {
		h.Send(gvpptest.From(a, gvpptest.Lines(c.line)))
		want(c.want)
	}
	h.Send(gvpptest.From(a, gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53")))
	want("session 0 ")
	h.Exec("clear flowtrack")
	want("(ended since)")
	h.Send(gvpptest.From(a, gvpptest.Lines("udp 10.0.0.3:1000 > 10.0.0.2:53")))
	want("session 2 NEW")
}
