package gvpp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
)

// What VPP's users type in the first minute.
func TestHabits(t *testing.T) {
	r := stock(t, "eth1", "eth2")
	r.connect("eth1", "eth2")
	r.cli("classify add rule eth1 proto udp keep-state pass")
	for range 3 {
		r.send("eth1", "udp 10.0.0.1:1000 > 10.0.0.2:53", "udp 10.0.0.1:1000 > 10.0.0.2:53 badsum")
	}
	golden(t, "show-node.txt", r.cli("show node"))
	golden(t, "show-node-one.txt", r.cli("show node ip4-input")+r.cli("show node pkt-classify")+r.cli("show node interface-output"))
	golden(t, "show-vlib-graph.txt", r.cli("show vlib graph ip4-input")+r.cli("sh vlib gr flow-lookup error-drop"))
	golden(t, "show-features.txt", r.cli("show features")+r.cli("show interface features eth1"))
	plugins := regexp.MustCompile(`^ Plugins are compiled in, shown in load order

     Plugin                                   Version                          Description
  1\. flowtrack                                devel                            github\.com/gvpp/gvpp/nodes/flowtrack, \d+ nodes, \d+ commands, 1 API module
  2\. classify                                 devel                            github\.com/gvpp/gvpp/nodes/classify, 3 nodes, .*
  3\. acl                                      devel                            github\.com/gvpp/gvpp/plugins/acl, 4 nodes, \d+ commands, 1 API module
  4\. reassembly .*
$`)
	if got := r.cli("show plugins"); !plugins.MatchString(got) {
		t.Errorf("%s", got)
	}
	if got := r.cli("show vlib graph"); strings.Count(got, "\n\n") != len(r.Graph().Plan.Nodes) {
		t.Errorf("%s", got)
	}
	if got := r.cli("show int feat"); strings.Count(got, "Feature paths configured on eth") != 2 {
		t.Errorf("%s", got)
	}
	if a, b := r.cli("show hardware-interfaces eth1"), r.cli("show hardware eth1"); a != b {
		t.Errorf("%s\n%s", a, b)
	}
	for line, want := range map[string]string{
		"show node nobody":              "no node \"nobody\"; `show node` lists them",
		"show node ip4-input ip6-input": "unknown input `ip6-input'",
		"show vlib graph nobody":        `no node "nobody"`,
		"show plugins x":                "unknown input `x'",
		"show threads x":                "unknown input `x'",
		"show features x":               "unknown input `x'",
		"show version verbos":           "unknown input `verbos'",
		"show version verbose x":        "unknown input `x'",
		"show interface features x":     `no interface "x"`,
	} {
		r.refused(line, want)
	}
	for line, want := range map[string]string{"show node ip4-l": "ip4-local ip4-lookup", "show vlib graph ip6-lo": "ip6-local ip6-lookup", "show version v": "verbose", "show interface f": "features"} {
		if got := strings.Join(r.CLI().Complete(line), " "); got != want {
			t.Errorf("%q completes to %q, want %q", line, got, want)
		}
	}
}

func TestVersionVerbose(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	got := r.cli("show version verbose")
	for _, want := range []string{"Version:                  ", "Compiler:                 go1.", fmt.Sprintf("Current PID:              %d\n", os.Getpid())} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestThreads(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2})
	if got := r.cli("show threads"); strings.Count(got, "not running (0)") != 2 {
		t.Errorf("%s", got)
	}
	r.run()
	eventually(t, "the workers run", func() bool { return r.Graph().Thread(0) != 0 && r.Graph().Thread(1) != 0 })
	got := r.cli("show threads")
	form := regexp.MustCompile(`^ID     Name                Type        LWP     Sched Policy \(Priority\)  lcore  Core   Socket
0      gvpp_main                       \d+ +other \(0\)                +\d+ +\d+ +\d+
1      gvpp_wk_0           workers     \d+ +other \(0\)                +\d+ +\d+ +\d+
2      gvpp_wk_1           workers     \d+ +other \(0\)                +\d+ +\d+ +\d+
$`)
	if !form.MatchString(got) {
		t.Errorf("%s", got)
	}
}

func TestHabitsAsJSON(t *testing.T) {
	r := stock(t, "eth1")
	decode := func(line string, v any) {
		t.Helper()
		var out bytes.Buffer
		if err := r.CLI().Run(context.Background(), line, true, &out); err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(&out)
		d.DisallowUnknownFields()
		if err := d.Decode(v); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out.String())
		}
	}
	var node gvpp.NodeReport
	decode("show node pkt-classify", &node)
	if node.Name != "pkt-classify" || fmt.Sprint(node.Arcs) != "[ip4-unicast ip6-unicast]" || node.Nexts[2].To != "error-drop" || len(node.Nexts[0].Nodes) < 3 || len(node.Counters) == 0 {
		t.Errorf("%+v", node)
	}
	var list []gvpp.NodeReport
	for _, line := range []string{"show node", "show vlib graph"} {
		if decode(line, &list); len(list) != len(r.Graph().Plan.Nodes) || !slices.ContainsFunc(list, func(n gvpp.NodeReport) bool { return n.Name == "ip4-input" && n.Previous[0] == "ethernet-input" }) {
			t.Errorf("%s: %d nodes: %+v", line, len(list), list[:3])
		}
	}
	var features []gvpp.ArcFeatures
	if decode("show features", &features); len(features) != len(r.Graph().Plan.Arcs()) || features[0].Arc != "interface-output" {
		t.Errorf("%+v", features)
	}
	var of []gvpp.InterfaceFeatures
	if decode("show interface features eth1", &of); len(of) != 1 || len(of[0].Arcs) != len(features) {
		t.Errorf("%+v", of)
	}
	var plugins []gvpp.PluginReport
	if decode("show plugins", &plugins); len(plugins) != 4 || plugins[1].Name != "classify" || plugins[1].Nodes != 3 || plugins[1].Version != "devel" {
		t.Errorf("%+v", plugins)
	}
	var threads []gvpp.ThreadReport
	if decode("show threads", &threads); len(threads) != 2 || threads[0].LWP != os.Getpid() {
		t.Errorf("%+v", threads)
	}
	var version gvpp.VersionDetails
	if decode("show version verbose", &version); version.PID != os.Getpid() || version.Program != "gvpp" {
		t.Errorf("%+v", version)
	}
}
