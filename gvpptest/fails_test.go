package gvpptest_test

import (
	"testing"

	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
)

func dropper() *custom {
	return &custom{process: each(toPort8), spec: graph.Spec{Counters: graph.Counters{"port 8 is bad"}}}
}

func TestReports(t *testing.T) {
	t.Log(fails(t, func(t testing.TB) {
		h, a, b := newHarness(t, dropper())
		p := gvpptest.Repeat(20, "udp 10.0.0.1:1000 > 10.0.0.2:%d")
		h.SendAndExpect(a, p, b)
		h.SendAndAssertNoReplies(a, p)
		h.SendAndExpect(a, p[:2], a)
		h.SendAndExpectSame(a, p, b)
		got := h.SendAndExpect(a, p[:4], b)
		h.ExpectPackets(got, "udp 10.0.0.1:1000 > 10.0.0.2:0", "udp 10.0.0.1:1000 > 10.0.0.2:1 ttl 63", "udp 10.0.0.1:1000 > 10.0.0.2:3", "tcp 1.1.1.1:1 > 1.1.1.1:3")
		h.ExpectCounter(nodeName, "port 8 is bad", 100)
		h.ExpectInterfaceCounter(a, "drops", 100)
		h.Refused("show version", "xx")
		h.Refused("show versions", "xx")
	}))
}
