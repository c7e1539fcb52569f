package flowtrack_test

import (
	"testing"
	"time"
)

const (
	ab     = "tcp 10.0.0.1:1000 > 10.0.0.2:80 "
	ba     = "tcp 10.0.0.2:80 > 10.0.0.1:1000 "
	ms     = time.Millisecond
	newS   = "NEW"
	est    = "ESTABLISHED"
	finW   = "FIN_WAIT"
	closed = "CLOSED"
)

func TestHandshakeAndClose(t *testing.T) {
	s := newStory(t, 100)
	s.tell(
		step{0, ab + "[S]", 0, "orig", newS},
		step{ms, ba + "[SA]", 0, "reply", newS},
		step{ms, ab + "[A]", 0, "orig", est},
		step{ms, ba + "[PA] len 100", 0, "reply", est},
		step{ms, ab + "[FA]", 0, "orig", finW},
		step{ms, ba + "[A]", 0, "reply", finW},
		step{ms, ba + "[PA] len 9", 0, "reply", finW},
		step{ms, ba + "[FA]", 0, "reply", finW},
		step{ms, ab + "[A]", 0, "orig", closed},
		step{ms, ab + "[FA]", 0, "orig", closed},
	)
	x := s.only()
	if x.Packets != [2]uint64{5, 5} || x.Bytes != [2]uint64{5 * 54, 5*54 + 109} || x.Interface != "a" || x.SrcPort != 1000 || x.AgeSeconds != 0.009 {
		t.Errorf("%+v", x)
	}
}

func TestSimultaneousClose(t *testing.T) {
	newStory(t, 100).tell(
		step{0, ab + "[A]", 0, "orig", est},
		step{0, ab + "[FA]", 0, "orig", finW},
		step{0, ba + "[FA]", 0, "reply", finW},
		step{0, ba + "[A]", 0, "reply", finW}, // acknowledges the first FIN
		step{0, ab + "[A]", 0, "orig", closed},
	)
}

func TestReset(t *testing.T) {
	s := newStory(t, 100)
	s.tell(
		step{0, ba + "[R]", -1, "", "none"},
		step{0, ab + "[S]", 0, "orig", newS},
		step{0, ba + "[RA]", 0, "reply", closed},
		step{0, ba + "[SA]", 0, "reply", closed},
		step{0, ab + "[S]", 1, "orig", newS}, // the same ports again
		step{0, ab + "[R]", 1, "orig", closed},
		step{0, ba + "[S]", 2, "orig", newS}, // from the other side
		step{10 * time.Second, ab + "[SA]", 2, "reply", newS},
	)
	if got := s.trk.Summarize(); got.Created != 3 || got.Sessions != 1 {
		t.Errorf("%+v", got)
	}
}

func TestSimultaneousOpen(t *testing.T) {
	newStory(t, 100).tell(
		step{0, ab + "[S]", 0, "orig", newS},
		step{0, ba + "[S]", 0, "reply", newS},
		step{0, ab + "[SA]", 0, "orig", newS},
		step{0, ba + "[SA]", 0, "reply", newS},
		step{0, ab + "[A]", 0, "orig", est},
	)
}

func TestAnswerSeenFirst(t *testing.T) {
	newStory(t, 100).tell(
		step{0, ba + "[SA]", 0, "orig", newS},
		step{0, ab + "[A]", 0, "reply", est},
	)
}

func TestMidStream(t *testing.T) {
	newStory(t, 100).tell(
		step{0, ab + "[PA]", 0, "orig", est},
		step{0, "tcp 10.0.0.1:1001 > 10.0.0.2:80 [FA]", 1, "orig", finW},
		step{0, "tcp 10.0.0.1:1002 > 10.0.0.2:80 []", 2, "orig", newS},
		step{0, "tcp 10.0.0.1:1003 > 10.0.0.2:80 [S]", 3, "orig", newS},
		step{0, "tcp 10.0.0.2:80 > 10.0.0.1:1003 [A]", 3, "reply", newS}, // a challenge, no handshake
	)
}

func TestOthers(t *testing.T) {
	newStory(t, 100).tell(
		step{0, "udp 10.0.0.1:5 > 10.0.0.2:53", 0, "orig", newS},
		step{0, "udp 10.0.0.1:5 > 10.0.0.2:53", 0, "orig", newS},
		step{0, "udp 10.0.0.2:53 > 10.0.0.1:5", 0, "reply", est},
		step{0, "icmp 10.0.0.1 > 10.0.0.2 type 8 id 7", 1, "orig", newS},
		step{0, "icmp 10.0.0.2 > 10.0.0.1 type 8 id 7", 2, "orig", newS}, // both ping with one identifier
		step{0, "icmp 10.0.0.2 > 10.0.0.1 type 0 id 7", 1, "reply", est},
		step{0, "icmp 10.0.0.1 > 10.0.0.2 type 0 id 7", 2, "reply", est},
		step{0, "icmp 10.0.0.1 > 10.0.0.2 type 13 id 7", 3, "orig", newS},
		step{0, "icmp 10.0.0.2 > 10.0.0.1 type 3 code 1", -1, "", "none"},
		step{0, "icmpv6 ::1 > ::2 type 128 id 7", 4, "orig", newS},
		step{0, "icmpv6 ::2 > ::1 type 129 id 7", 4, "reply", est},
		step{0, "gre 10.0.0.1 > 10.0.0.2", 5, "orig", newS},
		step{0, "gre 10.0.0.2 > 10.0.0.1", 5, "reply", est},
		step{0, "sctp 10.0.0.1:5 > 10.0.0.2:6", 6, "orig", newS},
		step{0, "tcp [::1]:5 > [::2]:6 [S]", 7, "orig", newS},
		step{0, "tcp [::2]:6 > [::1]:5 [SA]", 7, "reply", newS},
		step{0, "udp 10.0.0.1:5 > 10.0.0.2:53 frag 0+", 0, "orig", est},
		step{0, "udp 10.0.0.1:5 > 10.0.0.2:53 frag 9", -1, "", "none"},
		step{0, "eth 0x0806 len 28", -1, "", "none"},
	)
}

// TestTimeouts: a session lives one tick less than its timeout, and not for its timeout.
func TestTimeouts(t *testing.T) {
	for _, c := range []struct {
		name    string
		timeout time.Duration
		begin   []string // of session 0
		probe   string   // finds it, or begins another one
	}{
		{"new", 120 * time.Second, []string{ab + "[S]"}, ab + "[S]"},
		{"established", 432000 * time.Second, []string{ab + "[S]", ba + "[SA]", ab + "[A]"}, ab + "[A]"},
		{"fin_wait", 120 * time.Second, []string{ab + "[A]", ba + "[FA]"}, ab + "[A]"},
		{"closed", 10 * time.Second, []string{ab + "[S]", ba + "[RA]"}, ab + "[A]"},
		{"udp", 30 * time.Second, []string{"udp 10.0.0.1:5 > 10.0.0.2:53"}, "udp 10.0.0.1:5 > 10.0.0.2:53"},
		{"udp_stream", 120 * time.Second, []string{"udp 10.0.0.1:5 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:5"}, "udp 10.0.0.1:5 > 10.0.0.2:53"},
		{"icmp", 30 * time.Second, []string{"icmp 10.0.0.1 > 10.0.0.2 id 7"}, "icmp 10.0.0.1 > 10.0.0.2 id 7"},
		{"generic", 600 * time.Second, []string{"gre 10.0.0.1 > 10.0.0.2"}, "gre 10.0.0.1 > 10.0.0.2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, timeout := range []time.Duration{c.timeout, 3*time.Second + ms} {
				for early, want := range map[time.Duration]int{ms: 0, 0: 1} {
					s := newStory(t, 100)
					s.now = 7*time.Second + 50*ms + 999*time.Microsecond
					if timeout != c.timeout {
						s.cli("flowtrack timeout " + c.name + " 3.001")
					}
					for _, l := range c.begin {
						s.sees(l)
					}
					s.now += timeout - early // not swept: it is the lookup that sees it
					if flow, _, _ := s.sees(c.probe); flow != want {
						t.Errorf("%v short of %v: session %d, want %d", early, timeout, flow, want)
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
	s.sees(ab + "[A]")
	s.wait(29 * time.Second)
	if n := s.trk.Summarize(); n.Sessions != 1001 || n.Expired != 0 || n.IPv6 != 500 {
		t.Errorf("%+v", n)
	}
	s.wait(3 * time.Second)
	if n := s.trk.Summarize(); n.Sessions != 1 || n.Expired != 1000 {
		t.Errorf("%+v", n)
	}
}
