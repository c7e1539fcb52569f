package oracle

import (
	"fmt"
	"strings"
	"testing"
)

// A situation is a dialogue with a point, as packetline's lines: " > " is short for the client's address and the server's,
// " < " for the other direction. Behind "=" is what the kernel must say of the packet, so that the situation is the one
// that it is meant to be: the class, and the state of the session then, or "none".
var situations = []struct{ name, lines string }{
	{"open and close", `
		> [S] seq 1000 mss 1460 = new SYN_SENT
		< [SA] seq 5000 ack 1001 mss 1460 = established SYN_RECV
		> [A] seq 1001 ack 5001 = established ESTABLISHED
		> [PA] seq 1001 ack 5001 len 100 = established ESTABLISHED
		< [A] seq 5001 ack 1101 = established ESTABLISHED
		> [FA] seq 1101 ack 5001 = established FIN_WAIT
		< [A] seq 5001 ack 1102 = established CLOSE_WAIT
		< [FA] seq 5001 ack 1102 = established LAST_ACK
		> [A] seq 1102 ack 5002 = established TIME_WAIT`},
	{"both open at once", `
		> [S] seq 1000 = new SYN_SENT
		< [S] seq 5000 = established SYN_SENT2
		> [SA] seq 1000 ack 5001 = established SYN_RECV
		< [SA] seq 5000 ack 1001 = established SYN_RECV
		> [A] seq 1001 ack 5001 = established ESTABLISHED`},
	{"a SYN inside a connection is answered by a challenge, the challenge by a reset", `
		> [S] seq 1000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 = established SYN_RECV
		> [A] seq 1001 ack 5001 = established ESTABLISHED
		> [S] seq 90000 = established ESTABLISHED
		< [A] seq 5001 ack 1001 = established ESTABLISHED
		> [R] seq 1001 = established CLOSE`},
	{"a challenge in place of the last ACK", `
		> [S] seq 1000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 = established SYN_RECV
		> [A] seq 1001 ack 5001 = established ESTABLISHED
		> [FA] seq 1001 ack 5001 = established FIN_WAIT
		< [FA] seq 5001 ack 1002 = established LAST_ACK
		> [S] seq 90000 = established LAST_ACK
		< [A] seq 5002 ack 1002 = established LAST_ACK
		< [A] seq 5002 ack 1002 = established TIME_WAIT`},
	{"a reset that is not exact leaves the connection", `
		> [S] seq 1000 win 8000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 win 8000 = established SYN_RECV
		> [A] seq 1001 ack 5001 win 8000 = established ESTABLISHED
		< [A] seq 5001 ack 1001 win 8000 = established ESTABLISHED
		> [R] seq 1500 = established ESTABLISHED
		< [A] seq 5001 ack 1001 win 8000 = established ESTABLISHED
		> [R] seq 1001 = established CLOSE`},
	{"a reset from the past is invalid", `
		> [S] seq 100000 win 8000 = new SYN_SENT
		< [SA] seq 5000 ack 100001 win 8000 = established SYN_RECV
		> [A] seq 100001 ack 5001 win 8000 = established ESTABLISHED
		> [PA] seq 100001 ack 5001 win 8000 len 500 = established ESTABLISHED
		< [A] seq 5001 ack 100501 win 8000 = established ESTABLISHED
		> [R] seq 100001 = invalid ESTABLISHED
		> [A] seq 100501 ack 5001 win 8000 = established ESTABLISHED`},
	{"a reset behind its own data", `
		> [S] seq 1000 win 8000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 win 8000 = established SYN_RECV
		> [A] seq 1001 ack 5001 win 8000 = established ESTABLISHED
		> [PA] seq 1001 ack 5001 win 8000 len 19 = established ESTABLISHED
		> [R] seq 1020 ack 5001 = established CLOSE`},
	{"a stale SYN+ACK is answered by a reset, which does not end the opening", `
		> [S] seq 1000000 = new SYN_SENT
		< [SA] seq 70000 ack 500000 = established SYN_SENT
		> [R] seq 500000 = established SYN_SENT
		< [SA] seq 80000 ack 1000001 = established SYN_RECV
		> [A] seq 1000001 ack 80001 = established ESTABLISHED`},
	{"a half-open server answers with an ACK, is reset, and opens again", `
		> [S] seq 1000 = new SYN_SENT
		< [A] seq 70000 ack 33000 = established SYN_SENT
		> [R] seq 33000 = established CLOSE
		> [S] seq 1000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 = established SYN_RECV
		> [A] seq 1001 ack 5001 = established ESTABLISHED`},
	{"a SYN uses the ports again from TIME_WAIT", `
		> [S] seq 1000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 = established SYN_RECV
		> [A] seq 1001 ack 5001 = established ESTABLISHED
		> [FA] seq 1001 ack 5001 = established FIN_WAIT
		< [FA] seq 5001 ack 1002 = established LAST_ACK
		> [A] seq 1002 ack 5002 = established TIME_WAIT
		> [S] seq 900 = new SYN_SENT
		< [SA] seq 100 ack 901 = established SYN_RECV`},
	{"a SYN from the other side uses the ports again from TIME_WAIT", `
		> [S] seq 1000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 = established SYN_RECV
		> [A] seq 1001 ack 5001 = established ESTABLISHED
		> [FA] seq 1001 ack 5001 = established FIN_WAIT
		< [FA] seq 5001 ack 1002 = established LAST_ACK
		> [A] seq 1002 ack 5002 = established TIME_WAIT
		< [S] seq 900 = new SYN_SENT`},
	{"a connection that the client has forgotten is taken over by its next SYN", `
		> [S] seq 1000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 = established SYN_RECV
		> [A] seq 1001 ack 5001 = established ESTABLISHED
		> [S] seq 2000000 win 100 wscale 3 = established ESTABLISHED
		< [SA] seq 9000000 ack 2000001 win 200 wscale 4 = established SYN_RECV
		> [A] seq 2000001 ack 9000001 win 100 = established ESTABLISHED
		< [A] seq 9000001 ack 2000001 win 200 len 700 = established ESTABLISHED`},
	{"reset behind a stall by loss: more than the window", `
		> [S] seq 1000 win 1000 = new SYN_SENT
		< [SA] seq 5000 ack 1001 win 1000 = established SYN_RECV
		> [A] seq 1001 ack 5001 win 1000 = established ESTABLISHED
		> [A] seq 1001 ack 5001 win 1000 len 1000 = established ESTABLISHED
		> [A] seq 2002 ack 5001 win 1000 len 500 = established ESTABLISHED
		< [A] seq 5001 ack 2001 win 1000 = established ESTABLISHED
		> [A] seq 2001 ack 5001 win 1000 len 501 = established ESTABLISHED
		< [A] seq 5001 ack 2502 win 1000 = established ESTABLISHED`},
	{"in mid-stream", `
		< [A] seq 5001 ack 1001 win 50 len 10 = new ESTABLISHED
		> [A] seq 1001 ack 5011 win 50 = established ESTABLISHED
		> [A] seq 90000 ack 5011 win 50 len 10 = established ESTABLISHED
		< [R] seq 5011 = established CLOSE`},
	{"picked up in mid-stream, then begun anew: windows are not checked for long", `
		> [A] seq 1001 ack 5001 win 50 = new ESTABLISHED
		> [S] seq 9000 win 50 wscale 2 = new ESTABLISHED
		< [SA] seq 70000 ack 9001 win 50 wscale 2 = established SYN_RECV
		> [A] seq 9001 ack 70001 win 50 = established ESTABLISHED
		< [A] seq 900000 ack 9001 win 50 len 10 = established ESTABLISHED
		> [A] seq 900000 ack 70001 win 50 len 10 = invalid ESTABLISHED`},
	{"what begins nothing", `
		> [SA] seq 1 ack 1 = invalid none
		> [R] seq 1 = invalid none
		> [FA] seq 1 ack 1 = invalid none
		> [SF] seq 1 = invalid none
		> [] seq 1 = invalid none
		> [SP] seq 1 = new SYN_SENT`},
	{"the client gives up", `
		> [S] seq 1000 = new SYN_SENT
		> [S] seq 1000 = new SYN_SENT
		> [R] seq 1001 = new none`},
	{"the server refuses", `
		> [S] seq 1000 = new SYN_SENT
		< [RA] ack 1001 = established none`},
}

// expand writes a situation's short line out.
func expand(l string) string {
	const client, server = "10.0.0.1:1000", "10.0.0.2:80"
	if rest, found := strings.CutPrefix(l, "> "); found {
		return fmt.Sprintf("tcp %s > %s %s", client, server, rest)
	}
	if rest, found := strings.CutPrefix(l, "< "); found {
		return fmt.Sprintf("tcp %s > %s %s", server, client, rest)
	}
	return l
}

// TestOracleSituations tells stories of which the kernel's own tests are about, in words of ours.
func TestOracleSituations(t *testing.T) {
	m := newMatch(t, NewTimeouts(nil))
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			ok(t, m.Anew())
			for l := range strings.Lines(strings.TrimSpace(s.lines)) {
				text, want, _ := strings.Cut(strings.TrimSpace(l), " = ")
				p, err := Script(expand(text))
				ok(t, err)
				k, g, err := m.ask(Packet{Data: p}, m.graph.now+1e6)
				ok(t, err)
				state := "none"
				if k.Info.Alive {
					state = k.Info.State
				}
				if got := k.Class + " " + state; got != want {
					t.Errorf("%s: the kernel says %s, want %s", text, got, want)
				}
				if d := k.difference(g); d != "" {
					t.Errorf("%s: kernel %s", text, d)
				}
			}
		})
	}
}
