package ratelimit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/examples/ratelimit"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// rig is a wire between a and b, limited at a.
type rig struct {
	*gvpptest.Harness
	plugin *ratelimit.Plugin
	a, b   *gvpptest.Interface
}

func newRig(t *testing.T, sources int, startup string) *rig {
	p := ratelimit.New()
	p.Sources = sources
	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{p}, Interfaces: []string{"a", "b"}, Startup: startup})
	r := &rig{h, p, h.Interface("a"), h.Interface("b")}
	r.Connect(r.a, r.b)
	return r
}

// from is n packets of a source.
func from(source string, n int) []gvpptest.Packet {
	if strings.Contains(source, ":") {
		return gvpptest.Repeat(n, "udp ["+source+"]:1000 > [2001:db8::2]:53")
	}
	return gvpptest.Repeat(n, "udp "+source+":1000 > 10.0.0.2:53")
}

// passes sends packets of a source: the first few pass, the others do not.
func (r *rig) passes(source string, pass, drop int) {
	r.SendAndExpect(r.a, from(source, pass), r.b)
	if drop > 0 {
		r.SendAndAssertNoReplies(r.a, from(source, drop))
	}
}

// expectSources looks at how many sources are remembered.
func (r *rig) expectSources(t *testing.T, n int) {
	t.Helper()
	if want, got := fmt.Sprintf("\n%d sources are remembered", n), r.Exec("show ratelimit"); !strings.Contains(got, want) {
		t.Errorf("want %q in\n%s", want, got)
	}
}
