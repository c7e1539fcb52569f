package flowtrack_test

import (
	"testing"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// set changes a setting.
func (s *story) set(change func(*flowtrack.Settings)) {
	settings := s.trk.Settings()
	change(&settings)
	s.trk.Set(settings)
}

const wrongState = "invalid, TCP: such a segment cannot come in this state"

// TestTCPHalfOpen: what can and cannot come between a SYN and its answer; nothing there makes the session live longer.
func TestTCPHalfOpen(t *testing.T) {
	newStory(t, 100).tell(`
		ab [S] seq 100               | 0 orig new SYN_SENT tcp_syn_sent 120s
		wait 20s
		# again, and with another number
		ab [S] seq 100               | 0 orig new SYN_SENT tcp_syn_sent 100s
		ab [S] seq 5000              | 0 orig new SYN_SENT tcp_syn_sent 100s
		ab [A] seq 101               | ` + wrongState + `
		ab [FA] seq 101              | ` + wrongState + `
		ab [SA] seq 101              | ` + wrongState + `
		ba [FA] seq 300 ack 5001     | ` + wrongState + `
		# a half-open connection there: it passes
		ba [A] seq 300 ack 77        | 0 reply established SYN_SENT tcp_syn_sent 100s
		ba [SA] seq 300 ack 5001     | 0 reply established SYN_RECV tcp_syn_recv 60s
		wait 10s
		ba [SA] seq 300 ack 5001     | 0 reply established SYN_RECV tcp_syn_recv 50s
		ab [S] seq 5000              | 0 orig established SYN_RECV tcp_syn_recv 50s
		# the SYN+ACK to a SYN that was let pass begins anew
		ba [SA] seq 300 ack 5001     | 0 reply established SYN_RECV tcp_syn_recv 60s
		wait 10s
		ba [S] seq 300               | ` + wrongState + `
		ab [SA] seq 5001 ack 301     | 0 orig established SYN_RECV tcp_syn_recv 60s
		ba [A] seq 301 ack 5001      | 0 reply established SYN_RECV tcp_syn_recv 60s
		ab [A] seq 5001 ack 301      | 0 orig established ESTABLISHED tcp_established 432000s assured
	`)
	newStory(t, 100).tell(`
		ab [S] seq 100               | 0 orig new SYN_SENT tcp_syn_sent 120s
		ba [SA] seq 300 ack 101      | 0 reply established SYN_RECV tcp_syn_recv 60s
		# a FIN at once
		ba [FA] seq 301 ack 101      | 0 reply established FIN_WAIT tcp_fin_wait 120s
	`)
}

// TestTCPRepeated: a segment that comes four times, in a state with a longer timeout, sets tcp_max_retrans.
func TestTCPRepeated(t *testing.T) {
	newStory(t, 100).tell(established + `
		cli flowtrack timeout tcp_max_retrans 200
		ba [PA] seq 301 ack 101 len 10   | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		ba [PA] seq 301 ack 101 len 10   | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		ba [PA] seq 301 ack 101 len 10   | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		ba [PA] seq 301 ack 101 len 10   | 0 reply established ESTABLISHED tcp_max_retrans 200s assured
		ba [PA] seq 301 ack 101 len 10   | 0 reply established ESTABLISHED tcp_max_retrans 200s assured
		ab [A] seq 101 ack 311           | 0 orig established ESTABLISHED tcp_established 432000s assured
		# acknowledgements count, too, but not where the state's own timeout is shorter
		ba [FA] seq 311 ack 101          | 0 reply established FIN_WAIT tcp_fin_wait 120s assured
		ab [A] seq 101 ack 312           | 0 orig established CLOSE_WAIT tcp_close_wait 60s assured
		ab [A] seq 101 ack 312
		ab [A] seq 101 ack 312
		ab [A] seq 101 ack 312           | 0 orig established CLOSE_WAIT tcp_close_wait 60s assured
	`)
	s := newStory(t, 100)
	s.set(func(x *flowtrack.Settings) { x.TCPMaxRetrans = 1 })
	s.tell(established + `
		ab [A] seq 101 ack 301           | 0 orig established ESTABLISHED tcp_max_retrans 300s assured
		ba [A] seq 301 ack 101           | 0 reply established ESTABLISHED tcp_established 432000s assured
	`)
}

// TestTCPZeroWindow: a window that is shut sets tcp_max_retrans, until it opens; probes are in the window.
func TestTCPZeroWindow(t *testing.T) {
	newStory(t, 100).tell(established + `
		ab [A] seq 101 ack 301 win 0          | 0 orig established ESTABLISHED tcp_max_retrans 300s assured
		ba [A] seq 301 ack 101 win 0 len 1    | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		ab [A] seq 101 ack 302 win 0          | 0 orig established ESTABLISHED tcp_max_retrans 300s assured
		ab [A] seq 101 ack 302 win 1000       | 0 orig established ESTABLISHED tcp_established 432000s assured
	`)
}

func TestTCPKeepalive(t *testing.T) {
	newStory(t, 100).tell(established + `
		wait 1h
		ab [A] seq 100 ack 301                | 0 orig established ESTABLISHED tcp_established 432000s assured
		ba [A] seq 301 ack 101                | 0 reply established ESTABLISHED tcp_established 432000s assured
		ab [A] seq 100 ack 301 len 1          | 0 orig established ESTABLISHED tcp_established 432000s assured
	`)
	newStory(t, 100).tell(`
		# of a connection that is picked up: the answer is one ahead
		ab [A] seq 1000 ack 0                 | 0 orig new ESTABLISHED tcp_unacknowledged 300s
		ba [A] seq 0 ack 1001                 | 0 reply established ESTABLISHED tcp_unacknowledged 300s
		ab [A] seq 1000 ack 0                 | 0 orig established ESTABLISHED tcp_established 432000s assured
	`)
	newStory(t, 100).tell(`
		ab [A] seq 1000 ack 5000              | 0 orig new ESTABLISHED tcp_max_retrans 300s
		# it is in the window then, which is known from now on
		ba [A] seq 5000 ack 1001              | 0 reply established ESTABLISHED tcp_unacknowledged 300s
	`)
}

// TestTCPPickup: a connection whose beginning was not seen lives for 300 s until it is answered.
func TestTCPPickup(t *testing.T) {
	s := newStory(t, 100)
	s.tell(`
		# no window is known yet, which counts as one that is shut
		ab [PA] seq 1000 ack 5000 len 10   | 0 orig new ESTABLISHED tcp_max_retrans 300s
		wait 10s
		ab [PA] seq 1010 ack 5000 len 10   | 0 orig new ESTABLISHED tcp_max_retrans 300s
		ba [A] seq 5000 ack 1020           | 0 reply established ESTABLISHED tcp_max_retrans 300s
		ab [A] seq 1020 ack 5000           | 0 orig established ESTABLISHED tcp_unacknowledged 300s assured
		ba [A] seq 5000 ack 1020           | 0 reply established ESTABLISHED tcp_established 432000s assured
		# windows do not count
		ba [A] seq 900000 ack 800000       | 0 reply established ESTABLISHED tcp_established 432000s assured
		ab [FA] seq 1020 ack 5000          | 0 orig established FIN_WAIT tcp_fin_wait 120s assured
	`)
	s = newStory(t, 100)
	s.set(func(x *flowtrack.Settings) { x.TCPLoose = false })
	s.tell(`
		ab [A] seq 1000                    | invalid, TCP: a connection picked up in mid-stream (tcp_loose 0)
		sessions 0
	` + established)
}

// TestTCPReopen: the ports of a connection that has ended, in TIME_WAIT, begin another one, from both sides.
func TestTCPReopen(t *testing.T) {
	const timeWait = established + `
		ab [FA] seq 101 ack 301
		ba [FA] seq 301 ack 102
		ab [A] seq 102 ack 302        | 0 orig established TIME_WAIT tcp_time_wait 120s assured
		wait 1s
	`
	newStory(t, 100).tell(timeWait + `
		ab [S] seq 7                  | 1 orig new SYN_SENT tcp_syn_sent 120s
		sessions 1
		ba [SA] seq 9 ack 8           | 1 reply established SYN_RECV tcp_syn_recv 60s
	`)
	newStory(t, 100).tell(timeWait + `
		ba [S] seq 7                  | 1 orig new SYN_SENT tcp_syn_sent 120s
		ab [SA] seq 9 ack 8           | 1 reply established SYN_RECV tcp_syn_recv 60s
		sessions 1
	`)
}

// TestTCPReopenReset: after a reset, its sender may begin anew; of the other side a SYN passes, and its answer tells.
func TestTCPReopenReset(t *testing.T) {
	newStory(t, 100).tell(established + `
		ab [R] seq 101                | 0 orig established CLOSE tcp_close 10s assured
		ba [S] seq 7                  | ` + wrongState + `
		ba [FA] seq 301 ack 101       | 0 reply established CLOSE tcp_close 10s assured
		ab [R] seq 101                | 0 orig established CLOSE tcp_close 10s assured
		ab [S] seq 7                  | 1 orig new SYN_SENT tcp_syn_sent 120s
	`)
	newStory(t, 100).tell(established + `
		ba [R] seq 301                | 0 reply established CLOSE tcp_close 10s assured
		wait 1s
		ab [S] seq 7                  | 0 orig established CLOSE tcp_close 9s assured
		ba [SA] seq 9 ack 99          | 0 reply established CLOSE tcp_close 9s assured
		ab [S] seq 7                  | 0 orig established CLOSE tcp_close 9s assured
		ba [SA] seq 9 ack 8           | 0 reply established SYN_RECV tcp_syn_recv 60s assured
		ab [A] seq 8 ack 10           | 0 orig established ESTABLISHED tcp_established 432000s assured
	`)
	newStory(t, 100).tell(established + `
		# closed first, and then reset by the other side: that is the end of it
		ab [FA] seq 101 ack 301       | 0 orig established FIN_WAIT tcp_fin_wait 120s assured
		ba [R] seq 99999999           | 0 reply established CLOSE tcp_close 10s assured
		ab [S] seq 7                  | 1 orig new SYN_SENT tcp_syn_sent 120s
	`)
}

// TestTCPIgnoredSyn: a SYN inside a connection passes; its SYN+ACK begins anew, with what both have offered, its challenge
// does not.
func TestTCPIgnoredSyn(t *testing.T) {
	newStory(t, 100).tell(established + `
		wait 1h
		ab [S] seq 900000 wscale 3            | 0 orig established ESTABLISHED tcp_established 428400s assured
		ba [SA] seq 700000 ack 17 wscale 3    | 0 reply established ESTABLISHED tcp_established 428400s assured
		ab [S] seq 900000 win 1000 wscale 3    | 0 orig established ESTABLISHED tcp_established 428400s assured
		ba [SA] seq 700000 ack 900001 wscale 3 | 0 reply established SYN_RECV tcp_syn_recv 60s assured
		ab [A] seq 900001 ack 700001 win 100   | 0 orig established ESTABLISHED tcp_established 432000s assured
		# its window is 800
		ba [PA] seq 700801 ack 900001 len 10   | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		ba [A] seq 699801 ack 900001           | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		wait 1s
		# it has offered 1000 with its SYN, and ten bytes more went beyond
		ba [A] seq 699800 ack 900001           | 0 reply established ESTABLISHED tcp_unacknowledged 299s assured
	`)
	newStory(t, 100).tell(established + `
		ab [FA] seq 101 ack 301       | 0 orig established FIN_WAIT tcp_fin_wait 120s assured
		ba [FA] seq 301 ack 101       | 0 reply established LAST_ACK tcp_last_ack 30s assured
		wait 10s
		ab [S] seq 5000               | 0 orig established LAST_ACK tcp_last_ack 20s assured
		ba [A] seq 302 ack 102        | 0 reply established LAST_ACK tcp_last_ack 20s assured
		ba [A] seq 302 ack 102        | 0 reply established TIME_WAIT tcp_time_wait 120s assured
	`)
	newStory(t, 100).tell(established + `
		ba [S] seq 5000               | ` + wrongState + `
		ab [SA] seq 101 ack 301       | ` + wrongState + `
	`)
}
