package gvpptest_test

import (
	"testing"

	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// newPG is newHarness with pg0 and pg1.
func newPG(t testing.TB, c *custom) (h *gvpptest.Harness, in, out *gvpptest.Interface) {
	h = gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{c}, Interfaces: []string{"a", "b"}})
	pgs := h.PG(2)
	h.Connect(pgs[0], pgs[1])
	h.Enable(pgs[0], "ip4-unicast", nodeName)
	return h, pgs[0], pgs[1]
}

// The verbs do with interfaces of the packet generator what they do with others.
func TestPG(t *testing.T) {
	h, in, out := newPG(t, dropper())
	if in.Name != "pg0" || h.Interface("pg1") != out || h.PG(3)[1] != out {
		t.Errorf("%+v, %+v", in, out)
	}
	good := gvpptest.Repeat(3000, "udp 10.0.0.1:%d > 10.0.0.2:9")
	bad := gvpptest.Repeat(257, "udp 10.0.0.1:%d > 10.0.0.2:8")
	h.SendAndExpectSame(in, good, out)
	h.SendAndAssertNoReplies(in, bad)
	h.SendAndExpectSame(out, bad, in)
	h.ExpectCounter(nodeName, "port 8 is bad", 257)
	h.ExpectInterfaceCounter(in, "rx packets", 3257)
	h.ExpectNoAllocs(in, good[:256])
	a, b := h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	got := h.Send(gvpptest.From(in, good[:2]), gvpptest.From(out, bad), gvpptest.From(out, good[2:3]), gvpptest.From(a, bad[:3]))
	if len(got[in]) != 258 || len(got[out]) != 2 || len(got[b]) != 3 {
		t.Errorf("%d, %d, %d", len(got[in]), len(got[out]), len(got[b]))
	}
}

// Packets of the generator are known by what became of them, too.
func TestPGReports(t *testing.T) {
	two := gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:7", "udp 10.0.0.1:1000 > 10.0.0.2:8")
	says(t, fails(t, func(t testing.TB) {
		h, in, out := newPG(t, dropper())
		h.SendAndExpect(in, two, out)
		h.SendAndAssertNoReplies(in, two)
		h.Exec("set interface state pg0 down")
		h.SendAndExpect(in, two[:1], out)
	}), "2 packets into pg0: 1 left by pg1, want 2\n  udp 10.0.0.1:1000 > 10.0.0.2:8  dropped by custom: port 8 is bad\nthe way of udp 10.0.0.1:1000 > 10.0.0.2:8\n  ethernet-input",
		"2 packets into pg0: 1 left by pg1, want none\n  udp 10.0.0.1:1000 > 10.0.0.2:7  left by pg1\nthe way of udp 10.0.0.1:1000 > 10.0.0.2:7\n",
		"1 packet into pg0: 0 left by pg1, want 1\npg0 is down")
}

// Packets arrive at a loopback by the generator.
func TestSendIntoLoopback(t *testing.T) {
	h, a, _ := newHarness(t, dropper())
	l := h.Loopback()
	h.Connect(l, a)
	h.SendAndExpectSame(l, gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:7"), a)
	says(t, fails(t, func(t testing.TB) {
		h, a, b := newHarness(t, dropper())
		l := h.Loopback()
		h.Connect(b, l)
		h.SendAndExpect(b, gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:7"), a)
	}), "0 left by a, want 1")
}

// VPP's text of a stream, and what leaves after it.
func TestStreamsOfText(t *testing.T) {
	h, in, out := newPG(t, dropper())
	h.Exec(`
		comment { two packets that pass and one that does not }
		packet-generator new {
		  name x
		  limit 3
		  size 64-64
		  source pg0
		  data {
		    IP4: 02:00:00:00:00:01 -> 02:00:00:00:00:02
		    UDP: 10.0.0.1 -> 10.0.0.2
		    UDP: 1000 -> 7 - 9
		    incrementing 22
		  }
		}
		packet-generator enable
	`)
	got := h.Run()
	if len(got) != 1 || len(got[out]) != 2 {
		t.Fatalf("%v", got)
	}
	h.ExpectInterfaceCounter(in, "rx packets", 3)
	h.ExpectCounter(nodeName, "port 8 is bad", 1)
}
