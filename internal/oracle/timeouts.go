package oracle

import (
	"math/rand/v2"
	"strings"
)

// synSent2 is the one timeout that the kernel has no sysctl for.
const (
	synSent2        = "tcp_syn_sent2"
	synSent2Seconds = 120
)

// Timeouts are the seconds of each timeout, by name.
type Timeouts map[string]int

// Values of timeouts: so long that nothing expires while a campaign runs, and so far apart that what is left of one tells
// which it is.
const (
	shortestSeconds = 2000
	stepSeconds     = 1500
)

// NewTimeouts gives each timeout a value of its own. Which of two is longer decides things, as TCP's "unacknowledged" holds
// only where it is the shorter one; so the order is nf_conntrack's by default, or any, where r is not nil.
func NewTimeouts(r *rand.Rand) Timeouts {
	usual := []string{ // by nf_conntrack's defaults, from 3 s to 5 days
		"sctp_cookie_wait", "sctp_cookie_echoed", "sctp_shutdown_sent", "sctp_shutdown_recd", "sctp_shutdown_ack_sent", "tcp_close", "sctp_closed",
		"tcp_last_ack", "udp", "icmp", "icmpv6", "gre", "sctp_heartbeat_sent", "tcp_syn_recv", "tcp_close_wait", "tcp_syn_sent",
		"tcp_fin_wait", "tcp_time_wait", "udp_stream", "gre_stream", "tcp_unacknowledged", "tcp_max_retrans", "generic", "sctp_established", "tcp_established",
	}
	if r != nil {
		r.Shuffle(len(usual), func(i, j int) { usual[i], usual[j] = usual[j], usual[i] })
	}
	t := Timeouts{synSent2: synSent2Seconds}
	for i, name := range usual {
		t[name] = shortestSeconds + i*stepSeconds
	}
	return t
}

// name tells which timeout has so many seconds left, a few minutes at most after it was set.
func (t Timeouts) name(left int) string {
	best, least := "?", stepSeconds
	for name, s := range t {
		if d := s - left; d >= 0 && d < least {
			best, least = name, d
		}
	}
	return best
}

// sysctl is a timeout's name below net/netfilter.
func sysctl(name string) string {
	proto, rest, fine := strings.Cut(name, "_")
	if fine {
		rest = "_" + rest
	}
	return "netfilter/nf_conntrack_" + proto + "_timeout" + rest
}
