package classify_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// forced is a rig whose packets are what set makes of them, once it is not nil.
func forced(t *testing.T) *rig {
	r := newRig(t, "a", "b")
	if err := r.force.start(rand.New(rand.NewPCG(1, 1)), 2); err != nil {
		t.Fatal(err)
	}
	r.force.set = func(*buffer.Meta) {}
	return r
}

// as makes all packets from now on of a class; invalid ones have no session.
func (r *rig) as(class buffer.Track) {
	r.force.set = func(m *buffer.Meta) {
		if m.Track = class; class.Class() == buffer.TrackInvalid {
			m.Flags &^= buffer.FlagHasFlow | buffer.FlagSessions
		}
	}
}

// TestStatesOfASession: a session's packets meet the rule of their state, whatever was said to earlier ones, also at a point
// with a rule change between them.
func TestStatesOfASession(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a state established pass", "classify add rule a state new proto udp dport 53 pass", "classify default a drop",
		"classify add rule b state established,related pass", "classify default b drop")
	r.drops("b", answer, -1)
	r.drops("a", "udp 10.0.0.1:1000 > 10.0.0.2:54", -1)
	for range 3 {
		r.passes("a", "b", query, 1)
	}
	r.passes("b", "a", answer, 2)
	for range 3 {
		r.passes("a", "b", query, 0)
		r.passes("b", "a", answer, 2)
	}
	if v := r.verdicts(); len(v) != 1 || v[0] == 0 {
		t.Errorf("the session knows %x, want what the rules say to its packets", v)
	}
	r.cli("classify add rule a before 0 state new drop")
	r.passes("a", "b", query, 0)
	r.cli("classify add rule a before 0 state established drop")
	r.drops("a", query, 4)
}

// TestNoVerdictOfNewOnesIsKept: at a point that looks at states, what was said to a new packet of a session is not what the
// next one hears, which may be established.
func TestNoVerdictOfNewOnesIsKept(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a state established drop", "classify default a pass", "classify default b pass")
	for range 3 {
		r.passes("a", "b", query, -1)
	}
	if v := r.verdicts(); len(v) != 1 || v[0] != 0 {
		t.Errorf("the session knows %x of packets that are new", v)
	}
	r.passes("b", "a", answer, -1)
	r.drops("a", query, 0)
	r.passes("b", "a", answer, -1)
}

// TestStatesWithinAVector: packets of one session, whose word one rule is in, and of two classes.
func TestStatesWithinAVector(t *testing.T) {
	r := forced(t)
	r.cli("classify add rule a state established pass", "classify add rule a state new pass", "classify default a drop")
	r.as(buffer.TrackNew)
	r.passes("a", "b", query, 1)
	r.as(buffer.TrackEstablished)
	r.passes("a", "b", query, 0)
	var frames [][]byte
	for i := range 12 {
		frames = append(frames, packetline.MustBuild(fmt.Sprintf("%s len %d", query, 20+i)))
	}
	r.force.set = func(m *buffer.Meta) { m.Track = buffer.TrackEstablished - buffer.Track(m.Len>>1&1) }
	for i, o := range r.vector("a", frames) {
		if want := len(frames[i]) >> 1 & 1; o.rule != want {
			t.Errorf("packet %d: %+v, want rule %d", i, o, want)
		}
	}
}

// TestKeptAsNew: a rule that keeps the state of new packets only lets the others through by the session, also after a change of
// the rules; so does one that found the session by its answers.
func TestKeptAsNew(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a state new proto udp keep-state pass", "classify default a drop", "classify default b drop")
	r.passes("a", "b", query, 0)
	for i := range 3 {
		r.passes("b", "a", answer, 0)
		r.passes("a", "b", query, 0)
		r.cli(fmt.Sprintf("classify add rule %s src 9.9.9.9 drop", r.names[i%2]))
	}
	r.cli("classify del rule 0", "classify add rule b state established proto udp keep-state pass")
	for i := range 3 {
		r.passes("b", "a", answer, 4)
		r.passes("a", "b", query, 4)
		r.cli(fmt.Sprintf("classify add rule %s src 9.9.9.9 drop", r.names[i%2]))
		r.passes("a", "b", query, 4)
	}
}

// TestOnlyItsStates: each class meets the rules that name it, and a packet that nobody tracks none of them.
func TestOnlyItsStates(t *testing.T) {
	r := forced(t)
	r.cli("classify add rule a state new,untracked pass", "classify add rule a state invalid,related pass",
		"classify add rule a state new,established,related,invalid,untracked proto udp pass", "classify default a drop")
	for class, rule := range map[buffer.Track]int{buffer.TrackNone: 2, buffer.TrackNew: 0, buffer.TrackEstablished: 2, buffer.TrackRelated: 1,
		buffer.TrackInvalid | 5<<buffer.TrackReasonShift: 1, buffer.TrackUntracked: 0} {
		r.as(class)
		r.passes("a", "b", "udp 10.0.0.1:1 > 10.0.0.2:53", rule)
	}
	for class, rule := range map[buffer.Track]int{buffer.TrackNone: -1, buffer.TrackEstablished: -1, buffer.TrackInvalid: 1} {
		r.as(class)
		if o := r.line("a", "gre 10.0.0.1 > 10.0.0.2"); o.rule != rule {
			t.Errorf("class %d: %+v, want rule %d", class, o, rule)
		}
	}
}

// TestKeepStateTakesNoInvalidPacket: it falls to the rules behind.
func TestKeepStateTakesNoInvalidPacket(t *testing.T) {
	r := forced(t)
	r.cli("classify add rule a proto udp keep-state pass", "classify add rule a src 10.0.0.9 state invalid pass", "classify default a drop")
	r.as(buffer.TrackInvalid)
	r.drops("a", query, -1)
	r.passes("a", "b", "udp 10.0.0.9:1000 > 10.0.0.2:53", 1)
	r.as(buffer.TrackNew)
	r.passes("a", "b", query, 0)
	r.as(buffer.TrackInvalid)
	r.cli("classify add rule a before 1 proto udp dport 53 keep-state drop") // keep-state means nothing there
	r.drops("a", query, 2)
}

// TestErrorsGoWithTheirSession: an ICMP error passes where the session that it is about does, in either direction, and by no
// rule for the session's packets; nor is the session let through because an error about it was.
func TestErrorsGoWithTheirSession(t *testing.T) {
	const unreachable = "icmp 10.0.0.2 > 10.0.0.1 type 3 code 3"
	about := func(r *rig, reply uint8) {
		m := r.metas[0]
		r.force.set = func(e *buffer.Meta) {
			e.Flow, e.Track = m.Flow, buffer.TrackRelated
			e.Flags |= buffer.FlagSessions | buffer.FlagHasFlow | reply
		}
	}
	t.Run("kept", func(t *testing.T) {
		r := forced(t)
		r.cli("classify add rule a proto udp dport 53 keep-state pass", "classify default a drop", "classify default b drop")
		r.passes("a", "b", query, 0)
		r.line("a", query)
		about(r, buffer.FlagReply)
		r.passes("b", "a", unreachable, 0)
		r.cli("classify add rule b src 9.9.9.9 drop") // a new generation: the session is looked at, not the error
		r.passes("b", "a", unreachable, 0)
		about(r, 0)
		r.passes("a", "b", "icmp 10.0.0.1 > 10.0.0.2 type 3 code 3", 0)
		r.cli("classify del rule 0")
		r.drops("a", "icmp 10.0.0.1 > 10.0.0.2 type 3 code 3", -1)
	})
	t.Run("stateless", func(t *testing.T) {
		r := forced(t)
		r.cli("classify add rule a proto udp dport 53 pass", "classify default a drop", "classify add rule b state related pass", "classify default b drop")
		for range 3 {
			r.passes("a", "b", query, 0)
		}
		about(r, buffer.FlagReply)
		r.passes("b", "a", unreachable, 1)
		about(r, 0)
		r.drops("a", "icmp 10.0.0.1 > 10.0.0.2 type 3 code 3", -1)
	})
	t.Run("rule for errors", func(t *testing.T) {
		r := forced(t)
		r.cli("classify add rule a proto udp dport 53 pass", "classify add rule b proto icmp keep-state pass", "classify default b drop")
		r.passes("a", "b", query, 0)
		r.line("a", query)
		about(r, buffer.FlagReply)
		r.passes("b", "a", unreachable, 1)
		r.force.set = func(*buffer.Meta) {}
		r.drops("b", answer, -1)
	})
}

// TestNeighbourDiscoveryPasses: at a default that drops, and nothing else of ICMPv6 does; a rule drops it.
func TestNeighbourDiscoveryPasses(t *testing.T) {
	r := forced(t)
	r.cli("classify default a drop", "classify add rule b out state established pass", "classify default b drop")
	for _, c := range []struct{ kind, out, reason string }{
		{"132", "", "default"}, {"133", "b", "default: neighbour discovery"}, {"135", "b", "default: neighbour discovery"},
		{"136", "b", "default: neighbour discovery"}, {"137", "", "default"}, {"143", "", "default"}, {"128", "", "default"},
	} {
		r.as(buffer.TrackUntracked)
		if o := r.line("a", "icmpv6 fe80::1 > fe80::2 ttl 255 type "+c.kind); o.out != c.out || o.reason != c.reason || o.rule != -1 {
			t.Errorf("type %s: %+v, want %+v", c.kind, o, c)
		}
	}
	if o := r.line("a", "icmp 10.0.0.1 > 10.0.0.2 type 135"); o.out != "" {
		t.Errorf("type 135 of ICMP is none: %+v", o)
	}
	r.drops("a", "icmpv6 fd00::1 > fd00::2 type 135 ttl 254", -1) // from beyond the link
	r.as(buffer.TrackInvalid)
	r.drops("a", "icmpv6 fe80::1 > fe80::2 type 135 ttl 255", -1)
	list := r.cls.Report(nil)
	if a, b := list[0], list[1]; a.In.Packets != 7 || a.NeighboursIn.Packets != 3 || b.NeighboursOut.Packets != 3 || b.Out.Packets != 0 {
		t.Errorf("a %+v\nb %+v", a, b)
	}
	r.as(buffer.TrackUntracked)
	r.cli("classify add rule a proto icmpv6 icmp 134 state untracked drop")
	r.drops("a", "icmpv6 fe80::1 > fe80::2 type 134 ttl 255", 1)
	r.passes("a", "b", "icmpv6 fe80::1 > fe80::2 type 133 ttl 255", -1)
}

// TestWhatTheTrackerSays: the classes as they come from the tracker, at a point that lets sessions out and their answers in.
func TestWhatTheTrackerSays(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a proto udp keep-state pass", "classify add rule a state invalid proto udp drop", "classify default a drop",
		"classify add rule b state invalid drop", "classify add rule b state untracked proto icmpv6 icmp 143 pass", "classify default b drop")
	const about = "icmp 10.0.0.9 > %s type 3 code 1 quote { udp %s > %s }"
	r.drops("b", fmt.Sprintf(about, "10.0.0.1", "10.0.0.1:1000", "10.0.0.2:53"), 2) // about no session
	r.drops("a", query+" badl4sum", 1)
	r.passes("a", "b", query, 0)
	r.passes("b", "a", fmt.Sprintf(about, "10.0.0.1", "10.0.0.1:1000", "10.0.0.2:53"), 0)
	r.drops("b", fmt.Sprintf(about, "10.0.0.7", "10.0.0.1:1000", "10.0.0.2:53"), 2) // not to who sent what it quotes
	r.passes("b", "a", answer, 0)
	r.passes("a", "b", fmt.Sprintf(about, "10.0.0.2", "10.0.0.2:53", "10.0.0.1:1000"), 0)
	r.drops("b", answer+" badl4sum", 2)
	r.cli("classify add rule b src 9.9.9.9 drop") // a new generation
	r.passes("b", "a", fmt.Sprintf(about, "10.0.0.1", "10.0.0.1:1000", "10.0.0.2:53"), 0)
	r.passes("b", "a", "icmpv6 fe80::1 > ff02::16 type 143", 3)
	r.passes("b", "a", "icmpv6 fe80::1 > fe80::2 type 135 ttl 255", -1)
	r.drops("b", "icmpv6 fe80::1 > fe80::2 type 130", -1)
	r.drops("b", "icmpv6 fe80::1 > fe80::2 type 137", 2)
}
