package plugname

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// newHarness is a dataplane in the test's memory with the plugin: what a receives leaves by b, and the other way round; a is
// enabled. startup is stanzas of startup.conf.
func newHarness(t testing.TB, startup string) (p *Plugin, h *gvpptest.Harness, a, b *gvpptest.Interface) {
	t.Helper()
	p = New()
	h = gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{p}, Interfaces: []string{"eth-a", "eth-b"}, Startup: startup})
	a, b = h.Interface("eth-a"), h.Interface("eth-b")
	h.Connect(a, b)
	h.Exec("plugname enable-disable eth-a")
	return p, h, a, b
}

// What the tests send: all of it passes where there are no rules.
var (
	dns4  = gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53")
	dns6  = gvpptest.Lines("udp [2001:db8::1]:1000 > [2001:db8::2]:53")
	web   = gvpptest.Lines("tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]")
	ping  = gvpptest.Lines("icmp 10.0.0.1 > 10.0.0.2 type 8")
	arp   = gvpptest.Lines("eth 0x0806 len 28")
	other = slices.Concat(web, ping, arp)
)

func TestDrop(t *testing.T) {
	_, h, a, b := newHarness(t, "")
	h.SendAndExpect(a, slices.Concat(dns4, dns6, other), b)
	h.Exec("plugname add rule 10.0.0.2 proto udp port 53 drop")
	h.SendAndAssertNoReplies(a, dns4)
	h.ExpectCounter("plugname", "packets dropped by a rule", 1)
	if trace := h.Trace(); !strings.Contains(trace, "to 10.0.0.2 protocol 17 port 53: rule 0: 10.0.0.2/32 proto udp port 53 drop") {
		t.Errorf("the trace does not say why:\n%s", trace)
	}
	h.SendAndExpect(a, slices.Concat(dns6, other), b)
	h.ExpectCounter("plugname", "frames that are not IP, passed", 2)
	h.SendAndExpect(b, dns4, a) // b is not enabled
	h.Exec("plugname enable-disable eth-a disable")
	h.SendAndExpect(a, dns4, b)
}

func TestFirstRuleDecides(t *testing.T) {
	_, h, a, b := newHarness(t, "")
	h.Exec("plugname add rule 10.0.0.0/8 proto udp count")
	h.Exec("plugname add rule 0.0.0.0/0 drop")
	h.Exec("plugname add rule 2001:db8::/33 port 53 drop")
	h.SendAndExpect(a, slices.Concat(dns4, arp), b)
	h.SendAndAssertNoReplies(a, slices.Concat(web, ping, dns6))
	h.ExpectCounter("plugname", "packets counted by a rule", 1)
	h.ExpectCounter("plugname", "packets dropped by a rule", 3)
	h.Exec("plugname del rule 0")
	h.SendAndAssertNoReplies(a, dns4)
}

func TestCommands(t *testing.T) {
	_, h, a, b := newHarness(t, "")
	for line, want := range map[string]string{
		"plugname enable-disable x":                      "x",
		"plugname add rule 10.0.0.1/8 drop":              "want 10.0.0.0/8",
		"plugname add rule 10.0.0.1 proto icmp port 1":   "action",
		"plugname add rule ::1 proto icmpv6 port 1 drop": "no ports",
		"plugname add rule 10.0.0.1 proto 256 drop":      "256",
		"plugname add rule 10.0.0.1 port 65536 drop":     "65536",
		"plugname add rule 10.0.0.1 drop all":            "all",
		"plugname del rule 0":                            "no rule 0",
		"show plugname rules":                            "rules",
	} {
		h.Refused(line, want)
	}
	if out := h.Exec("plugname add rule 10.0.0.2 proto tcp port 80 count"); out != "rule 0\n" {
		t.Errorf("printed %q", out)
	}
	h.SendAndExpect(a, slices.Concat(web, web), b)
	const line = "0        2    108  10.0.0.2/32 proto tcp port 80 count"
	if out := h.Exec("show plugname"); !strings.Contains(out, line) || !strings.Contains(out, "on eth-a\n2 packets counted") {
		t.Errorf("want %q in:\n%s", line, out)
	}
	h.Exec("clear plugname")
	var out bytes.Buffer
	if err := h.DP.CLI().Run(t.Context(), "show plugname", true, &out); err != nil { // as with -o json
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Rules) != 1 || r.Rules[0].Packets != 0 || r.Counted != 2 || !slices.Equal(r.Interfaces, []string{"eth-a"}) {
		t.Errorf("%+v", r)
	}
	if c := h.DP.CLI().Complete("plugname del rule "); !slices.Equal(c, []string{"0"}) {
		t.Errorf("completed by %q", c)
	}
}

func TestStartup(t *testing.T) {
	_, h, a, b := newHarness(t, "plugname { rule { 10.0.0.0/8 proto udp drop } rule { ::/0 port 53 drop } enable eth-b }")
	h.SendAndAssertNoReplies(a, slices.Concat(dns4, dns6))
	h.SendAndAssertNoReplies(b, dns4)
	h.SendAndExpect(b, other, a)
}

// The periodic work: a second by the test's clock.
func TestRate(t *testing.T) {
	p, h, a, b := newHarness(t, "plugname { rule { 0.0.0.0/0 count } }")
	h.Advance(time.Second)
	h.SendAndExpect(a, slices.Concat(dns4, web, web, ping), b)
	h.Advance(2 * time.Second)
	if r := p.rate.Load(); r != 2 {
		t.Errorf("%d packets a second, want 2: 4 in two seconds", r)
	}
	h.Advance(time.Second)
	if r := p.rate.Load(); r != 0 {
		t.Errorf("%d packets a second, want none", r)
	}
}

// The packet generator's script, in VPP's words: a packet that begins its way in the node.
func TestSetup(t *testing.T) {
	_, h, _, _ := newHarness(t, "")
	h.Exec("exec testdata/setup.pg")
	h.Exec("packet-generator enable")
	h.Run()
	h.ExpectCounter("plugname", "frames that are not IP, passed", 1)
}

// A capture says of each packet what became of it, and why.
func TestCapture(t *testing.T) {
	_, h, a, _ := newHarness(t, "plugname { rule { 10.0.0.2/32 proto udp drop } }")
	file := filepath.Join(t.TempDir(), "dropped.pcapng")
	h.Exec("pcap trace drop max 10 file " + file)
	h.SendAndAssertNoReplies(a, dns4)
	h.Exec("pcap trace off")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"plugname", "packets dropped by a rule", "rule 0: 10.0.0.2/32 proto udp drop"} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("no %q in the capture: %q", want, data)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	_, h, a, _ := newHarness(t, "plugname { rule { 10.0.0.2/32 proto udp drop } rule { ::/0 count } }")
	h.ExpectNoAllocs(a, slices.Concat(dns4, dns6, other))
}

func TestMostRules(t *testing.T) {
	p, h, a, b := newHarness(t, "")
	all := Rule{Dst: dstOf(t, "0.0.0.0/0"), Action: Drop}
	for range MaxRules - 1 {
		if _, err := p.Add(t.Context(), Rule{Dst: dstOf(t, "192.0.2.0/24")}); err != nil {
			t.Fatal(err)
		}
	}
	h.SendAndExpect(a, dns4, b)
	if _, err := p.Add(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	h.SendAndAssertNoReplies(a, dns4)
	if _, err := p.Add(t.Context(), all); err == nil {
		t.Errorf("rule %d is added", MaxRules)
	}
}
