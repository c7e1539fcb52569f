package flowtrack_test

import (
	"testing"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

const wrongReset = "invalid, TCP: reset below what was acknowledged"

// TestReset: of an assured connection, the reset with the number that its receiver has acknowledged last ends it, a higher one
// waits for a challenge, a lower one is invalid.
func TestReset(t *testing.T) {
	newStory(t, 100).tell(established + `
		ba [R] seq 300               | ` + wrongReset + `
		ba [R] seq 0                 | ` + wrongReset + `
		ba [R] seq 305               | 0 reply established ESTABLISHED tcp_close 10s assured
		ab [A] seq 101 ack 301       | 0 orig established ESTABLISHED tcp_unacknowledged 300s assured
		ba [R] seq 301               | 0 reply established CLOSE tcp_close 10s assured
	`)
	newStory(t, 100).tell(established + `
		# right behind the segment before it
		ba [PA] seq 301 ack 101 len 100
		ba [RA] seq 401 ack 101      | 0 reply established CLOSE tcp_close 10s assured
	`)
	newStory(t, 100).tell(established + `
		# where the other side has come to, is no reason
		ab [PA] seq 101 ack 301 len 204
		ba [R] seq 305               | 0 reply established ESTABLISHED tcp_close 10s assured
	`)
	newStory(t, 100).tell(established + `
		# some set ACK and leave the number out
		ba [RA] seq 301 ack 0        | 0 reply established CLOSE tcp_close 10s assured
	`)
	s := newStory(t, 100)
	s.set(func(x *flowtrack.Settings) { x.TCPIgnoreInvalidRST = true })
	s.tell(established + `
		ba [R] seq 300               | 0 reply established ESTABLISHED tcp_close 10s assured
	`)
}

// TestResetHalfOpen: before both sides have been heard in time, any number from what was acknowledged on will do.
func TestResetHalfOpen(t *testing.T) {
	newStory(t, 100).tell(`
		ab [S] seq 100
		ba [SA] seq 300 ack 101
		ab [R] seq 77                | ` + wrongReset + `
		ab [R] seq 105               | 0 orig established CLOSE tcp_close 10s
	`)
	newStory(t, 100).tell(`
		ab [S] seq 100
		ba [SA] seq 300 ack 101
		# to a SYN that was let pass before
		ab [R] seq 0                 | 0 orig established CLOSE tcp_close 10s
	`)
}

// TestResetUnreplied: a session whose only answer is a reset is over at once, as is one that its sender resets.
func TestResetUnreplied(t *testing.T) {
	for _, reset := range []string{"ba [RA] seq 0 ack 101 | 0 reply established gone", "ba [R] seq 0 | 0 reply established gone", "ab [R] seq 101 | 0 orig new gone"} {
		s := newStory(t, 100)
		s.tell("ab [S] seq 100\n" + reset + "\nsessions 0\nab [S] seq 7 | 1 orig new SYN_SENT tcp_syn_sent 120s")
		if n := s.trk.Summarize(); n.Created != 2 || n.Expired != 0 || n.Evicted != 0 {
			t.Errorf("%s: %+v", reset, n)
		}
	}
	newStory(t, 100).tell(`
		ab [S] seq 100
		ba [RA] seq 0 ack 101
		ba [RA] seq 0 ack 101        | invalid, TCP: such a segment begins no connection
	`)
}

// TestResetChallenged: resets that answer what was let pass.
func TestResetChallenged(t *testing.T) {
	newStory(t, 100).tell(`
		# a SYN, into a connection that its receiver believes to have
		ab [S] seq 100
		ba [A] seq 900 ack 50        | 0 reply established SYN_SENT tcp_syn_sent 120s
		ab [R] seq 50                | 0 orig established CLOSE tcp_close 10s
	`)
	newStory(t, 100).tell(`
		ab [S] seq 100
		ba [A] seq 900 ack 50
		# it acknowledges the end of the challenge
		ab [RA] seq 70000 ack 900    | 0 orig established CLOSE tcp_close 10s
	`)
	newStory(t, 100).tell(established + `
		ab [S] seq 500               | 0 orig established ESTABLISHED tcp_established 432000s assured
		ba [RA] seq 0 ack 501        | 0 reply established CLOSE tcp_close 10s assured
	`)
	newStory(t, 100).tell(`
		ab [S] seq 1000000           | 0 orig new SYN_SENT tcp_syn_sent 120s
		# far too old an acknowledgement: it passes, and the reset to it is not of the side that has sent the SYN
		ba [SA] seq 5000 ack 900000  | 0 reply established SYN_SENT tcp_syn_sent 120s
		ab [R] seq 900000            | 0 orig established SYN_SENT tcp_syn_sent 120s
		# but where the number is left out it is
		ab [R] seq 0                 | 0 orig established CLOSE tcp_close 10s
	`)
}

// TestResetClosing: on its way out, a connection takes any reset: the ports may have a new one already.
func TestResetClosing(t *testing.T) {
	const fin = established + "ab [FA] seq 101 ack 301\n"
	for _, before := range []string{fin, fin + "ba [A] seq 301 ack 102\n", fin + "ba [FA] seq 301 ack 102\n", fin + "ba [FA] seq 301 ack 102\nab [A] seq 102 ack 302\n"} {
		for _, reset := range []string{"ab [R] seq 99999999 | 0 orig", "ba [R] seq 5 | 0 reply"} {
			newStory(t, 100).tell(before + reset + " established CLOSE tcp_close 10s assured")
		}
	}
}

// TestShrink: a FIN or a reset in both directions, neither of which can be believed, and the connection does not wait for days.
func TestShrink(t *testing.T) {
	const above = "| invalid, TCP: beyond the receiver's window\n"
	for _, c := range []struct {
		name, text, timeout string
		left                float64
	}{
		{"fin fin", "ba [FA] seq 200000 ack 101" + above + "ab [FA] seq 200000 ack 301" + above, "tcp_unacknowledged", 300},
		{"fin rst", "ba [FA] seq 200000 ack 101" + above + "ab [R] seq 200000" + above, "tcp_unacknowledged", 300},
		{"rst fin", "ba [R] seq 200000" + above + "ab [FA] seq 200000 ack 301" + above, "tcp_unacknowledged", 300},
		{"one side", "ba [FA] seq 200000 ack 101" + above + "ba [R] seq 200000" + above, "tcp_established", 431990},
		{"no farewell", "ba [FA] seq 200000 ack 101" + above + "ab [A] seq 200000 ack 301" + above, "tcp_established", 431990},
		{"between", "ba [FA] seq 200000 ack 101" + above + "ab [A] seq 101 ack 301\nwait 10s\nab [FA] seq 200000 ack 301" + above, "tcp_established", 431990},
	} {
		s := newStory(t, 100)
		s.tell(established + "wait 10s\n" + c.text)
		if x := s.only(); x.Timeout != c.timeout || x.TimeoutLeft != c.left {
			t.Errorf("%s: %+v", c.name, x)
		}
	}
	s := newStory(t, 100)
	s.cli("flowtrack timeout tcp_established 310")
	s.cli("flowtrack timeout tcp_unacknowledged 60")
	s.tell("ab [S] seq 100\nba [SA] seq 300 ack 101\nab [A] seq 101 ack 301\nwait 191s\nba [R] seq 200000" + above + "ab [R] seq 200000" + above)
	if x := s.only(); x.Timeout != "tcp_established" || x.TimeoutLeft != 119 {
		t.Errorf("less than two minutes left: %+v", x)
	}
}
