package flowtrack_test

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// TestQueries: the types that ask, with their answers; sessions are told apart by identifier, code and type, and by the side
// that asks.
func TestQueries(t *testing.T) {
	for _, c := range []struct {
		proto, a, b, timeout string
		types                [][2]int
	}{
		{"icmp", "10.0.0.1", "10.0.0.2", "icmp", [][2]int{{8, 0}, {13, 14}, {15, 16}, {17, 18}}},
		{"icmpv6", "::1", "::2", "icmpv6", [][2]int{{128, 129}, {139, 140}}},
	} {
		s, n := newStory(t, 100), 0
		for ; n < len(c.types); n++ {
			s.tell(line("%s %s > %s id 1 type %d | %d orig new NEW %s 30s", c.proto, c.a, c.b, c.types[n][0], n, c.timeout))
		}
		for _, typ := range c.types {
			for _, code := range []int{0, 5} {
				for _, id := range []int{7, 65535} {
					to := line("%s %s > %s code %d id %d type ", c.proto, c.a, c.b, code, id)
					from := line("%s %s > %s code %d id %d type ", c.proto, c.b, c.a, code, id)
					if code == 0 && id == 7 {
						s.tell(line("%s %d | invalid, ICMP: no query, and nobody has asked", from, typ[1]))
					}
					s.tell(line("%s %d | %d orig new NEW %s 30s", to, typ[0], n, c.timeout))
					s.tell(line("%s %d | %d orig new NEW %s 30s", from, typ[0], n+1, c.timeout))
					s.tell("wait 10s")
					s.tell(line("%s %d | %d reply established ESTABLISHED %s 30s", from, typ[1], n, c.timeout))
					s.tell(line("%s %d | %d reply established ESTABLISHED %s 30s", to, typ[1], n+1, c.timeout))
					s.tell(line("%s %d | %d orig established ESTABLISHED %s 30s", to, typ[0], n, c.timeout))
					n += 2
				}
			}
		}
	}
}

const (
	badQuote = "invalid, ICMP error: quotes too little, or goes to somebody else than the sender"
	noneOf   = "invalid, ICMP error: about no packet of a session"
)

// TestErrors: an error belongs to the session of what it quotes, in the direction in which it goes itself, whoever sends it;
// it neither answers nor keeps alive.
func TestErrors(t *testing.T) {
	s := newStory(t, 100)
	s.tell(`
		udp 10.0.0.1:5 > 10.0.0.2:53     | 0 orig new NEW udp 30s
		wait 10s
		icmp 10.9.9.9 > 10.0.0.1 type 11 quote { udp 10.0.0.1:5 > 10.0.0.2:53 }         | 0 reply related NEW udp 20s
		icmp 10.0.0.2 > 10.0.0.1 type 3 code 3 quote { udp 10.0.0.1:5 > 10.0.0.2:53 }   | 0 reply related NEW udp 20s
		icmp 10.0.0.1 > 10.0.0.2 type 3 code 3 quote { udp 10.0.0.2:53 > 10.0.0.1:5 }   | 0 orig related NEW udp 20s
		udp 10.0.0.1:5 > 10.0.0.2:53     | 0 orig new NEW udp 30s
		# to somebody else; about somebody else; of an answer that was asked for
		icmp 10.9.9.9 > 10.0.0.7 type 3 quote { udp 10.0.0.1:5 > 10.0.0.2:53 }          | ` + badQuote + `
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { udp 10.0.0.1:6 > 10.0.0.2:53 }          | ` + noneOf + `
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { tcp 10.0.0.1:5 > 10.0.0.2:53 }          | ` + noneOf + `
		# types 4, 5 and 12
		icmp 10.9.9.9 > 10.0.0.1 type 4 quote { udp 10.0.0.1:5 > 10.0.0.2:53 }          | 0 reply related NEW udp 30s
		icmp 10.9.9.9 > 10.0.0.1 type 5 quote { udp 10.0.0.1:5 > 10.0.0.2:53 }          | 0 reply related NEW udp 30s
		icmp 10.9.9.9 > 10.0.0.1 type 12 quote { udp 10.0.0.1:5 > 10.0.0.2:53 }         | 0 reply related NEW udp 30s
		# as much as must be there, and less
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { udp 10.0.0.1:5 > 10.0.0.2:53 } len 24   | 0 reply related NEW udp 30s
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { udp 10.0.0.1:5 > 10.0.0.2:53 } len 23   | ` + badQuote + `
		icmp 10.9.9.9 > 10.0.0.1 type 3                                                 | ` + badQuote + `
		# a later fragment
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { udp 10.0.0.1:5 > 10.0.0.2:53 frag 9 }   | ` + badQuote + `
		# of a query, of its answer
		icmp 10.0.0.1 > 10.0.0.2 id 7                                                   | 1 orig new NEW icmp 30s
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { icmp 10.0.0.1 > 10.0.0.2 id 7 } len 28  | 1 reply related NEW icmp 30s
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { icmp 10.0.0.1 > 10.0.0.2 id 7 } len 27  | ` + badQuote + `
		icmp 10.0.0.1 > 10.0.0.2 type 3 quote { icmp 10.0.0.2 > 10.0.0.1 type 0 id 7 }  | 1 orig related NEW icmp 30s
		icmp 10.9.9.9 > 10.0.0.2 type 3 quote { icmp 10.0.0.2 > 10.0.0.1 type 8 id 7 }  | ` + noneOf + `
		# of an error there is none
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { icmp 10.0.0.1 > 10.0.0.2 type 3 id 7 }  | ` + badQuote + `
		# protocols without ports
		esp 10.0.0.1 > 10.0.0.2                                                         | 2 orig new NEW generic 600s
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { esp 10.0.0.1 > 10.0.0.2 } len 20        | 2 reply related NEW generic 600s
		ab [S]                                                                          | 3 orig new SYN_SENT tcp_syn_sent 120s
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] } len 28 | 3 reply related SYN_SENT tcp_syn_sent 120s
		wait 120s
		icmp 10.9.9.9 > 10.0.0.1 type 3 quote { tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] } len 28 | ` + noneOf + `
	`)
	if x := s.only(); x.Flow != 2 || x.Packets != [2]uint64{1, 0} {
		t.Errorf("%+v", x)
	}
}

func TestErrors6(t *testing.T) {
	newStory(t, 100).tell(`
		udp [::1]:5 > [::2]:53     | 0 orig new NEW udp 30s
		icmpv6 ::9 > ::1 type 1 quote { udp [::1]:5 > [::2]:53 }                | 0 reply related NEW udp 30s
		icmpv6 ::9 > ::1 type 2 quote { udp [::1]:5 > [::2]:53 ext hbh,dst }    | 0 reply related NEW udp 30s
		icmpv6 ::9 > ::1 type 3 quote { udp [::1]:5 > [::2]:53 } len 44         | 0 reply related NEW udp 30s
		icmpv6 ::9 > ::1 type 3 quote { udp [::1]:5 > [::2]:53 } len 43         | ` + badQuote + `
		icmpv6 ::9 > ::7 type 3 quote { udp [::1]:5 > [::2]:53 }                | ` + badQuote + `
		icmpv6 ::9 > ::1 type 4 quote { udp [::1]:6 > [::2]:53 }                | ` + noneOf + `
		icmpv6 ::1 > ::2 type 1 quote { udp [::2]:53 > [::1]:5 }                | 0 orig related NEW udp 30s
		icmpv6 ::1 > ::2 id 7                                                   | 1 orig new NEW icmpv6 30s
		icmpv6 ::9 > ::1 type 1 quote { icmpv6 ::1 > ::2 id 7 } len 48          | 1 reply related NEW icmpv6 30s
		icmpv6 ::9 > ::1 type 137 quote { udp [::1]:5 > [::2]:53 }              | ` + badQuote + `
	`)
}

// TestNeighbours: neighbour discovery and group membership are no sessions' business.
func TestNeighbours(t *testing.T) {
	s := newStory(t, 100)
	for _, typ := range []int{130, 131, 132, 133, 134, 135, 136, 143} {
		s.tell(line("icmpv6 ::1 > ::2 type %d len 20 | untracked", typ))
	}
	s.tell("sessions 0")
}

// TestInvalid: each reason, with what it is counted as.
func TestInvalid(t *testing.T) {
	s := newStory(t, 100)
	for text, l := range map[string]string{
		"no transport protocol":                    "ip proto 59 ::1 > ::2",
		"transport header cut short":               "ip proto 17 10.0.0.1 > 10.0.0.2 data 00010002",
		"TCP data offset wrong":                    "ab [S] doff 4",
		"TCP flags that no segment has together":   "ab [SF]",
		"UDP length wrong":                         "udp 10.0.0.1:1 > 10.0.0.2:2 udplen 9",
		"UDP-Lite checksum coverage wrong":         "udplite 10.0.0.1:1 > 10.0.0.2:2 udplen 7",
		"too many IPv6 extension headers":          "udp [::1]:1 > [::2]:2 ext dst" + strings.Repeat(",dst", packet.MaxExtensions),
		"UDP-Lite checksum missing":                "udplite 10.0.0.1:1 > 10.0.0.2:2 nosum",
		"transport checksum wrong":                 "udp 10.0.0.1:1 > 10.0.0.2:2 badl4sum",
		"ICMP type unknown":                        "icmp 10.0.0.1 > 10.0.0.2 type 40",
		"ICMP of the other IP version":             "ip proto 58 10.0.0.1 > 10.0.0.2 data 8000000000000000",
		"SCTP chunks wrong":                        "sab chunk init,tag=5 chunk init,tag=5",
		"GRE version 1 without PPP":                "ip proto 47 10.0.0.1 > 10.0.0.2 data 3001080000040005",
		"TCP: such a segment begins no connection": "ab [R]",
		"SCTP: wrong chunks or tag for this state": "sab chunk abort",
		"ICMP: no query, and nobody has asked":     "icmp 10.0.0.1 > 10.0.0.2 type 0",
		"ICMP error: about no packet of a session": "icmp 10.0.0.9 > 10.0.0.1 type 3 quote { udp 10.0.0.1:5 > 10.0.0.2:53 }",
		"ICMP error: quotes too little, or goes to somebody else than the sender": "icmp 10.0.0.9 > 10.0.0.1 type 3",
	} {
		s.cli("clear errors")
		s.tell(l + " | invalid, " + text)
		if out := s.cli("show errors"); !counts(out, "invalid: "+text, 1) {
			t.Errorf("%s: no count of %q in\n%s", l, text, out)
		}
	}
	s.tell("sessions 0")
}
