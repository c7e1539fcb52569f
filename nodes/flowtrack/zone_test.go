package flowtrack_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/packetline"
)

// from sends a packet from interface a (0) or b (1), whatever its addresses are.
func (s *story) from(side int, line string) string {
	s.left = s.left[:0]
	s.ports[side].Inject(0, packetline.MustBuild(line))
	s.run()
	if len(s.left) == 0 {
		return dropped.String()
	}
	return s.left[0].String()
}

// want sends a packet from a or b and compares what becomes of it.
func (s *story) want(side int, line, want string) {
	s.t.Helper()
	if got := s.from(side, line); got != want {
		s.t.Fatalf("%v, %s:\n%s\nwant\n%s", s.now, line, got, want)
	}
}

// fails runs a line that must not work and compares a part of what it says.
func (s *story) fails(line, want string) {
	s.t.Helper()
	if err := s.dp.CLI().Run(context.Background(), line, false, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
		s.t.Errorf("%s: %v, want … %s …", line, err, want)
	}
}

// TestZones: the same addresses and ports on three VLANs of a pair of interfaces, two of them in zones of their own.
func TestZones(t *testing.T) {
	for _, c := range []struct{ name, ask, answer, about string }{
		{"IPv4", "udp 10.0.0.1:5 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:5", "icmp 10.0.0.2 > 10.0.0.1 type 3 code 3"},
		{"IPv6", "udp [::1]:5 > [::2]:53", "udp [::2]:53 > [::1]:5", "icmpv6 ::2 > ::1 type 1 code 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory(t, 100)
			for _, i := range []string{"a", "b"} {
				s.cli("flowtrack zone " + i + " vlan 10 zone 1")
				s.cli("flowtrack zone " + i + " vlan 4094 zone 65535")
			}
			const unreplied, replied = " new NEW udp 30s", " established ESTABLISHED udp 30s"
			s.want(0, c.ask+" vlan 10", "0 orig"+unreplied)
			s.want(0, c.ask+" vlan 4094", "1 orig"+unreplied)
			s.want(0, c.ask+" vlan 11", "2 orig"+unreplied)
			s.want(0, c.ask, "2 orig"+unreplied) // VLANs without a zone are where the interface is
			s.want(1, c.answer+" vlan 4094", "1 reply"+replied)
			s.want(0, c.ask+" vlan 10", "0 orig"+unreplied)
			s.want(1, c.answer+" vlan 10", "0 reply"+replied)
			s.want(1, c.answer+" vlan 10 vlan 4094", "0 reply"+replied) // it is the outer tag
			quote := " quote { " + c.ask + " }"
			s.want(1, c.about+" vlan 10"+quote, "0 reply related ESTABLISHED udp 30s")
			s.want(1, c.about+" vlan 4094"+quote, "1 reply related ESTABLISHED udp 30s")
			s.cli("flowtrack zone b zone 9") // its answers belong to no session of a's
			s.want(1, c.answer, "3 orig"+unreplied)
			s.want(1, c.about+quote, "3 orig related NEW udp 30s")
		})
	}
}

func TestZoneCommands(t *testing.T) {
	s := newStory(t, 100)
	if out := s.cli("show flowtrack zones"); !strings.Contains(out, "all traffic is in zone 0") {
		t.Error(out)
	}
	s.cli("flowtrack zone b vlan 7 zone 3")
	s.cli("flowtrack zone b zone 2")
	s.cli("flowtrack zone a zone 1")
	s.cli("flowtrack zone b zone 4") // in place of 2
	s.cli("flowtrack timeout udp 5 zone 4")
	want := "Interface  VLAN  Zone\na          -     1\nb          -     4\nb          7     3\ntimeouts of zone 4: udp 5\n"
	if out := s.cli("show flowtrack zones"); out != want {
		t.Errorf("%s\nwant\n%s", out, want)
	}
	s.want(0, "udp 10.0.0.1:5 > 10.0.0.2:53", "0 orig new NEW udp 30s")
	s.cli("flowtrack zone del a")
	s.want(0, "udp 10.0.0.1:5 > 10.0.0.2:53", "1 orig new NEW udp 30s")
	s.cli("flowtrack zone del b vlan 7")
	s.cli("flowtrack zone del b")
	for line, want := range map[string]string{
		"flowtrack zone":                    "expected an interface name",
		"flowtrack zone c zone 1":           `"c"`,
		"flowtrack zone a vlan 4095 zone 1": "out of range",
		"flowtrack zone a zone 65536":       "out of range",
		"flowtrack zone a":                  "expected `zone`",
		"flowtrack zone a zone 1 2":         "unknown input",
		"flowtrack zone del a":              "a has no zone: `show flowtrack zones` lists",
		"flowtrack zone del a vlan 7":       "a vlan 7 has no zone",
		"flowtrack timeout udp 5 zone 0":    "leave out `zone 0`",
		"flowtrack timeout del":             "expected `zone`",
		"flowtrack timeout del zone 9":      "zone 9 has no timeouts of its own",
		"flowtrack timeout udp 0 zone 9":    "out of range",
	} {
		s.fails(line, want)
	}
}

// TestZoneTimeouts: 15 zones may have timeouts of their own, which follow the common ones where they have said nothing.
func TestZoneTimeouts(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack zone a zone 1")
	for zone := range 15 {
		s.cli(line("flowtrack timeout udp %d zone %d", 10+zone, zone+1))
	}
	s.fails("flowtrack timeout udp 9 zone 16", "15 zones have timeouts of their own already")
	s.want(0, "udp 10.0.0.1:1 > 10.0.0.2:53", "0 orig new NEW udp 10s")
	s.want(0, "icmp 10.0.0.1 > 10.0.0.2", "1 orig new NEW icmp 30s")
	s.cli("flowtrack timeout udp 50")
	s.cli("flowtrack timeout icmp 50")
	s.want(0, "udp 10.0.0.1:1 > 10.0.0.2:53", "0 orig new NEW udp 10s")
	s.want(0, "icmp 10.0.0.1 > 10.0.0.2", "1 orig new NEW icmp 50s")
	s.cli("flowtrack timeout udp 20 zone 1") // of a session that there is
	s.want(0, "udp 10.0.0.1:1 > 10.0.0.2:53", "0 orig new NEW udp 20s")
	s.wait(20*time.Second - ms)
	s.want(0, "udp 10.0.0.1:1 > 10.0.0.2:53", "0 orig new NEW udp 20s")
	s.wait(20 * time.Second)
	s.want(0, "udp 10.0.0.1:1 > 10.0.0.2:53", "2 orig new NEW udp 20s")
	s.cli("flowtrack timeout del zone 1")
	s.want(0, "udp 10.0.0.1:1 > 10.0.0.2:53", "2 orig new NEW udp 50s")
	s.cli("flowtrack timeout udp 9 zone 16") // there is room again
	s.want(1, "udp 10.0.0.1:7 > 10.0.0.2:53", "3 orig new NEW udp 50s")
}
