package gvpp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

var update = flag.Bool("update", false, "write testdata anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// shown is a dataplane whose output is the same at every run: one that has forwarded and dropped a few packets.
func shown(t *testing.T) *rig {
	now := int64(0)
	clock := func() int64 { return now }
	r := newRig(t, gvpp.Config{Clock: clock, Buffers: 1024}, "left", "right", "spare")
	r.connect("left", "right")
	now = int64(3*time.Hour + 25*time.Minute + 45*time.Second + 678901*time.Microsecond)
	r.cli("trace add ethernet-input 3")
	r.send("left", aPacket, "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] vlan 5", "udp 10.0.0.1:1000 > 10.0.0.2:53 badsum")
	r.send("right", "tcp [2001:db8::2]:80 > [2001:db8::1]:1000 [SA]")
	r.send("spare", "eth 0x0806 len 28", "eth 0x0806 len 28")
	r.cli("set interface state spare down")
	r.send("spare", "eth 0x0806 len 28")
	return r
}

// clocks are what differs from run to run.
var clocks = regexp.MustCompile(`(?m)^(\S+ +(?:active|polling) +\d+ +\d+ +\d+) +\S+( +\S+)$|clock \S+ Hz`)

func TestShow(t *testing.T) {
	r := shown(t)
	for _, command := range []string{"show interface", "show hardware", "show errors", "show trace", "show graph", "show buffers"} {
		golden(t, strings.ReplaceAll(command, " ", "-")+".txt", r.cli(command))
	}
	runtime := r.cli("show runtime")
	if n := len(clocks.FindAllString(runtime, -1)); n != 11 {
		t.Errorf("%d figures of clocks in\n%s", n, runtime)
	}
	golden(t, "show-runtime.txt", clocks.ReplaceAllString(runtime, "$1 CLOCKS$2"))
	if one := r.cli("show interface right"); strings.Count(one, "\n") != 5 || !strings.Contains(one, "right") {
		t.Errorf("one interface:\n%s", one)
	}
}

func TestClear(t *testing.T) {
	r := shown(t)
	for _, command := range []string{"clear runtime", "clear errors", "clear trace"} {
		r.cli(command)
	}
	if len(r.Errors()) != 0 {
		t.Errorf("errors %v", r.Errors())
	}
	if got := r.cli("show trace"); !strings.Contains(got, "No packets in trace buffer") {
		t.Errorf("trace\n%s", got)
	}
	r.send("left", "udp 10.0.0.1:1000 > 10.0.0.2:53 badsum")
	if e := r.errors(); len(e) != 1 || e["ip4-input: IPv4 header checksum wrong"] != 1 {
		t.Errorf("errors %v", e)
	}
	for _, n := range r.Runtime()[0].Nodes {
		if want := map[string]uint64{"port-rx": 1, "ethernet-input": 1, "ip4-input": 1, "error-drop": 1, "port-tx": 1}[n.Name]; n.Vectors != want {
			t.Errorf("%s: %d packets, want %d", n.Name, n.Vectors, want)
		}
	}
}

func TestShowAsJSON(t *testing.T) {
	r := shown(t)
	for _, line := range []string{
		"show interface", "show interface left", "show hardware", "show runtime", "show errors", "show trace", "show graph", "show buffers",
		"show barrier", "show version", "show l2 xconnect",
	} {
		var out bytes.Buffer
		if err := r.CLI().Run(context.Background(), line, true, &out); err != nil || !json.Valid(out.Bytes()) {
			t.Errorf("%s: %v\n%s", line, err, out.String())
		}
	}
	decode := func(line string, v any) {
		t.Helper()
		var out bytes.Buffer
		if err := r.CLI().Run(context.Background(), line, true, &out); err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(&out)
		d.DisallowUnknownFields()
		if err := d.Decode(v); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	var ifs []gvpp.InterfaceStatus
	decode("show interface", &ifs)
	if len(ifs) != 3 || ifs[0].Packets.RxPackets != 3 || ifs[2].Up || ifs[1].Device.Driver != "memory" {
		t.Errorf("%+v", ifs)
	}
	var trace []gvpp.TracedPacket
	decode("show trace max 2", &trace)
	if len(trace) != 2 || trace[1].Packet != 1 || trace[1].Steps[0].Node != graph.Entry {
		t.Errorf("%+v", trace)
	}
	var errs []graph.ErrorCount
	decode("show errors", &errs)
	if len(errs) != 2 || errs[0].Count == 0 {
		t.Errorf("%+v", errs)
	}
	var runtime []gvpp.RuntimeReport
	decode("show runtime", &runtime)
	if len(runtime) != 1 || runtime[0].Core != -1 || runtime[0].Seconds < 12345 {
		t.Errorf("%+v", runtime)
	}
	empty := newRig(t, gvpp.Config{})
	for _, line := range []string{"show interface", "show errors", "show trace", "show l2 xconnect"} { // lists, not null
		var out bytes.Buffer
		if err := empty.CLI().Run(context.Background(), line, true, &out); err != nil || strings.TrimSpace(out.String()) != "[]" {
			t.Errorf("%s of nothing: %v, %s", line, err, out.String())
		}
	}
}

func TestCommandsRefuse(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	for line, want := range map[string]string{
		"show interface x":                `no interface "x"; there are a`,
		"show interface a b":              "b",
		"show hardware a b":               "b",
		"show runtime x":                  "x",
		"show errors x":                   "x",
		"show graph x":                    "x",
		"show buffers x":                  "x",
		"show barrier x":                  "x",
		"show version x":                  "x",
		"show trace min":                  "min",
		"show trace max 0":                "from 1",
		"clear runtime x":                 "x",
		"clear errors x":                  "x",
		"clear trace x":                   "x",
		"trace add":                       "expected a node",
		"trace add nobody 3":              `no node "nobody"`,
		"trace add ip4-input":             "expected a number",
		"trace add ip4-input 10001":       "want 1 to 10000",
		"trace add ip4-input 1 2":         "2",
		"set interface state":             "expected an interface name",
		"create interface af_xdp eth9":    "expected host-if NAME",
		"create interface af_xdp host-if": "expected",
		"create interface af_xdp host-if gvpp-none-0 queues 0": "from 1 to 64",
		"create interface af_xdp host-if gvpp-none-0 mode x":   "x",
		"create interface af_xdp host-if gvpp-none-0 what":     "what",
	} {
		r.refused(line, want)
	}
}

func TestCompletion(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "left", "lost", "right")
	for line, want := range map[string]string{
		"show interface l": "left lost", "set interface state lo": "lost", "set interface state left d": "down", "trace add ip4-i": "ip4-icmp-echo-request ip4-icmp-error ip4-input",
		"set interface l2 xconnect r": "right",
	} {
		got := strings.Join(r.CLI().Complete(line), " ")
		if got != want {
			t.Errorf("%q completes to %q, want %q", line, got, want)
		}
	}
}

// A port that another worker owns, and VPP's way to name threads.
func TestShowOfTwoWorkers(t *testing.T) {
	var drops int
	r := newRig(t, gvpp.Config{Workers: 2, Cores: []int{0, 1}, Dropped: func(*graph.Worker, buffer.Index) { drops++ }}, "a")
	r.cli("trace add ethernet-input 1")
	r.send("a", aPacket)
	for _, c := range []struct{ line, want string }{
		{"show runtime", "Thread 2 gvpp_wk_1 (lcore 1)\n"},
		{"show trace", "------------------- Start of thread 2 gvpp_wk_1 -------------------\nNo packets in trace buffer\n"},
	} {
		if got := r.cli(c.line); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in\n%s", c.line, c.want, got)
		}
	}
	if drops != 1 {
		t.Errorf("%d drops seen", drops)
	}
	if s := gvpp.ProgramVersion().String(); !strings.HasPrefix(s, "gvpp ") || !strings.Contains(s, "go1.") {
		t.Errorf("version %q", s)
	}
}
