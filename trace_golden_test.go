package gvpp_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
)

// What show trace says of packets of all kinds that meet rules and sessions.
func TestTraceGolden(t *testing.T) {
	now := int64(time.Hour)
	r := tracked(t, &now)
	r.cli("classify add rule a in proto icmp state related pass")
	r.cli("loop create")
	r.cli("set interface state loop0 up")
	const (
		syn   = "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]"
		reply = "tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA] ack 1"
	)
	for _, c := range []struct {
		name string
		from string
		node string
		send []string
		then func()
	}{
		{name: "passed", send: []string{syn}},
		{name: "answer", from: "b", send: []string{reply}},
		{name: "established", send: []string{"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] seq 1 ack 1"}},
		{name: "rule", send: []string{"tcp 10.0.0.1:1000 > 10.0.0.2:22 [S]"}},
		{name: "default", send: []string{"tcp 10.0.0.1:1000 > 10.0.0.2:23 [S] vlan 5"}},
		{name: "malformed", send: []string{"udp 10.0.0.1:1000 > 10.0.0.2:53 badsum", "udp 10.0.0.1:1000 > 10.0.0.2:53 cut 30", "eth 0x0806 cut 5"}},
		{name: "invalid", send: []string{"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] seq 99999999 ack 1"}},
		{name: "ip6", send: []string{"udp [2001:db8::1]:1000 > [2001:db8::2]:53 len 4"}},
		{name: "arp", send: []string{"eth 0x0806 len 28"}},
		{name: "fragments", send: []string{"udp 10.0.0.1:1000 > 10.0.0.2:53 len 16 udplen 32 nosum frag 0+ ipid 7", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 16 udplen 32 nosum frag 0+ ipid 8"},
			then: func() {
				now += int64(time.Second)
				r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 8 frag 3 ipid 7")
				now += int64(time.Minute)
				r.send("a")
			}},
		{name: "related", send: []string{"icmp 10.0.0.1 > 10.0.0.2 type 3 code 1 quote { tcp 10.0.0.2:80 > 10.0.0.1:1000 [A] }", "icmp 10.0.0.1 > 10.0.0.2 type 3 code 1 quote { tcp 10.0.0.2:81 > 10.0.0.1:1000 [A] }"}},
		{name: "middle", node: "l2-xconnect", send: []string{"udp 10.0.0.1:1000 > 10.0.0.2:53"}},
		{name: "loopback", send: []string{"udp 10.0.0.1:1000 > 10.0.0.2:53"}, then: nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "loopback" {
				r.cli("set interface l2 xconnect a loop0")
			}
			if c.from == "" {
				c.from = "a"
			}
			if c.node == "" {
				c.node = "ethernet-input"
			}
			r.cli("trace add " + c.node + " 10")
			r.send(c.from, c.send...)
			if c.then != nil {
				c.then()
			}
			golden(t, "trace-"+c.name+".txt", r.cli("show trace"))
		})
	}
}

// The packet generator's packets are followed from where they begin.
func TestTraceOfGeneratedPackets(t *testing.T) {
	var now int64
	r := tracked(t, &now)
	r.cli("create packet-generator interface pg0")
	r.cli("set interface state pg0 up")
	r.cli("set interface l2 xconnect pg0 b")
	r.cli("packet-generator new { name x limit 2 size 64-64 interface pg0 node ethernet-input data { IP4: 1.2.3 -> 4.5.6 UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1234 -> 2345 incrementing 22 } }")
	r.cli("trace add pg-input 1")
	var file bytes.Buffer
	if err := r.StartCapture(&file, gvpp.CaptureConfig{Rx: true}); err != nil {
		t.Fatal(err)
	}
	r.cli("packet-generator enable")
	for r.Step() {
	}
	if _, err := r.StopCapture(); err != nil {
		t.Error(err)
	}
	if got := captured(t, file.Bytes()); len(got) != 2 || !strings.HasPrefix(got[1], "pg0 ") || !strings.Contains(got[1], "in path: pg-input ethernet-input ip4-input l2-xconnect interface-output | sent by b") {
		t.Errorf("captured %q", got)
	}
	trace := r.cli("show trace")
	if strings.Count(trace, "Packet ") != 1 {
		t.Errorf("not one packet:\n%s", trace)
	}
	golden(t, "trace-generated.txt", trace)
}

// Of many packets, a filter keeps those that matter.
func TestTraceFilterCommand(t *testing.T) {
	var now int64
	r := tracked(t, &now)
	r.cli("trace filter include error-drop 1")
	r.cli("trace add ethernet-input 1000000")
	for range 100 {
		r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]")
	}
	r.send("a", "tcp 10.0.0.1:1000 > 10.0.0.2:22 [S]", "tcp 10.0.0.1:1000 > 10.0.0.2:22 [S]")
	trace := r.cli("show trace")
	if strings.Count(trace, "Packet ") != 1 || !strings.Contains(trace, "dropped by a rule") {
		t.Errorf("got\n%s", trace)
	}
	r.cli("trace filter none")
	for line, want := range map[string]string{
		"trace filter": "include", "trace filter some": "include", "trace filter include nobody 1": "nobody", "trace filter include error-drop": "a number",
		"trace filter exclude error-drop 10001": "out of range", "trace filter none 1": "1", "trace add ethernet-input 10001": "want 1 to 10000",
	} {
		r.refused(line, want)
	}
}
