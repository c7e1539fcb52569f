package classify_test

import (
	"fmt"
	"testing"
)

const (
	syn    = "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]"
	synAck = "tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA]"
	ack    = "tcp 10.0.0.1:1000 > 10.0.0.2:80 [A]"
	push   = "tcp 10.0.0.2:80 > 10.0.0.1:1000 [PA]"
)

func TestKeepStateLetsRepliesThrough(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a proto tcp dport 80 tcp-flags S/SA keep-state pass", "classify default a drop", "classify default b drop")
	r.drops("b", synAck, -1)
	r.drops("a", ack, -1)
	r.passes("a", "b", syn, 0)
	r.passes("b", "a", synAck, 0)
	r.passes("a", "b", ack, 0)
	r.passes("b", "a", push, 0)
	r.drops("b", "tcp 10.0.0.2:80 > 10.0.0.1:1001 [PA]", -1)
	r.drops("b", "udp 10.0.0.2:80 > 10.0.0.1:1000", -1)
	if n := r.cls.Report(nil)[0].Rules[0].Packets; n != 4 {
		t.Errorf("rule 0 counted %d packets, want 4", n)
	}
}

// TestKeptAtBothPoints: each point has its own rule for the first packet only, and each must let the second one through.
func TestKeptAtBothPoints(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a in proto tcp tcp-flags S/SA keep-state pass", "classify add rule b out proto tcp tcp-flags S/SA keep-state pass",
		"classify default a drop", "classify default b drop")
	for range 2 {
		r.passes("a", "b", syn, 1)
		r.passes("b", "a", synAck, 0)
		r.passes("a", "b", ack, 1)
		r.passes("b", "a", push, 0)
		r.cli("classify add rule a src 9.9.9.9 drop") // a new generation: all is looked at again, by either rule
		r.passes("b", "a", push, 0)
		r.passes("a", "b", ack, 1)
	}
	r.cli("classify del rule 0")
	r.drops("a", ack, -1)
	r.passes("b", "a", push, 1)
	r.cli("classify del rule 1")
	r.drops("b", push, -1)
}

func TestKeptOnTheWayOutOnly(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a in pass", "classify add rule b out proto tcp tcp-flags S/SA keep-state pass", "classify default b drop")
	r.passes("a", "b", syn, 1)
	r.passes("b", "a", synAck, 1)
	r.passes("a", "b", ack, 1)
	r.cli("classify add rule b out src 9.9.9.9 drop")
	r.passes("b", "a", push, 1)
	r.passes("a", "b", ack, 1)
	for _, i := range r.cls.Report(nil) {
		for _, rule := range i.Rules {
			if want := map[uint32]uint64{0: 3, 1: 5, 2: 0}[rule.ID]; rule.Packets != want {
				t.Errorf("rule %d counted %d packets, want %d", rule.ID, rule.Packets, want)
			}
		}
	}
}

// TestKeptInReplyDirection: the session was there before the rule, and the rule matches its answers.
func TestKeptInReplyDirection(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify default a pass", "classify default b pass")
	r.passes("a", "b", syn, -1)
	r.cli("classify add rule b proto tcp sport 80 keep-state pass", "classify default a drop", "classify default b drop")
	r.drops("a", ack, -1)
	r.passes("b", "a", synAck, 0)
	r.passes("a", "b", ack, 0)
	r.cli("classify add rule b src 9.9.9.9 drop")
	r.passes("a", "b", ack, 0)
	r.passes("b", "a", push, 0)
}

// TestGenerations: a rule goes, a drop comes in front, the rule returns.
func TestGenerations(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a proto tcp dport 80 keep-state pass", "classify default a drop", "classify default b drop")
	r.passes("a", "b", syn, 0)
	r.passes("b", "a", synAck, 0)
	r.cli("classify del rule 0")
	r.drops("b", push, -1)
	r.drops("a", ack, -1)
	r.cli("classify add rule a proto tcp dport 80 keep-state pass")
	r.passes("b", "a", push, 1) // by the packet that began the session
	r.passes("a", "b", ack, 1)
	r.cli("classify add rule a before 1 dst 10.0.0.2 drop")
	r.drops("b", push, -1)
	r.drops("a", ack, 2)
	r.cli("classify del rule 2", "classify disable a")
	r.drops("b", push, -1)
	r.cli("classify enable a")
	r.passes("b", "a", push, 1)
}

func TestRedirectedSessionsComeBack(t *testing.T) {
	for _, dir := range []string{"a in", "b out"} {
		t.Run(dir, func(t *testing.T) {
			r := newRig(t, "a", "b", "c", "d")
			r.cli("classify add rule "+dir+" proto udp redirect c", "classify default c pass")
			r.passes("a", "c", "udp 10.0.0.1:5 > 10.0.0.2:53", 0)
			r.passes("c", "d", "udp 10.0.0.2:53 > 10.0.0.1:5", -1) // no state: the cross-connect's way
			r.cli("classify del rule 0", "clear flowtrack", "classify add rule "+dir+" proto udp keep-state redirect c", "classify default c drop")
			r.passes("a", "c", "udp 10.0.0.1:5 > 10.0.0.2:53", 1)
			r.passes("c", "a", "udp 10.0.0.2:53 > 10.0.0.1:5", 1)
			r.cli("classify add rule a out src 9.9.9.9 pass", "classify default a drop")
			r.passes("c", "a", "udp 10.0.0.2:53 > 10.0.0.1:5", 1)
			if n := r.cls.Report(nil); fmt.Sprint(n) == "" {
				t.Error("no report")
			}
		})
	}
}

// TestRedirectsEnd: out rules that send packets round in a circle.
func TestRedirectsEnd(t *testing.T) {
	r := newRig(t, "a", "b", "c", "d")
	r.cli("classify add rule b out redirect c", "classify add rule c out redirect d", "classify add rule d out redirect b",
		"classify add rule a in proto udp redirect c", "classify add rule c in redirect c")
	r.passes("a", "c", syn, 0)
	r.passes("a", "d", "udp 10.0.0.1:5 > 10.0.0.2:53", 1)
	r.passes("c", "d", syn, 1)
}

// TestFragmentsAndKeepState: what has not been put together is invalid: no rule that keeps state takes it, others do.
func TestFragmentsAndKeepState(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a proto udp dport 53 keep-state pass", "classify add rule a proto gre pass", "classify default a drop")
	r.drops("a", "udp 10.0.0.1:5 > 10.0.0.2:53 frag 0+ len 16", -1)
	r.drops("a", "udp 10.0.0.1:5 > 10.0.0.2:53 frag 3", -1)
	r.passes("a", "b", "gre 10.0.0.1 > 10.0.0.2 frag 3", 1)
}

// TestNonIPMeetsNoOutRule: a frame without addresses must not be read for them.
func TestNonIPMeetsNoOutRule(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule b out drop", "classify default b drop", "classify add rule a in drop")
	if o := r.line("a", "eth 0x0806 len 28"); o.out != "b" || o.reason != "non-ip" {
		t.Errorf("ARP: %+v", o)
	}
	r.cli("classify non-ip a drop")
	if o := r.line("a", "eth 0x0806 len 28"); o.out != "" || o.node != "classify-non-ip" {
		t.Errorf("ARP: %+v", o)
	}
	r.cli("classify disable a")
	if o := r.line("a", "eth 0x0806 len 28"); o.out != "b" || o.reason != "" {
		t.Errorf("ARP: %+v", o)
	}
}

func TestNoRoomForASession(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a keep-state pass")
	for i := range r.trk.Sessions {
		to, from := fmt.Sprintf("tcp 10.%d.%d.1:5 > 10.0.0.2:53 ", i>>8, i&255), fmt.Sprintf("tcp 10.0.0.2:53 > 10.%d.%d.1:5 ", i>>8, i&255)
		r.passes("a", "b", to+"[S] seq 1", 0)
		r.passes("b", "a", from+"[SA] seq 1 ack 2", -1)
		r.passes("a", "b", to+"[A] seq 2 ack 2", 0)
	}
	if o := r.line("a", syn); o.out != "" || o.reason != "no-session" || o.rule != 0 {
		t.Errorf("%+v", o)
	}
}
