package flowtrack_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

const refusedPacket = "dropped"

// begins sends so many first packets of UDP sessions and returns how many have passed.
func (s *story) begins(side int, format string, from, to int) (passed int) {
	for i := from; i < to; i++ {
		if s.from(side, line(format, i)) != refusedPacket {
			passed++
		}
	}
	return passed
}

// TestLimitSource: a source has so many sessions at once, whatever has become of earlier ones and whatever others do.
func TestLimitSource(t *testing.T) {
	for _, c := range []struct{ name, mine, answer, neighbour, other, source string }{
		{"IPv4", "udp 10.0.0.1:%d > 10.5.0.2:53", "udp 10.5.0.2:53 > 10.0.0.1:%d", "udp 10.0.0.9:%d > 10.5.0.2:53", "udp 10.0.1.1:%d > 10.5.0.2:53", "10.0.0.0/24"},
		{"IPv6", "udp [1::1:1]:%d > [2::2]:53", "udp [2::2]:53 > [1::1:1]:%d", "udp [1::1:9]:%d > [2::2]:53", "udp [1::2:1]:%d > [2::2]:53", "1::1:0/112"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory(t, 100)
			s.begins(0, c.mine, 100, 102) // these do not count
			s.cli("flowtrack limit sessions per-source 3 prefix-length 24 112")
			for range 2 {
				if n := s.begins(0, c.mine, 0, 5) + s.begins(0, c.neighbour, 0, 5); n != 3 {
					t.Fatalf("%d sessions of the first source, want 3", n)
				}
				if n := s.begins(0, c.other, 0, 5); n != 3 {
					t.Fatalf("%d sessions of the second source, want 3", n)
				}
			}
			if n := s.begins(1, c.answer, 0, 4); n != 4 { // of b's own, one of them, the rest answers
				t.Errorf("%d packets of the other side have passed, want 4", n)
			}
			r := s.trk.Limits()
			if r.Sources != 3 || r.BySource != 18 || r.Busiest[0].Sessions != 3 || r.Busiest[0].Prefix.String() != c.source {
				t.Errorf("%+v", r)
			}
			if out := s.cli("show errors"); !strings.Contains(out, "its source has too many sessions") {
				t.Error(out)
			}
			s.wait(31 * time.Second)
			if r := s.trk.Limits(); r.Sources != 0 {
				t.Errorf("all have expired: %+v", r)
			}
			if n := s.begins(0, c.mine, 0, 5); n != 3 {
				t.Errorf("%d sessions after that, want 3", n)
			}
			s.cli("clear flowtrack")
			if n := s.begins(0, c.mine, 0, 5); n != 3 {
				t.Errorf("%d sessions after clear, want 3", n)
			}
			s.cli("flowtrack limit del sessions per-source")
			if n := s.begins(0, c.mine, 0, 9); n != 9 {
				t.Errorf("%d sessions without a limit, want 9", n)
			}
			s.wait(31 * time.Second)
			if n := s.trk.Summarize().Sessions; n != 0 {
				t.Errorf("%d sessions left", n)
			}
		})
	}
}

// TestLimitPrefixes: sessions count by the prefix lengths that held when they began, until they end.
func TestLimitPrefixes(t *testing.T) {
	s := newStory(t, 100)
	for _, bits := range []string{"32 128", "24 64", "16 48"} {
		s.cli("flowtrack limit sessions per-source 2 prefix-length " + bits)
		if n := s.begins(0, "udp 10.0.0.%d:"+bits[:2]+" > 10.9.9.9:53", 1, 4); n != map[string]int{"32 128": 3, "24 64": 2, "16 48": 2}[bits] {
			t.Errorf("%s: %d sessions of three addresses", bits, n)
		}
	}
	s.fails("flowtrack limit sessions per-source 2 prefix-length 8 32", "sessions count by 3 other prefix lengths still")
	s.cli("flowtrack limit sessions per-source 4 prefix-length 24 64") // these are known
	if n := s.begins(0, "udp 10.0.0.%d:9 > 10.9.9.9:53", 1, 4); n != 2 {
		t.Errorf("%d more sessions, want 2", n)
	}
	s.wait(40 * time.Second)
	s.cli("flowtrack limit sessions per-source 2 prefix-length 8 32")
	if r := s.trk.Limits(); r.Sources != 0 || r.Prefix4 != 8 || r.Prefix6 != 32 {
		t.Errorf("%+v", r)
	}
}

func TestLimitZone(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack zone a vlan 5 zone 5")
	s.cli("flowtrack limit sessions per-zone 5 2")
	if n := s.begins(0, "udp 10.0.0.1:%d > 10.0.0.2:53 vlan 5", 0, 5); n != 2 {
		t.Errorf("%d sessions in zone 5, want 2", n)
	}
	if n := s.begins(0, "udp 10.0.0.1:%d > 10.0.0.2:53", 0, 5); n != 5 {
		t.Errorf("%d sessions in zone 0, want 5", n)
	}
	if r := s.trk.Limits(); len(r.Zones) != 1 || r.Zones[0] != (flowtrack.ZoneLimit{Zone: 5, Sessions: 2, InUse: 2}) || r.ByZone != 3 {
		t.Errorf("%+v", r)
	}
	s.cli("flowtrack limit sessions per-zone 0 6") // those that are there count: another zone had a limit
	if n := s.begins(0, "udp 10.0.0.1:%d > 10.0.0.2:53", 5, 9); n != 1 {
		t.Errorf("%d more sessions in zone 0, want 1", n)
	}
	s.cli("flowtrack limit rate 1 zone 5")
	s.cli("flowtrack limit del sessions per-zone 5")
	if n := s.begins(0, "udp 10.0.0.1:%d > 10.0.0.2:53 vlan 5", 10, 15); n != 1 {
		t.Errorf("%d sessions in zone 5 in no time, want 1", n)
	}
	s.wait(31 * time.Second)
	if r := s.trk.Limits(); r.ByZoneRate != 4 || len(r.Zones) != 2 || r.Zones[0].InUse != 0 || r.Zones[1].InUse != 0 {
		t.Errorf("%+v", r)
	}
	out := s.cli("show flowtrack limits")
	for _, want := range []string{"new sessions a second in zone 5  1, bursts of 1", "sessions in zone 0               6", "4 by rate, 6 by sessions"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestLimitRate: what a limit of sessions refuses takes nothing of the rate.
func TestLimitRate(t *testing.T) {
	s := newStory(t, 10000)
	s.now = time.Hour
	s.cli("flowtrack limit rate 100 burst 10")
	s.cli("flowtrack limit sessions per-source 5")
	if n := s.begins(0, "udp 10.0.0.1:%d > 10.0.0.2:53", 0, 50); n != 5 {
		t.Errorf("%d sessions of one source, want 5", n)
	}
	if n := s.begins(0, "udp 10.0.1.%d:5 > 10.0.0.2:53", 0, 50); n != 5 {
		t.Errorf("%d sessions of others in no time, want 5", n)
	}
	passed := 0
	for range 200 {
		s.wait(5 * ms)
		passed += s.begins(0, line("udp 10.1.%d.%%d:5 > 10.0.0.2:53", passed), 0, 2)
	}
	if passed != 100 && passed != 101 {
		t.Errorf("%d sessions in a second, want 100", passed)
	}
	if r := s.trk.Limits(); r.BySource != 45 || r.ByRate != uint64(45+400-passed) || r.Rate != 100 || r.Burst != 10 {
		t.Errorf("%+v", r)
	}
	s.cli("flowtrack limit del rate")
	s.cli("flowtrack limit del sessions per-source")
	if n := s.begins(0, "udp 10.2.0.1:%d > 10.0.0.2:53", 0, 500); n != 500 {
		t.Errorf("%d sessions without limits, want 500", n)
	}
}

// TestLimitTwoRates: what a zone's rate refuses takes nothing of the common one.
func TestLimitTwoRates(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack zone a vlan 5 zone 5")
	s.cli("flowtrack limit rate 10")
	s.cli("flowtrack limit rate 1 zone 5")
	if n := s.begins(0, "udp 10.0.0.1:%d > 10.0.0.2:53 vlan 5", 0, 50); n != 1 {
		t.Errorf("%d sessions in zone 5, want 1", n)
	}
	if n := s.begins(0, "udp 10.0.0.1:%d > 10.0.0.2:53", 0, 50); n != 9 {
		t.Errorf("%d sessions in zone 0, want 9", n)
	}
}

// TestLimitsUnderFlood: with limits, neither a flood of one source nor one of many takes anybody's session, be it assured or not.
func TestLimitsUnderFlood(t *testing.T) {
	const room, good = 1000, 100
	for _, flood := range []string{"10.9.0.1:%d", "10.9.%d.1:7"} {
		t.Run(flood, func(t *testing.T) {
			s := newStory(t, room)
			for i := range good {
				s.sees(line("tcp 10.0.0.1:%d > 10.0.0.2:80 [S] seq 100", i))
				s.sees(line("tcp 10.0.0.2:80 > 10.0.0.1:%d [SA] seq 300 ack 101", i))
				s.sees(line("tcp 10.0.0.1:%d > 10.0.0.2:80 [A] seq 101 ack 301", i))
				s.sees(line("udp 10.0.0.1:%d > 10.0.0.2:53", i)) // might be given up if there were no room
			}
			s.cli("flowtrack limit sessions per-source 50")
			s.cli("flowtrack limit rate 20 burst 20")
			for i := range 5000 {
				s.now += ms
				s.from(1, line("tcp "+flood+" > 10.0.0.1:80 [S]", i%250))
			}
			for i := range good {
				if a := s.sees(line("tcp 10.0.0.1:%d > 10.0.0.2:80 [A] seq 101 ack 301", i)); a.flow < 0 || a.session.Detail != est {
					t.Fatalf("connection %d: %v", i, a)
				}
				if a := s.sees(line("udp 10.0.0.1:%d > 10.0.0.2:53", i)); a.session.Packets[0] != 2 {
					t.Fatalf("session %d: %v", i, a)
				}
			}
			if n := s.trk.Summarize(); n.Evicted != 0 || n.Refused != 0 {
				t.Errorf("%+v", n)
			}
			s.wait(200 * time.Second)
			if r, n := s.trk.Limits(), s.trk.Summarize(); r.Sources != 0 || n.Sessions != good {
				t.Errorf("after that: %+v, %+v", r, n)
			}
		})
	}
}

// TestLimitKeepState: a keep-state rule lets nothing pass that a limit refuses.
func TestLimitKeepState(t *testing.T) {
	s := newStory(t, 100)
	s.cli("classify add rule a proto udp keep-state pass")
	s.cli("flowtrack limit sessions per-source 2")
	if n := s.begins(0, "udp 10.0.0.1:%d > 10.0.0.2:53", 0, 5); n != 2 {
		t.Errorf("%d sessions, want 2", n)
	}
	if r := s.trk.Limits(); r.BySource != 3 {
		t.Errorf("%+v", r)
	}
}

// TestLimitEviction: a session that is given up for room no longer counts.
func TestLimitEviction(t *testing.T) {
	s := newStory(t, 10)
	s.cli("flowtrack limit sessions per-source 5")
	for i := range 20 {
		s.begins(0, line("udp 10.0.%d.1:%%d > 10.0.0.2:53", i), 0, 5)
	}
	total := uint32(0)
	for _, x := range s.trk.Limits().Busiest {
		total += x.Sessions
	}
	if n := s.trk.Summarize(); n.Evicted == 0 || int(total) != n.Sessions || n.Sessions > 10 {
		t.Errorf("%d sessions count; %+v", total, n)
	}
}

func TestLimitCommands(t *testing.T) {
	s := newStory(t, 10)
	for line, want := range map[string]string{
		"flowtrack limit":                                              "expected a limit (sessions, rate)",
		"flowtrack limit sessions":                                     "per-source, per-zone",
		"flowtrack limit sessions per-source":                          "expected a number of sessions",
		"flowtrack limit sessions per-source 0":                        "out of range",
		"flowtrack limit sessions per-source 9 prefix-length 33 64":    "out of range",
		"flowtrack limit sessions per-source 9 prefix-length 24":       "prefix length of IPv6",
		"flowtrack limit sessions per-zone 65536 1":                    "out of range",
		"flowtrack limit rate 10 burst 0":                              "out of range",
		"flowtrack limit rate 10 zone":                                 "expected a zone",
		"flowtrack limit rate 10 10":                                   "unknown input",
		"flowtrack limit del sessions per-source 10":                   "unknown input",
		"show flowtrack limits all":                                    "unknown input",
		"flowtrack limit sessions per-source 9 prefix-length 24 64 64": "unknown input",
	} {
		s.fails(line, want)
	}
}
