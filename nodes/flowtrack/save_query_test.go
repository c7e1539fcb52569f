package flowtrack_test

import (
	"path/filepath"
	"testing"
)

// TestRestartQueries: an answer finds its query's session after a restart, whichever side has asked.
func TestRestartQueries(t *testing.T) {
	for ask, answer := range map[string]string{
		"icmpv6 ::1 > ::2 type 128 id 9":                "icmpv6 ::2 > ::1 type 129 id 9",
		"icmpv6 ::2 > ::1 type 128 id 9":                "icmpv6 ::1 > ::2 type 129 id 9",
		"icmpv6 ::2 > ::1 type 139 id 9":                "icmpv6 ::1 > ::2 type 140 id 9",
		"icmp 10.0.0.2 > 10.0.0.1 type 8 id 9":          "icmp 10.0.0.1 > 10.0.0.2 type 0 id 9",
		"icmp 10.0.0.1 > 10.0.0.2 type 13 id 9":         "icmp 10.0.0.2 > 10.0.0.1 type 14 id 9",
		"udp 10.0.0.2:5 > 10.0.0.1:6":                   "udp 10.0.0.1:6 > 10.0.0.2:5",
		"sctp 10.0.0.2:5 > 10.0.0.1:6 chunk init,tag=7": "sctp 10.0.0.1:6 > 10.0.0.2:5 id 7 chunk init-ack,tag=8",
	} {
		file := filepath.Join(t.TempDir(), "sessions")
		s := kept(t, file, 100, day)
		s.sees(ask)
		stopped := s.now
		s.close()
		again := kept(t, file, 100, day.Add(stopped+100*ms))
		if a := again.sees(answer); a.flow != 0 || a.class != "established" || !a.reply {
			t.Errorf("%s, restart, %s: %v", ask, answer, a)
		}
	}
}
