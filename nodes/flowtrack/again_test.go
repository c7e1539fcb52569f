package flowtrack_test

import (
	"strconv"
	"strings"
	"testing"
)

// TestAgain: packets of sessions that do not yet exist, several of one in a vector. The first begins it, the later ones find
// it, in their order, behind all that are not concerned.
func TestAgain(t *testing.T) {
	s := newStory(t, 1000)
	got := s.vector(
		"udp 10.0.0.1:1 > 10.0.0.2:53", "udp 10.0.0.1:1 > 10.0.0.2:53 len 1", "udp 10.0.0.1:2 > 10.0.0.2:53", "udp 10.0.0.1:1 > 10.0.0.2:53 len 2",
		"udp [::1]:1 > [::2]:53", "udp [::1]:1 > [::2]:53", "icmp 10.0.0.1 > 10.0.0.2", "icmp 10.0.0.1 > 10.0.0.2", "udp 10.0.0.1:2 > 10.0.0.2:53",
	)
	if len(got) != 9 {
		t.Fatalf("%d packets have left: %v", len(got), got)
	}
	packets := map[int]uint64{}
	for i, a := range got {
		if a.class != "new" || a.reply || a.flow < 0 {
			t.Errorf("packet %d: %v", i, a)
		}
		packets[a.flow]++
		if now := a.session.Packets[0]; now < packets[a.flow] {
			t.Errorf("packet %d: the session has %d, want %d at least", i, now, packets[a.flow])
		}
	}
	sum := s.trk.Summarize()
	if sum.Created != 4 || sum.Sessions != 4 {
		t.Errorf("%+v", sum)
	}
	want := map[int]uint64{0: 3, 1: 2, 2: 2, 3: 2}
	s.tell("sessions 4")
	for n, k := range want {
		if packets[n] != k {
			t.Errorf("session %d: %d packets, want %d", n, packets[n], k)
		}
	}
}

// TestAgainTCP: the first packet's successors are judged by the state that it has begun.
func TestAgainTCP(t *testing.T) {
	s := newStory(t, 1000)
	var text []string
	for _, a := range s.vector("ab [S] seq 100", "ab [S] seq 100", "ab [A] seq 101 ack 1", "ab [R] seq 101", "ab [S] seq 100", "ab [A] seq 101 ack 1") {
		text = append(text, a.String())
	}
	want := []string{
		"0 orig new SYN_SENT tcp_syn_sent 120s", "0 orig new gone", // seen as they leave: the reset has ended what the others were of
		wrongState, "0 orig new gone", "1 orig new SYN_SENT tcp_syn_sent 120s",
		"new", // it waits for no second beginning: rules have seen it as one, and it moves nothing
	}
	if got := strings.Join(text, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s", got)
	}
	if sum := s.trk.Summarize(); sum.Created != 2 || sum.Sessions != 1 {
		t.Errorf("%+v", sum)
	}
}

// TestAgainDropped: where a rule drops the first packet there is no session, and the others come to their end all the same,
// looked at twice at most.
func TestAgainDropped(t *testing.T) {
	s := newStory(t, 1000)
	s.cli("classify default a drop")
	var lines []string
	for range 200 {
		lines = append(lines, "udp 10.0.0.1:1 > 10.0.0.2:53")
	}
	if got := s.vector(lines...); len(got) != 0 {
		t.Errorf("%d packets have left", len(got))
	}
	s.tell("sessions 0")
	if n := s.calls("flow-lookup"); n[0] == 0 || n[0] > 2 || n[1] > 2*200 {
		t.Errorf("flow-lookup: %d vectors of %d packets in all", n[0], n[1])
	}
	if n := s.calls("pkt-classify"); n[1] != 200 {
		t.Errorf("pkt-classify: %d vectors of %d packets in all", n[0], n[1])
	}
	// A rule that the later packets alone match: they begin the session that the first one was not allowed to, and follow it.
	s.cli("classify add rule a proto tcp tcp-flags A/A pass")
	got := s.vector("ab [S] seq 100", "ab [A] seq 101", "ab [A] seq 101", "ab [R] seq 5000000")
	if len(got) != 2 || got[0].flow != 0 || got[1].flow != 0 || s.only().Packets != [2]uint64{2, 0} {
		t.Errorf("%v", got)
	}
}

// calls is how often a node was called, and for how many packets.
func (s *story) calls(node string) (n [2]uint64) {
	s.t.Helper()
	for l := range strings.SplitSeq(s.cli("show runtime"), "\n") {
		if f := strings.Fields(l); len(f) > 3 && f[0] == node {
			for i := range n {
				v, err := strconv.ParseUint(f[i+2], 10, 64) // behind the node's state
				if err != nil {
					s.t.Fatalf("%s: %v", l, err)
				}
				n[i] += v
			}
		}
	}
	return n
}

// TestNoAgainForOthers: in a vector full of beginnings none waits for another session's, and all leave in the order in which they came.
func TestNoAgainForOthers(t *testing.T) {
	s := newStory(t, 1000)
	for round := range 20 {
		var lines []string
		for i := range 200 {
			lines = append(lines, "udp 10.0.0.1:"+strconv.Itoa(1+i)+" > 10.0.1."+strconv.Itoa(1+round)+":53")
		}
		if got := s.vector(lines...); len(got) != len(lines) {
			t.Fatalf("%d packets have left", len(got))
		}
	}
	for _, n := range s.dp.Runtime()[0].Nodes {
		if n.Name == "flow-again" && n.Vectors > 0 {
			t.Errorf("%d of 4000 packets have waited for others", n.Vectors)
		}
	}
}
