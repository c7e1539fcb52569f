package flowtrack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// crowd is a story with a session of many kinds: 0 TCP opening, 1 TCP established and assured, 2 UDP answered, 3 UDP over IPv6,
// 4 a ping, 5 GRE, 6 TCP from the other side, ten seconds younger.
func crowd(t *testing.T) *story {
	s := newStory(t, 100)
	for _, l := range []string{
		"tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]",
		"tcp 10.0.0.1:1001 > 10.0.0.3:443 [S] seq 1", "tcp 10.0.0.3:443 > 10.0.0.1:1001 [SA] seq 9 ack 2", "tcp 10.0.0.1:1001 > 10.0.0.3:443 [A] seq 2 ack 10",
		"udp 10.0.0.1:5000 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:5000",
		"udp [::1]:6000 > [::2]:53",
		"icmp 10.0.0.1 > 10.0.0.2 type 8 id 7",
		"gre 10.0.0.1 > 10.0.0.2",
	} {
		s.sees(l)
	}
	s.wait(10 * time.Second)
	s.sees("tcp 192.168.7.7:2000 > 10.0.0.1:22 [S]")
	return s
}

// numbers are the sessions that show flowtrack gives for a filter.
func (s *story) numbers(filter string) (list []uint32) {
	s.t.Helper()
	var found []flowtrack.Session
	s.json("show flowtrack "+filter, &found)
	for i := range found {
		list = append(list, found[i].Flow)
	}
	return list
}

func (s *story) json(line string, v any) {
	s.t.Helper()
	var out bytes.Buffer
	if err := s.dp.CLI().Run(context.Background(), line, true, &out); err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
}

var filters = map[string][]uint32{
	"":                                   {0, 1, 2, 3, 4, 5, 6},
	"src 10.0.0.1":                       {0, 1, 2, 4, 5},
	"dst 10.0.0.2":                       {0, 2, 4, 5},
	"addr 10.0.0.2/31":                   {0, 1, 2, 4, 5},
	"addr 192.168.0.0/16":                {6},
	"addr ::/0":                          {3},
	"sport 1000-1001":                    {0, 1},
	"dport 53":                           {2, 3},
	"port 22":                            {6},
	"port 2000-2001":                     {6},
	"proto tcp":                          {0, 1, 6},
	"proto 47":                           {5},
	"proto ICMP":                         {4},
	"state new":                          {0, 3, 4, 5, 6},
	"state ESTABLISHED":                  {1, 2},
	"state syn-sent":                     {0, 6},
	"state unreplied":                    {0, 3, 4, 5, 6},
	"state replied state new":            nil,
	"state assured":                      {1},
	"state replied state unassured":      {2},
	"state expected":                     nil,
	"zone 0":                             {0, 1, 2, 3, 4, 5, 6},
	"zone 1":                             nil,
	"age <5":                             {6},
	"age >5":                             {0, 1, 2, 3, 4, 5},
	"older 5":                            {0, 1, 2, 3, 4, 5},
	"younger 5":                          {6},
	"older 5 younger 9":                  nil,
	"interface b":                        {6},
	"proto udp dst ::/0":                 {3},
	"dport 53 proto udp state unreplied": {3},
	"max 2":                              {0, 1},
	"max 2 sort age proto tcp":           {0, 1},
	"max 2 sort bytes":                   {1, 2},
	"sort packets max 1":                 {1},
	"sort left proto udp":                {2, 3},
	"interface a sort number max 3":      {0, 1, 2},
}

func TestFilters(t *testing.T) {
	s := crowd(t)
	for filter, want := range filters {
		if got := s.numbers(filter); !slices.Equal(got, want) {
			t.Errorf("%q: %d, want %d", filter, got, want)
		}
		if strings.Contains(filter, "max") || strings.Contains(filter, "sort") {
			continue
		}
		var n struct{ Sessions int }
		if s.json("show flowtrack count "+filter, &n); n.Sessions != len(want) {
			t.Errorf("%q: count %d, want %d", filter, n.Sessions, len(want))
		}
	}
	if out := s.cli("show flowtrack count proto tcp"); out != "3 sessions\n" {
		t.Error(out)
	}
}

// TestClearFilters: what a filter does not mean stays.
func TestClearFilters(t *testing.T) {
	for filter, want := range filters {
		if strings.Contains(filter, "max") || strings.Contains(filter, "sort") {
			continue
		}
		s := crowd(t)
		var n struct{ Removed int }
		if s.json("clear flowtrack "+filter, &n); n.Removed != len(want) {
			t.Errorf("clear %q: %d removed, want %d", filter, n.Removed, len(want))
		}
		for _, left := range s.numbers("") {
			if slices.Contains(want, left) {
				t.Errorf("clear %q: %d is left", filter, left)
			}
		}
		if left := s.trk.Summarize().Sessions; left != 7-len(want) {
			t.Errorf("clear %q: %d are left", filter, left)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	s := crowd(t)
	for _, command := range []string{"show flowtrack", "clear flowtrack"} {
		for filter, want := range map[string]string{
			"src":               "expected a source prefix",
			"src 10":            `got "10"`,
			"dport 5-1":         "its start is above its end",
			"port 70000":        "out of range",
			"proto quic":        `got "quic"; names are tcp, udp`,
			"proto 256":         "from 0 to 255",
			"state open":        `no state "open"; there are CLOSE, CLOSED, CLOSE_WAIT`,
			"state":             "expected a state",
			"zone 65536":        "out of range",
			"age 5":             `expected an age, >SECONDS or <SECONDS, got "5"`,
			"age >x":            "not a number",
			"interface c":       `no interface "c"; there are a, b`,
			"src 1.1.1.1 src 2": "src stands twice",
			"dst 1.1.1.1 nix":   "unknown input `nix'",
		} {
			if err := s.dp.CLI().Run(context.Background(), command+" "+filter, false, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %s: %v, want … %s …", command, filter, err, want)
			}
		}
	}
	if n := s.trk.Summarize().Sessions; n != 7 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestCompletion(t *testing.T) {
	s := crowd(t)
	for line, want := range map[string]string{
		"show flowtrack ":              "addr,age,count,dport,dst,errors,expectations,helpers,interface,limits,max,older,port,proto,settings,sort,sport,src,state,summary,timeouts,younger,zone,zones",
		"show flowtrack sort ":         "age,bytes,left,number,packets",
		"show flowtrack max ":          "",
		"show flowtrack interface ":    "a,b",
		"clear flowtrack state TIME":   "TIME_WAIT",
		"show flowtrack proto udp ":    "addr,age,count,dport,dst,interface,max,older,port,proto,sort,sport,src,state,younger,zone",
		"show flowtrack dst ":          "",
		"flowtrack set tcp_m":          "tcp_max_retrans",
		"flowtrack set tcp_loose ":     "",
		"flowtrack timeout sctp_esta":  "sctp_established",
		"clear flowtrack proto icmp":   "icmp,icmpv6",
		"show flowtrack proto udp zon": "zone",
	} {
		if got := strings.Join(s.dp.CLI().Complete(line), ","); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

// TestLimitsHoldMemory: no more sessions are kept than asked for, whatever the order.
func TestMaxOfMany(t *testing.T) {
	s := newStory(t, 10_000)
	for i := range 5000 {
		s.sees(line("udp 10.0.0.1:%d > 10.0.0.2:53", 1000+i))
	}
	for filter, first := range map[string]uint32{"max 3": 0, "max 3 sort age": 0, "max 3 sport 4000-60000": 3000} {
		if got := s.numbers(filter); len(got) != 3 || got[0] != first {
			t.Errorf("%q: %d, want 3 from %d", filter, got, first)
		}
	}
	if out := s.cli("show flowtrack sport 1000-2999"); !strings.Contains(out, "... and 1000 more: `show flowtrack max 2000`") {
		t.Error(out[len(out)-200:])
	}
}

func TestShowDetails(t *testing.T) {
	s := crowd(t)
	sum := s.trk.Summarize()
	if sum.Protocols["tcp"] != 3 || sum.Details["tcp"]["SYN_SENT"] != 2 || sum.Details["tcp"]["ESTABLISHED"] != 1 || sum.Unreplied != 5 ||
		sum.Assured != 1 || sum.Expected != 0 || sum.Zones[0] != 7 || sum.Protocols["icmp"] != 1 {
		t.Errorf("%+v", sum)
	}
	var list []flowtrack.Session
	s.json("show flowtrack proto icmp", &list)
	if x := list[0]; x.ICMPType != 8 || x.Protocol != "icmp" || x.Replied || x.Interface != "a" {
		t.Errorf("%+v", x)
	}
	out := s.cli("show flowtrack")
	for _, want := range []string{"assured", "unreplied", "ESTABLISHED", "SYN_SENT"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if strings.Contains(out, "Zone") {
		t.Errorf("zones where there are none:\n%s", out)
	}
	if out := s.cli("show flowtrack summary"); !strings.Contains(out, "tcp          3 (ESTABLISHED 1, SYN_SENT 2)") {
		t.Error(out)
	}
}

func TestShowErrors(t *testing.T) {
	s := newStory(t, 100)
	s.sees("ab [R]")
	s.sees("ab [R]")
	s.sees("ab [SF]")
	var list []flowtrack.Fault
	s.json("show flowtrack errors", &list)
	counts := map[string]uint64{}
	for _, f := range list {
		if f.Node == "flow-lookup" {
			counts[f.Reason] += f.Count
		}
	}
	if counts["invalid: TCP: such a segment begins no connection"] != 2 || len(counts) != 2 {
		t.Errorf("%+v", list)
	}
	if out := s.cli("show flowtrack errors"); !strings.Contains(out, "2      flow-lookup  invalid: TCP: such a segment begins no connection") {
		t.Error(out)
	}
	s.cli("clear errors")
	if s.json("show flowtrack errors", &list); len(list) != 3 {
		t.Errorf("cleared: %+v", list)
	}
}

func TestSettingsByName(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack set tcp-loose off")
	s.cli("flowtrack set TCP_MAX_RETRANS 7")
	if a := s.sees("ab [A]"); a.class != "invalid, TCP: a connection picked up in mid-stream (tcp_loose 0)" {
		t.Error(a)
	}
	if got := s.trk.Settings(); got.TCPLoose || got.TCPMaxRetrans != 7 || !got.Checksum {
		t.Errorf("%+v", got)
	}
	out := s.cli("show flowtrack settings")
	if !strings.Contains(out, "tcp_loose               0      1        pick up TCP connections in mid-stream") {
		t.Error(out)
	}
	s.cli("flowtrack timeout udp 7.5")
	if out := s.cli("show flowtrack timeouts"); !strings.Contains(out, "udp                     7.5      30\n") {
		t.Error(out)
	}
	for cmd, want := range map[string]string{
		"flowtrack set tcp_tight 1":         `no setting "tcp_tight"; there are tcp_loose, tcp_be_liberal`,
		"flowtrack set tcp_loose 2":         `tcp_loose: expected 1 or 0, on or off, got "2"`,
		"flowtrack set tcp_max_retrans 256": `expected a number from 0 to 255, got "256"`,
		"flowtrack set tcp_max_retrans on":  `expected a number from 0 to 255, got "on"`,
		"flowtrack set checksum 1 1":        "unknown input `1'",
	} {
		if err := s.dp.CLI().Run(context.Background(), cmd, false, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want … %s …", cmd, err, want)
		}
	}
	if err := s.trk.SetByName("checksum", 2); err == nil {
		t.Error("checksum 2")
	}
}
