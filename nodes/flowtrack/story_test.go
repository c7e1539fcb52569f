package flowtrack_test

import (
	"testing"
	"time"
)

const (
	ms     = time.Millisecond
	newS   = "NEW"
	est    = "ESTABLISHED"
	closed = "CLOSED"
)

// established is the beginning of a story: session 0 is an assured connection, a's next number is 101, b's 301.
const established = `
	ab [S] seq 100                    | 0 orig new SYN_SENT tcp_syn_sent 120s
	ba [SA] seq 300 ack 101           | 0 reply established SYN_RECV tcp_syn_recv 60s
	ab [A] seq 101 ack 301            | 0 orig established ESTABLISHED tcp_established 432000s assured
`

func TestHandshakeAndClose(t *testing.T) {
	s := newStory(t, 100)
	s.tell(established + `
		wait 9ms
		ba [PA] seq 301 ack 101 len 100   | 0 reply established ESTABLISHED tcp_unacknowledged 300s assured
		ab [A] seq 101 ack 401            | 0 orig established ESTABLISHED tcp_established 432000s assured
		ab [FA] seq 101 ack 401           | 0 orig established FIN_WAIT tcp_fin_wait 120s assured
		ba [A] seq 401 ack 102            | 0 reply established CLOSE_WAIT tcp_close_wait 60s assured
		ba [PA] seq 401 ack 102 len 9     | 0 reply established CLOSE_WAIT tcp_close_wait 60s assured
		ba [FA] seq 410 ack 102           | 0 reply established LAST_ACK tcp_last_ack 30s assured
		ab [A] seq 102 ack 411            | 0 orig established TIME_WAIT tcp_time_wait 120s assured
		ab [FA] seq 101 ack 411           | 0 orig established TIME_WAIT tcp_time_wait 120s assured
	`)
	x := s.only()
	if x.Packets != [2]uint64{6, 5} || x.Bytes != [2]uint64{6 * 54, 5*54 + 109} || x.Interface != "a" || x.SrcPort != 1000 || x.AgeSeconds != 0.009 {
		t.Errorf("%+v", x)
	}
}

// TestCoarse: the coarse state that goes with each of TCP's, in the packet and in the list.
func TestCoarse(t *testing.T) {
	s, coarse := newStory(t, 100), map[string]string{}
	for _, l := range []string{
		"ab [S]", "ba [SA] ack 1", "ab [A] seq 1 ack 1", "ab [FA] seq 1 ack 1", "ba [A] seq 1 ack 2", "ba [FA] seq 1 ack 2", "ab [A] seq 2 ack 2", "ab [R] seq 2",
		"tcp 10.0.0.1:1 > 10.0.0.2:80 [S]", "tcp 10.0.0.2:80 > 10.0.0.1:1 [S]",
	} {
		a := s.sees(l)
		if a.state != a.session.State {
			t.Errorf("%s: packet %s, session %s", l, a.state, a.session.State)
		}
		coarse[a.session.Detail] = a.state
	}
	for detail, want := range map[string]string{
		"SYN_SENT": newS, "SYN_SENT2": newS, "SYN_RECV": newS, "ESTABLISHED": est, "FIN_WAIT": "FIN_WAIT", "CLOSE_WAIT": "FIN_WAIT",
		"LAST_ACK": "FIN_WAIT", "TIME_WAIT": closed, "CLOSE": closed,
	} {
		if coarse[detail] != want {
			t.Errorf("%s is %q, want %s", detail, coarse[detail], want)
		}
	}
}

func TestSimultaneousClose(t *testing.T) {
	newStory(t, 100).tell(established + `
		ab [FA] seq 101 ack 301           | 0 orig established FIN_WAIT tcp_fin_wait 120s assured
		ba [FA] seq 301 ack 101           | 0 reply established LAST_ACK tcp_last_ack 30s assured
		wait 1s
		ba [FA] seq 301 ack 101           | 0 reply established LAST_ACK tcp_last_ack 30s assured
		ba [A] seq 302 ack 102            | 0 reply established TIME_WAIT tcp_time_wait 120s assured
		ab [A] seq 102 ack 302            | 0 orig established TIME_WAIT tcp_time_wait 120s assured
	`)
}

func TestSimultaneousOpen(t *testing.T) {
	newStory(t, 100).tell(`
		ab [S] seq 100                    | 0 orig new SYN_SENT tcp_syn_sent 120s
		ba [S] seq 300                    | 0 reply established SYN_SENT2 tcp_syn_sent 120s
		wait 1s
		ba [A] seq 301 ack 101            | 0 reply established SYN_SENT2 tcp_syn_sent 119s
		ab [A] seq 101 ack 301            | ` + wrongState + `
		ab [S] seq 100                    | 0 orig established SYN_SENT2 tcp_syn_sent2 120s
		ab [SA] seq 100 ack 301           | 0 orig established SYN_RECV tcp_syn_recv 60s
		ba [SA] seq 300 ack 101           | 0 reply established SYN_RECV tcp_syn_recv 60s
		ba [A] seq 301 ack 101            | 0 reply established ESTABLISHED tcp_established 432000s assured
		ab [A] seq 101 ack 301            | 0 orig established ESTABLISHED tcp_established 432000s assured
	`)
}

// TestFirst: what can begin a connection, and what cannot.
func TestFirst(t *testing.T) {
	const no = "invalid, TCP: such a segment begins no connection"
	newStory(t, 100).tell(`
		ba [SA]         | ` + no + `
		ba [FA]         | ` + no + `
		ba [R]          | ` + no + `
		ba [RA]         | ` + no + `
		ba [S]          | 0 orig new SYN_SENT tcp_syn_sent 120s
		tcp 10.0.0.1:1 > 10.0.0.2:80 [SE]   | 1 orig new SYN_SENT tcp_syn_sent 120s
		tcp 10.0.0.1:2 > 10.0.0.2:80 [SU]   | 2 orig new SYN_SENT tcp_syn_sent 120s
		tcp 10.0.0.1:3 > 10.0.0.2:80 [PAU]  | 3 orig new ESTABLISHED tcp_unacknowledged 300s
		tcp [::1]:3 > [::2]:80 [S]          | 4 orig new SYN_SENT tcp_syn_sent 120s
		tcp [::2]:80 > [::1]:3 [SA] ack 1   | 4 reply established SYN_RECV tcp_syn_recv 60s
	`)
}

// TestTimeouts: a session lives one tick less than its timeout, and not for its timeout.
func TestTimeouts(t *testing.T) {
	udp, dns := "udp 10.0.0.1:5 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:5"
	for _, c := range []struct {
		name    string
		timeout time.Duration
		begin   string // of session 0
		probe   string // finds it, or begins another one
	}{
		{"tcp_syn_sent", 120 * time.Second, "ab [S]", "ab [S]"},
		{"tcp_established", 432000 * time.Second, established, "ab [A] seq 101 ack 301"},
		{"tcp_fin_wait", 120 * time.Second, established + "ba [FA] seq 301 ack 101", "ab [A] seq 101 ack 301"},
		{"tcp_close", 10 * time.Second, established + "ba [R] seq 301", "ab [A] seq 101 ack 301"},
		{"udp", 30 * time.Second, udp, udp},
		{"udp_stream", 120 * time.Second, udp + "\nwait 2001ms\n" + dns + "\n" + udp, udp},
		{"icmp", 30 * time.Second, "icmp 10.0.0.1 > 10.0.0.2 id 7", "icmp 10.0.0.1 > 10.0.0.2 id 7"},
		{"icmpv6", 30 * time.Second, "icmpv6 ::1 > ::2 id 7", "icmpv6 ::1 > ::2 id 7"},
		{"gre", 30 * time.Second, "gre 10.0.0.1 > 10.0.0.2", "gre 10.0.0.1 > 10.0.0.2"},
		{"generic", 600 * time.Second, "esp 10.0.0.1 > 10.0.0.2", "esp 10.0.0.1 > 10.0.0.2"},
		{"sctp_closed", 10 * time.Second, "sab id 0 chunk init,tag=9", "sab id 0 chunk init,tag=9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, timeout := range []time.Duration{c.timeout, 3*time.Second + ms} {
				for early, want := range map[time.Duration]int{ms: 0, 0: 1} {
					s := newStory(t, 100)
					s.now = 7*time.Second + 50*ms + 999*time.Microsecond
					s.tell(c.begin)
					if timeout != c.timeout {
						s.cli("flowtrack timeout " + c.name + " 3.001")
					}
					s.now += timeout - early // not swept: it is the lookup that sees it
					if a := s.sees(c.probe); a.flow != want {
						t.Errorf("%v short of %v: %v, want session %d", early, timeout, a, want)
					}
				}
			}
		})
	}
}

func TestSweep(t *testing.T) {
	s := newStory(t, 1000)
	for i := range 500 {
		s.sees(line("udp 10.0.0.1:%d > 10.0.0.2:53", i))
		s.sees(line("udp [::1]:%d > [::2]:53", i))
	}
	s.sees("ab [A]")
	s.wait(29 * time.Second)
	if n := s.trk.Summarize(); n.Sessions != 1001 || n.Expired != 0 || n.IPv6 != 500 {
		t.Errorf("%+v", n)
	}
	s.wait(3 * time.Second)
	if n := s.trk.Summarize(); n.Sessions != 1 || n.Expired != 1000 {
		t.Errorf("%+v", n)
	}
}
