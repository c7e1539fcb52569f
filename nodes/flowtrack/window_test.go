package flowtrack_test

import (
	"testing"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// TestWindowBounds: each of the four bounds, the last number inside and the first outside. After established, a may be sent
// numbers up to 65836, and knows b's up to 301.
func TestWindowBounds(t *testing.T) {
	const renewed, passed = " established ESTABLISHED tcp_established 432000s assured", " established ESTABLISHED tcp_established 428400s assured"
	for _, c := range []struct{ name, line, want string }{
		{"I, inside", "ba [PA] seq 65836 ack 101 len 10", "0 reply established ESTABLISHED tcp_unacknowledged 300s assured"},
		{"I, another window at most", "ba [PA] seq 65837 ack 101 len 10", "0 reply" + passed},
		{"I, the last of that", "ba [PA] seq 131370 ack 101", "0 reply" + passed},
		{"I, outside", "ba [PA] seq 131371 ack 101", "invalid, TCP: beyond the receiver's window"},
		{"I, and acknowledges too much", "ba [PA] seq 65837 ack 102 len 10", "invalid, TCP: beyond the receiver's window"},
		{"II, inside", "ba [PA] seq 4294902052 ack 101 len 10", "0 reply" + renewed},
		{"II, outside", "ba [PA] seq 4294902051 ack 101 len 10", "0 reply" + passed},
		{"III, inside", "ab [A] seq 101 ack 301 win 999", "0 orig" + renewed},
		{"III, outside", "ab [A] seq 101 ack 302", "invalid, TCP: acknowledges what was not sent"},
		{"IV, inside", "ab [A] seq 101 ack 4294901597", "0 orig" + renewed},
		{"IV, outside", "ab [A] seq 101 ack 4294901596", "0 orig" + passed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory(t, 100)
			s.tell(established + "wait 1h\n" + c.line + " | " + c.want)
			if got := s.only().Packets; got[0]+got[1] != 4 && c.want[0] == '0' || got[0]+got[1] != 3 && c.want[0] == 'i' {
				t.Errorf("packets %d", got)
			}
		})
	}
}

// TestWindowOvershoot: what was sent beyond the window may be acknowledged.
func TestWindowOvershoot(t *testing.T) {
	newStory(t, 100).tell(established + `
		ab [A] seq 101 ack 65847            | invalid, TCP: acknowledges what was not sent
		ba [PA] seq 65837 ack 101 len 10    | 0 reply established ESTABLISHED tcp_established 432000s assured
		ab [A] seq 101 ack 65847            | 0 orig established ESTABLISHED tcp_established 432000s assured
		ba [PA] seq 65847 ack 101 len 10    | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
	`)
}

// TestWindowMoves: with acknowledgements the bounds go on, and a retransmission of what was acknowledged a window ago passes.
func TestWindowMoves(t *testing.T) {
	s := newStory(t, 100)
	s.tell(`
		ab [S] seq 100 win 1000
		ba [SA] seq 300 ack 101 win 1000
		ab [A] seq 101 ack 301 win 1000
	`)
	for seq := 301; seq < 301+3*900; seq += 900 {
		s.tell(line("ba [A] seq %d ack 101 len 900 win 1000 | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured", seq))
		s.tell(line("ab [A] seq 101 ack %d win 1000 | 0 orig established ESTABLISHED tcp_established 432000s assured", seq+900))
	}
	s.tell(`
		wait 1h
		ba [A] seq 301 ack 101 len 900 win 1000      | 0 reply established ESTABLISHED tcp_established 428400s assured
		ba [A] seq 2101 ack 101 len 900 win 1000     | 0 reply established ESTABLISHED tcp_established 432000s assured
		ab [A] seq 101 ack 301 win 1000              | 0 orig established ESTABLISHED tcp_established 432000s assured
		ba [A] seq 4002 ack 101 len 900 win 1000     | 0 reply established ESTABLISHED tcp_established 432000s assured
		ba [A] seq 4001 ack 101 len 900 win 1000     | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		ba [A] seq 5002 ack 101 len 900 win 1000     | invalid, TCP: beyond the receiver's window
	`)
}

// TestWindowScale: both sides must scale; a SYN's own window is not scaled, and 14 is the most.
func TestWindowScale(t *testing.T) {
	const began = "ab [S] seq 100 %s\nba [SA] seq 300 ack 101 %s\nab [A] seq 101 ack 301 win 1000\nwait 1h\n"
	const inside, passed = " | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured\n", " | 0 reply established ESTABLISHED tcp_established 428400s assured\n"
	for _, c := range []struct {
		name, a, b string
		edge       int
	}{
		{"neither", "", "", 301 + 1000},
		{"a", "wscale 7", "", 301 + 1000},
		{"b", "", "wscale 7", 301 + 1000},
		{"both", "wscale 7", "wscale 2", 301 + 1000<<7},
		{"both, as stacks do", "mss 1460 sackok ts 1:0 nop wscale 7", "mss 1460 nop nop sackok nop wscale 2", 301 + 1000<<7},
		{"too much", "wscale 15", "wscale 0", 301 + 1000<<14},
		{"behind the end", "tcpopt 00030307", "wscale 7", 301 + 1000},
		{"malformed", "tcpopt 0309030307", "wscale 7", 301 + 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			newStory(t, 100).tell(line(began, c.a, c.b) + line("ba [A] seq %d ack 101 len 10", c.edge) + inside)
			newStory(t, 100).tell(line(began, c.a, c.b) + line("ba [A] seq %d ack 101 len 10", c.edge+1) + passed)
		})
	}
}

// TestWindowScaleAgain: a SYN that comes again, with another number, says anew what its sender can do.
func TestWindowScaleAgain(t *testing.T) {
	newStory(t, 100).tell(`
		ab [S] seq 100 wscale 7
		ab [S] seq 5000 wscale 7
		ba [SA] seq 300 ack 5001 wscale 2
		ab [A] seq 5001 ack 301 win 1000
		ba [A] seq 128301 ack 5001 len 10   | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
	`)
}

// TestWindowSACK: selective acknowledgements move the window if their sender has offered them in its SYN.
func TestWindowSACK(t *testing.T) {
	const lost = `
		ba [A] seq 301 ack 101 len 100
		ba [A] seq 401 ack 101 len 100
		ab [A] seq 101 ack 301 sack 401-502      | invalid, TCP: acknowledges what was not sent
		ab [A] seq 101 ack 301 nop nop sack 401-501  | 0 orig established ESTABLISHED tcp_unacknowledged 300s assured
	`
	began := func(a, b string) string {
		return line("ab [S] seq 100 %s\nba [SA] seq 300 ack 101 %s\nab [A] seq 101 ack 301\n", a, b)
	}
	newStory(t, 100).tell(began("sackok", "sackok") + lost + `
		ba [A] seq 66036 ack 101 len 10   | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		ab [A] seq 101 ack 66046          | 0 orig established ESTABLISHED tcp_established 432000s assured
	`)
	// What b has sent is judged by what b has offered: without, a's blocks are not read.
	newStory(t, 100).tell(began("sackok", "") + `
		ba [A] seq 301 ack 101 len 100
		ab [A] seq 101 ack 301 sack 401-9999       | 0 orig established ESTABLISHED tcp_unacknowledged 300s assured
	`)
	newStory(t, 100).tell(began("", "sackok") + lost)
}

// TestWindowLiberal: with be_liberal everything passes, but resets that are too low, and moves nothing.
func TestWindowLiberal(t *testing.T) {
	s := newStory(t, 100)
	s.set(func(x *flowtrack.Settings) { x.TCPLiberal = true })
	s.tell(established + `
		wait 1h
		ba [PA] seq 200000 ack 101 len 10   | 0 reply established ESTABLISHED tcp_established 432000s assured
		ab [A] seq 101 ack 999              | 0 orig established ESTABLISHED tcp_established 432000s assured
		wait 1h
		ba [A] seq 4294900000 ack 101       | 0 reply established ESTABLISHED tcp_established 432000s assured
		ba [R] seq 299                      | ` + wrongReset + `
	`)
}
