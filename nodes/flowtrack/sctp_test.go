package flowtrack_test

import "testing"

const wrongSCTP = "invalid, SCTP: wrong chunks or tag for this state"

// association is the beginning of a story: session 0, packets to b show tag 4, those to a tag 9.
const association = `
	sab chunk init,tag=9             | 0 orig new CLOSED sctp_closed 10s
	sba id 9 chunk init-ack,tag=4    | 0 reply established COOKIE_WAIT sctp_cookie_wait 3s
	sab id 4 chunk cookie-echo       | 0 orig established COOKIE_ECHOED sctp_cookie_echoed 3s
	sba id 9 chunk cookie-ack        | 0 reply established ESTABLISHED sctp_established 210s assured
	wait 100s
`

func TestSCTP(t *testing.T) {
	newStory(t, 100).tell(association + `
		sab id 4 chunk data                    | 0 orig established ESTABLISHED sctp_established 210s assured
		sba id 9 chunk sack                    | 0 reply established ESTABLISHED sctp_established 210s assured
		wait 1s
		sab id 9 chunk data                    | ` + wrongSCTP + `
		sba id 4 chunk data                    | ` + wrongSCTP + `
		sab id 4 chunk shutdown                | 0 orig established SHUTDOWN_SENT sctp_shutdown_sent 3s assured
		sba chunk init,tag=4                   | 0 reply established SHUTDOWN_SENT sctp_shutdown_sent 3s assured
		sba id 9 chunk shutdown-ack            | 0 reply established SHUTDOWN_ACK_SENT sctp_shutdown_ack_sent 3s assured
		sab id 4 chunk shutdown-complete       | 0 orig established CLOSED sctp_closed 10s assured
	`)
	newStory(t, 100).tell(association + `
		sab id 4 chunk shutdown                | 0 orig established SHUTDOWN_SENT sctp_shutdown_sent 3s assured
		sab chunk init,tag=9                   | 0 orig established CLOSED sctp_closed 10s assured
	`)
	newStory(t, 100).tell(association + `
		sba id 9 chunk shutdown                | 0 reply established SHUTDOWN_RECD sctp_shutdown_recd 3s assured
		sab id 4 chunk shutdown-ack            | 0 orig established SHUTDOWN_ACK_SENT sctp_shutdown_ack_sent 3s assured
		# of a side that knows nothing any more, with the other's tag
		sba id 4 chunk shutdown-complete,flags=1 | 0 reply established CLOSED sctp_closed 10s assured
		wait 10s
		sessions 0
	`)
}

// TestSCTPFirst: what can begin an association, and what cannot.
func TestSCTPFirst(t *testing.T) {
	for _, l := range []string{
		"sab id 4 chunk data", "sab id 4 chunk abort", "sab id 4 chunk cookie-ack", "sab id 4 chunk shutdown-complete", "sab id 4 chunk init,tag=9",
		"sab id 4 chunk cookie-echo", "sab id 4 chunk shutdown-ack chunk data",
	} {
		newStory(t, 100).tell(l + "| " + wrongSCTP + "\nsessions 0")
	}
	newStory(t, 100).tell("sab id 4 chunk shutdown-ack | 0 orig new SHUTDOWN_ACK_SENT sctp_shutdown_ack_sent 3s")
	newStory(t, 100).tell("sab chunk cookie-echo | 0 orig new CLOSED sctp_closed 10s")
	newStory(t, 100).tell(`
		# a further path
		sab id 4 chunk heartbeat         | 0 orig new HEARTBEAT_SENT sctp_heartbeat_sent 30s
		wait 1s
		sab id 4 chunk heartbeat         | 0 orig new HEARTBEAT_SENT sctp_heartbeat_sent 30s
		sba id 9 chunk shutdown          | ` + wrongSCTP + `
		sba id 9 chunk heartbeat-ack     | 0 reply established ESTABLISHED sctp_established 210s assured
	`)
}

// TestSCTPAgain: who repeats an INIT does not keep the session alive; nor does a stale cookie.
func TestSCTPAgain(t *testing.T) {
	newStory(t, 100).tell(`
		sab chunk init,tag=9             | 0 orig new CLOSED sctp_closed 10s
		wait 4s
		sab chunk init,tag=9             | 0 orig new CLOSED sctp_closed 6s
		sab chunk init,tag=8             | 0 orig new CLOSED sctp_closed 6s
		sba id 9 chunk init-ack,tag=4    | ` + wrongSCTP + `
		sba id 8 chunk init-ack,tag=4    | 0 reply established COOKIE_WAIT sctp_cookie_wait 3s
		sab id 4 chunk cookie-echo chunk data | 0 orig established COOKIE_ECHOED sctp_cookie_echoed 3s
		wait 1s
		sab id 4 chunk error             | 0 orig established COOKIE_ECHOED sctp_cookie_echoed 3s
		sba id 8 chunk error             | 0 reply established CLOSED sctp_closed 10s
	`)
}

// TestSCTPAbort: an abort shows its receiver's tag, or, with T set, its sender's.
func TestSCTPAbort(t *testing.T) {
	for l, want := range map[string]string{
		"sab id 4 chunk abort":         "0 orig established CLOSED sctp_closed 10s assured",
		"sab id 9 chunk abort,flags=1": "0 orig established CLOSED sctp_closed 10s assured",
		"sba id 9 chunk abort":         "0 reply established CLOSED sctp_closed 10s assured",
		"sba id 4 chunk abort,flags=1": "0 reply established CLOSED sctp_closed 10s assured",
		"sab id 9 chunk abort":         wrongSCTP,
		"sab id 4 chunk abort,flags=1": wrongSCTP,
		"sab id 0 chunk abort":         wrongSCTP,
	} {
		newStory(t, 100).tell(association + l + " | " + want)
	}
}

// TestSCTPNewTag: a HEARTBEAT with another tag passes; the answer, with it, tells that its sender has begun anew.
func TestSCTPNewTag(t *testing.T) {
	newStory(t, 100).tell(association + `
		sba id 7 chunk heartbeat-ack     | ` + wrongSCTP + `
		sab id 6 chunk heartbeat chunk data | ` + wrongSCTP + `
		sab id 6 chunk heartbeat         | 0 orig established ESTABLISHED sctp_established 110s assured
		sab id 6 chunk heartbeat-ack     | ` + wrongSCTP + `
		sba id 7 chunk heartbeat-ack     | 0 reply established ESTABLISHED sctp_established 210s assured
		sba id 7 chunk data              | 0 reply established ESTABLISHED sctp_established 210s assured
		sba id 9 chunk data              | ` + wrongSCTP + `
		sab id 4 chunk data              | ` + wrongSCTP + `
	`)
}
