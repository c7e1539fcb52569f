package main

import (
	"testing"

	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// parsed is what the product sees of a frame.
func parsed(t *testing.T, p []byte) (src, dst string, proto uint8, sport, dport int) {
	t.Helper()
	if len(p) != 60 {
		t.Fatalf("%d bytes", len(p))
	}
	if packet.Checksum(p[atIP:atIP+20], 0) != 0 {
		t.Fatalf("header checksum of % x", p[atIP:atIP+20])
	}
	ip := func(at int) string { return string(p[at : at+4]) }
	return ip(atSrc), ip(atDst), p[atIP+9], int(p[atSport])<<8 | int(p[atSport+1]), int(p[atDport])<<8 | int(p[atDport+1])
}

// Known flows come in one order that repeats, each as often as the next, and answers are theirs the other way round.
func TestKnownFlows(t *testing.T) {
	const flows = 1000
	k := newKnownFlows(flows, 1)
	a := k.answers()
	count, first := map[string]int{}, ""
	for i := range 2 * orderLength {
		src, dst, _, sport, dport := parsed(t, k.Next())
		if src2, dst2, _, sport2, dport2 := parsed(t, a.Next()); src2 != dst || dst2 != src || sport2 != dport || dport2 != sport {
			t.Fatal("an answer is not the flow's")
		}
		if count[src]++; i == 0 {
			first = src
		}
		if i == orderLength && src != first {
			t.Error("the order does not repeat")
		}
	}
	for src, n := range count {
		if want := 2 * orderLength / flows; len(count) != flows || n < want-2 || n > want+2 {
			t.Fatalf("%d flows; %x came %d times, want about %d", len(count), src, n, want)
		}
	}
}

// New flows are new, to each other and to known ones.
func TestNewFlows(t *testing.T) {
	seen := map[[2]any]bool{}
	add := func(p []byte) {
		src, _, _, sport, _ := parsed(t, p)
		if key := [2]any{src, sport}; seen[key] {
			t.Fatalf("%v again", key)
		} else {
			seen[key] = true
		}
	}
	p := udp64()
	for f := range uint64(1000) {
		setFlow(p, f)
		add(p)
		setFlow(p, 1<<24-1-f)
		add(p)
	}
	n := makeNewFlows()
	for range 10_000 {
		add(n.Next())
	}
}

// A packet drawn from a header has the header's fields, so that the rule meant matches it.
func TestDrawnPackets(t *testing.T) {
	rules := rulegen.Random(100, 1)
	for _, k := range rulegen.Headers(rules, 2000, headersOfRules, 2) {
		p := packetOf(&k)
		_, _, proto, sport, dport := parsed(t, p)
		got := tuplemerge.Key{Src: k.Src, Dst: k.Dst, Proto: proto, Ports: k.Ports}
		if k.Ports {
			got.Sport, got.Dport = uint16(sport), uint16(dport)
		}
		if got.Flags = k.Flags; proto == 6 {
			got.Flags = p[atSport+13]
		}
		want := rulegen.Linear(rules, &k)
		if found := rulegen.Linear(rules, &got); found != want && proto != 6 { // of TCP, other flags may let another rule match
			t.Fatalf("%+v became %+v: rule %d instead of %d", k, got, found, want)
		}
		if proto == 6 && got.Flags&tcpEnding != 0 {
			t.Fatalf("flags %#x", got.Flags)
		}
	}
}

// All subjects see the same packets drawn from rules, as many as were asked for.
func TestDrawnPacketsAreForwarded(t *testing.T) {
	d := newDrawn(rulegen.Random(100, ruleSeed), 1000)
	if len(d.packets) != 1000 {
		t.Errorf("%d packets", len(d.packets))
	}
	for _, p := range d.packets {
		if !peer.VPPForwards(p) {
			t.Errorf("%x", p)
		}
	}
}
