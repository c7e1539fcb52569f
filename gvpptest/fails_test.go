package gvpptest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
)

func dropper() *custom {
	return &custom{process: each(toPort8), spec: graph.Spec{Counters: graph.Counters{"port 8 is bad"}}}
}

// What a test says when something else has happened than it wants.
func TestReports(t *testing.T) {
	many := gvpptest.Repeat(20, "udp 10.0.0.1:1000 > 10.0.0.2:%d")
	first, bad := "udp 10.0.0.1:1000 > 10.0.0.2:0", "udp 10.0.0.1:1000 > 10.0.0.2:8"
	for _, c := range []struct {
		name string
		run  func(h *gvpptest.Harness, a, b *gvpptest.Interface)
		says string // all of it, or up to …
	}{
		{"a packet is dropped", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.SendAndExpect(a, many, b) },
			"20 packets into a: 19 left by b, want 20\n  " + bad + "  dropped by custom: port 8 is bad\nthe way of " + bad + "\n  ethernet-input  IP4…"},
		{"packets leave", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.SendAndAssertNoReplies(a, many[:10]) },
			"10 packets into a: 9 left by b, want none\n  " + first + "  left by b\n…\n  and 1 more\nthe way of " + first + "\n…\n  interface-output  b, sw_if_index 2, 42 bytes\n"},
		{"by another interface", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.SendAndExpect(a, many[:1], a) },
			"1 packet into a: 0 left by a, want 1; 1 left by b, want none\n  " + first + "  left by b\nthe way of…"},
		{"the interface is down", func(h *gvpptest.Harness, a, b *gvpptest.Interface) {
			h.Exec("set interface state a down")
			h.SendAndExpect(a, many[:1], b)
		}, "1 packet into a: 0 left by b, want 1\na is down: \"set interface state a up\" brings it up\n  " + first + "  not seen again\n"},
		{"other packets", func(h *gvpptest.Harness, a, b *gvpptest.Interface) {
			got := h.SendAndExpect(a, many[:4], b)
			h.ExpectPackets(got, first, "udp 10.0.0.1:1000 > 10.0.0.2:1 ttl 63", "udp 10.0.0.1:1000 > 10.0.0.2:3", "tcp 1.1.1.1:1 > 1.1.1.1:3")
		}, "the packets differ (-want +got):\n    … 1 packet the same\n  - udp 10.0.0.1:1000 > 10.0.0.2:1 ttl 63\n  + udp 10.0.0.1:1000 > 10.0.0.2:1\n" +
			"  + udp 10.0.0.1:1000 > 10.0.0.2:2\n    … 1 packet the same\n  - tcp 1.1.1.1:1 > 1.1.1.1:3 []\n"},
		{"a wanted line that cannot be read", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.ExpectPackets(nil, "udp 10.0.0.1") },
			"packetline: …in \"udp 10.0.0.1\"\n"},
		{"a counter", func(h *gvpptest.Harness, a, b *gvpptest.Interface) {
			h.SendAndAssertNoReplies(a, many[8:9])
			h.ExpectCounter(nodeName, "port 8 is bad", 2)
		}, "counter \"port 8 is bad\" of custom is 1, want 2; all that are not zero:\n  custom       1  port 8 is bad\n"},
		{"a counter of a node without packets", func(h *gvpptest.Harness, a, b *gvpptest.Interface) {
			h.SendAndExpect(b, many[:1], a)
			h.ExpectCounter(nodeName, "port 8 is bad", 2)
		}, "counter \"port 8 is bad\" of custom is 0, want 2; no packet has come to custom (…); all that are not zero:\n  none\n"},
		{"a counter of an interface", func(h *gvpptest.Harness, a, b *gvpptest.Interface) {
			h.SendAndAssertNoReplies(a, many[8:9])
			h.ExpectInterfaceCounter(a, "drops", 2)
		}, "drops of a is 1, want 2; all: rx packets 1, rx bytes 42, tx packets 0, tx bytes 0, drops 1, tx-error 0\n"},
		{"an unknown node", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.ExpectCounter("costum", "x", 0) },
			"there is no node \"costum\" to have counter \"x\"; `show graph` lists them\n"},
		{"an unknown counter", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.ExpectCounter(nodeName, "port 9", 0) },
			"node custom has no counter \"port 9\"; it has [\"port 8 is bad\"]\n"},
		{"an unknown counter of an interface", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.ExpectInterfaceCounter(a, "rx", 0) },
			"interfaces have no counter \"rx\"; they have [\"rx packets\" …"},
		{"a command that fails", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.Exec("show version\nshow versions") },
			"\"show version\\nshow versions\": line:2: show: unknown input `versions'\n"},
		{"a command that is not refused", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.Refused("show version", "x") },
			"\"show version\" is done, want it refused with \"x\"\n"},
		{"a command that is refused with other words", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.Refused("show versions", "colour") },
			"\"show versions\" is refused with \"show: unknown input `versions'\", want \"colour\" in it\n"},
		{"an arc without the node", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.Enable(a, "l2-input", nodeName) },
			"node \"custom\" is not on arc \"l2-input\": its Spec.Arc or MoreArcs must name it; it is on ip4-unicast\n"},
		{"an arc that is none", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.Enable(a, "ip4-uncast", nodeName) },
			"node \"custom\" is not on arc \"ip4-uncast\": there is no arc \"ip4-uncast\"; there are interface-output, …ip4-unicast, ip6-unicast…"},
		{"a node that is none", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.Enable(a, "ip4-unicast", "custm") },
			"node \"custm\" is not on arc \"ip4-unicast\": there is no node \"custm\" (did you mean \"custom\"?)\n"},
		{"an interface that is none", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.Interface("c") },
			"no interface \"c\"; the harness has a, b\n"},
		{"no interface", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.SendAndExpect(a, many, nil) },
			"an interface that is nil, or of another harness…"},
		{"no packets", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.SendAndAssertNoReplies(a, nil) },
			"nothing is sent: there are no packets in the list\n"},
		{"a packet that is too long", func(h *gvpptest.Harness, a, b *gvpptest.Interface) {
			h.SendAndAssertNoReplies(a, []gvpptest.Packet{make([]byte, 1793)})
		}, "a packet of 1793 bytes into a: a buffer holds 1792\n"},
		{"a loopback", func(h *gvpptest.Harness, a, b *gvpptest.Interface) { h.SendAndExpect(a, many, h.Loopback()) },
			"nothing leaves by loop0: what is sent by it comes back; say where the packets go then\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := fails(t, func(t testing.TB) {
				h, a, b := newHarness(t, dropper())
				c.run(h, a, b)
			})
			parts := strings.Split(c.says, "…")
			if !strings.HasPrefix(text, parts[0]) || len(parts) == 1 && text != c.says {
				t.Errorf("want\n%s\ngot\n%s", c.says, text)
			}
			says(t, text, parts...)
		})
	}
}

// A stream of work without an end ends the test.
func TestWorkWithoutAnEnd(t *testing.T) {
	var kept []buffer.Index
	again := &custom{
		spec: graph.Spec{Nexts: holds},
		process: func(w *graph.Worker, f *graph.Frame) {
			bufs, nexts := f.Vector()
			for i, b := range bufs {
				kept = append(kept, b)
				nexts[i] = 2
			}
		},
		poll: func(_ *graph.Worker, room []buffer.Index) int {
			n := copy(room, kept)
			kept = kept[:copy(kept, kept[n:])]
			return n
		},
	}
	text := fails(t, sends(again))
	says(t, text, "after 20000 passes the worker still has work")
}

// lates is a node that keeps packets until it is opened.
func lates() (c *custom, open func()) {
	var kept []buffer.Index
	opened := false
	return &custom{
		spec: graph.Spec{Nexts: holds},
		process: each(func(w *graph.Worker, b buffer.Index) graph.Next {
			if opened {
				return 0
			}
			kept = append(kept, b)
			return 2
		}),
		poll: func(_ *graph.Worker, room []buffer.Index) (n int) {
			if opened {
				n = copy(room, kept)
				kept = kept[n:]
			}
			return n
		},
	}, func() { opened = true }
}

// A packet that was sent before and comes late is not taken for one of the next send.
func TestLatePackets(t *testing.T) {
	one, two := "udp 10.0.0.1:1 > 10.0.0.2:1", "udp 10.0.0.1:1 > 10.0.0.2:2"
	c, open := lates()
	h, a, b := newHarness(t, c)
	h.SendAndAssertNoReplies(a, gvpptest.Lines(one))
	open()
	h.ExpectPackets(h.Advance(time.Second)[b], one)
	h.SendAndExpectSame(a, gvpptest.Lines(two), b)
	c, open = lates()
	says(t, fails(t, func(t testing.TB) {
		h, a, b := newHarness(t, c)
		h.SendAndAssertNoReplies(a, gvpptest.Lines(one))
		open()
		h.SendAndExpect(a, gvpptest.Lines(two), b)
	}), "1 packet into a: 2 left by b, want 1\nleft by b, and none of those sent:\n  "+one+"\n")
}
