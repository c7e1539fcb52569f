package flowtrack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

func line(format string, a ...any) string { return fmt.Sprintf(format, a...) }

// TestFlood: a table full of sessions, a hundred of them established, under a flood of SYNs, half of them answered, and
// of acknowledgements out of nowhere.
func TestFlood(t *testing.T) {
	const room, good = 1000, 100
	s := newStory(t, room)
	for i := range good {
		s.sees(line("tcp 10.0.0.1:%d > 10.0.0.2:80 [S]", i))
		s.sees(line("tcp 10.0.0.2:80 > 10.0.0.1:%d [SA]", i))
		s.sees(line("tcp 10.0.0.1:%d > 10.0.0.2:80 [A]", i))
	}
	for i := range 5 * room {
		src := line("10.9.%d.%d:%d", i>>8, i&255, i%7+1)
		switch i % 3 {
		case 0:
			s.sees("tcp " + src + " > 10.0.0.1:80 [S]")
		case 1:
			s.sees("tcp " + src + " > 10.0.0.1:80 [S]")
			s.sees("tcp 10.0.0.1:80 > " + src + " [SA]")
		default:
			s.sees("tcp " + src + " > 10.0.0.1:80 [A]")
		}
	}
	for i := range good {
		if a := s.sees(line("tcp 10.0.0.1:%d > 10.0.0.2:80 [A]", i)); a.flow != i || a.state != est {
			t.Fatalf("session %d is now %v", i, a)
		}
	}
	n := s.trk.Summarize()
	if n.Sessions > room || n.Evicted < 4*room-good || n.Created != uint64(n.Sessions)+n.Evicted {
		t.Errorf("%+v", n)
	}
	t.Logf("%d evicted, %d refused", n.Evicted, n.Refused)
}

// TestFullOfEstablished: there is no room, and whoever comes is refused, passes, and is counted.
func TestFullOfEstablished(t *testing.T) {
	s := newStory(t, 10)
	for i := range 10 {
		s.sees(line("udp 10.0.0.1:%d > 10.0.0.2:53", i))
	}
	s.wait(2001 * ms)
	for i := range 10 {
		s.sees(line("udp 10.0.0.2:53 > 10.0.0.1:%d", i))
		s.sees(line("udp 10.0.0.1:%d > 10.0.0.2:53", i)) // assured
	}
	if a := s.sees("udp 10.0.0.1:99 > 10.0.0.2:53"); a.String() != "new" {
		t.Error(a)
	}
	if n := s.trk.Summarize(); n.Refused != 1 || n.Evicted != 0 || n.States[est] != 10 {
		t.Errorf("%+v", n)
	}
	if out := s.cli("show errors"); !strings.Contains(out, "table full") {
		t.Error(out)
	}
}

func TestShow(t *testing.T) {
	s := newStory(t, 100)
	s.sees("ab [S]")
	s.sees("icmpv6 ::1 > ::2 type 128 id 7")
	s.sees("gre 10.0.0.1 > 10.0.0.2")
	text := s.cli("show flowtrack")
	for _, want := range []string{"Originator", "tcp", "NEW", "10.0.0.1:1000", "10.0.0.2:80", "1/0", "54/0", "2m0s", "icmpv6", "::1 id 7", "gre", "SYN_SENT", "unreplied", "3 sessions"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if out := s.cli("show flowtrack max 1"); !strings.Contains(out, "and 2 more: `show flowtrack max 3`") {
		t.Error(out)
	}
	if out := s.cli("show flowtrack summary"); !strings.Contains(out, "3 sessions (2 IPv4, 1 IPv6) of 100") || !strings.Contains(out, "timeouts: tcp_syn_sent 120 tcp_syn_recv 60 tcp_established 432000") {
		t.Error(out)
	}
	for cmd, v := range map[string]any{"show flowtrack": &[]flowtrack.Session{}, "show flowtrack summary": &flowtrack.Summary{}} {
		var out bytes.Buffer
		if err := s.dp.CLI().Run(context.Background(), cmd, true, &out); err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(&out)
		d.DisallowUnknownFields()
		if err := d.Decode(v); err != nil {
			t.Errorf("%s: %v", cmd, err)
		}
	}
	if out := s.cli("clear flowtrack"); out != "3 sessions forgotten\n" {
		t.Error(out)
	}
	for cmd, want := range map[string]string{
		"flowtrack timeout":           "expected a state",
		"flowtrack timeout old 3":     `no timeout "old"; there are tcp_syn_sent, tcp_syn_recv, tcp_established`,
		"flowtrack timeout UDP":       "expected a timeout",
		"flowtrack timeout udp 0":     "out of range",
		"flowtrack timeout udp 1e9":   "seconds",
		"flowtrack timeout udp 3 4":   "unknown input",
		"show flowtrack max 0":        "out of range",
		"show flowtrack summary more": "unknown input",
	} {
		if err := s.dp.CLI().Run(context.Background(), cmd, false, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want … %s …", cmd, err, want)
		}
	}
	s.cli("flowtrack timeout TCP-FIN-WAIT 7")
	if d := s.trk.Summarize().Timeouts["tcp_fin_wait"]; d != 7 {
		t.Errorf("tcp_fin_wait is %d", d)
	}
}
