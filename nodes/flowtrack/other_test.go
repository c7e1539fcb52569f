package flowtrack_test

import (
	"testing"
)

// TestUDP: a session is a stream, and assured, when there are packets of both directions and it is older than two seconds.
func TestUDP(t *testing.T) {
	const ask, answer = "udp 10.0.0.1:5 > 10.0.0.2:53 ", "udp 10.0.0.2:53 > 10.0.0.1:5 "
	newStory(t, 100).tell(ask + `       | 0 orig new NEW udp 30s
		wait 10s
		` + ask + `                      | 0 orig new NEW udp 30s
		` + answer + `                   | 0 reply established ESTABLISHED udp 30s
		` + answer + `                   | 0 reply established ESTABLISHED udp_stream 120s assured
		wait 100s
		` + ask + `                      | 0 orig established ESTABLISHED udp_stream 120s assured
		udp 10.0.0.1:6 > 10.0.0.2:53     | 1 orig new NEW udp 30s
		udp 10.0.0.2:53 > 10.0.0.1:7     | 2 orig new NEW udp 30s
		udp 10.0.0.1:5 > 10.0.0.2:53 nosum | 0 orig established ESTABLISHED udp_stream 120s assured
		udp [::1]:5 > [::2]:53           | 3 orig new NEW udp 30s
		udp [::2]:53 > [::1]:5           | 3 reply established ESTABLISHED udp 30s
	`)
	newStory(t, 100).tell(ask + `       | 0 orig new NEW udp 30s
		` + answer + `                   | 0 reply established ESTABLISHED udp 30s
		wait 2s
		` + answer + `                   | 0 reply established ESTABLISHED udp 30s
		wait 1ms
		` + ask + `                      | 0 orig established ESTABLISHED udp_stream 120s assured
	`)
}

func TestUDPLite(t *testing.T) {
	newStory(t, 100).tell(`
		udplite 10.0.0.1:5 > 10.0.0.2:53 | 0 orig new NEW udp 30s
		udplite 10.0.0.2:53 > 10.0.0.1:5 | 0 reply established ESTABLISHED udp 30s
		udplite 10.0.0.1:5 > 10.0.0.2:53 | 0 orig established ESTABLISHED udp_stream 120s assured
		udp 10.0.0.1:5 > 10.0.0.2:53     | 1 orig new NEW udp 30s
	`)
}

// TestGRE: plain GRE is one session between two hosts. PPTP's calls are told apart, and each side names the other's.
func TestGRE(t *testing.T) {
	const call = "ip proto 47 %s data 3001880b0004000%d00000000"
	to, from := "10.0.0.1 > 10.0.0.2", "10.0.0.2 > 10.0.0.1"
	newStory(t, 100).tell(`
		gre 10.0.0.1 > 10.0.0.2          | 0 orig new NEW gre 30s
		gre 10.0.0.1 > 10.0.0.2          | 0 orig new NEW gre 30s
		gre 10.0.0.2 > 10.0.0.1          | 0 reply established ESTABLISHED gre 30s
		gre 10.0.0.1 > 10.0.0.2          | 0 orig established ESTABLISHED gre_stream 180s assured
		gre ::1 > ::2                    | 1 orig new NEW gre 30s
		` + line(call, to, 5) + `        | 2 orig new NEW gre 30s
		` + line(call, to, 6) + `        | 3 orig new NEW gre 30s
		` + line(call, from, 5) + `      | 4 orig new NEW gre 30s
		` + line(call, to, 5) + `        | 2 orig new NEW gre 30s
		` + line(call, from, 7) + `      | 5 orig new NEW gre 30s
		` + line("ip proto 47 %s data 3001080000040005", to) + ` | invalid, GRE version 1 without PPP
	`)
}

// TestGeneric: whatever has no rules of its own is known by its addresses and protocol.
func TestGeneric(t *testing.T) {
	newStory(t, 100).tell(`
		esp 10.0.0.1 > 10.0.0.2 id 7     | 0 orig new NEW generic 600s
		esp 10.0.0.1 > 10.0.0.2 id 8     | 0 orig new NEW generic 600s
		esp 10.0.0.2 > 10.0.0.1 id 9     | 0 reply established ESTABLISHED generic 600s
		wait 100s
		esp 10.0.0.1 > 10.0.0.2 id 7     | 0 orig established ESTABLISHED generic 600s
		ah 10.0.0.1 > 10.0.0.2           | 1 orig new NEW generic 600s
		ip proto 200 10.0.0.1 > 10.0.0.2 | 2 orig new NEW generic 600s
		ip proto 200 ::1 > ::2 len 3     | 3 orig new NEW generic 600s
		dccp 10.0.0.1:5 > 10.0.0.2:6     | 4 orig new NEW generic 600s
		dccp 10.0.0.2:7 > 10.0.0.1:8     | 4 reply established ESTABLISHED generic 600s
		eth 0x0806 len 28                | not looked at
	`)
}

// TestAH: in IPv6 a session is that of the protocol behind AH.
func TestAH(t *testing.T) {
	newStory(t, 100).tell(`
		udp [::1]:5 > [::2]:53                 | 0 orig new NEW udp 30s
		udp [::2]:53 > [::1]:5 ext ah          | 0 reply established ESTABLISHED udp 30s
		udp [::1]:5 > [::2]:53 ext hbh,ah,dst  | 0 orig established ESTABLISHED udp 30s
		icmpv6 ::1 > ::2 type 128 id 7 ext ah  | 1 orig new NEW icmpv6 30s
		icmpv6 ::2 > ::1 type 129 id 7         | 1 reply established ESTABLISHED icmpv6 30s
		tcp [::1]:1 > [::2]:2 [S] ext ah       | 2 orig new SYN_SENT tcp_syn_sent 120s
		tcp [::2]:2 > [::1]:1 [SA] ack 1       | 2 reply established SYN_RECV tcp_syn_recv 60s
		sctp [::1]:1 > [::2]:2 ext ah chunk init,tag=5 | 3 orig new CLOSED sctp_closed 10s
	`)
}
