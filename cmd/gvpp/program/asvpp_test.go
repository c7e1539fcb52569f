package program

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestVPPArgs reads the command line with which VPP's test framework starts its vpp.
func TestVPPArgs(t *testing.T) {
	args := []string{
		"/tmp/x/vpp", "unix", "{", "nodaemon", "nosyslog", "", "full-coredump", "coredump-size unlimited", "runtime-dir", "/tmp/t", "cli-listen ",
		"/tmp/t/cli.sock", " ", "}", "api-trace", "{", "on", "}", "api-segment", "{", "prefix", "t", "}", "cpu", "{", "main-core", "0", "}",
		"physmem", "{", "max-size", "32m", "}", "statseg", "{", "socket-name", "/tmp/t/stats.sock", "per-node-counters onupdate-interval 0.05", "}",
		"socksvr", "{", "socket-name", "/tmp/t/api.sock", "}", "node { ", "", "}", "api-fuzz {", "off", "}",
		"plugins", "{", "plugin", "dpdk_plugin.so", "{", "disable", "}", "plugin npt66_plugin.so {enable}", "plugin acl_plugin.so { disable }", "}",
	}
	own, ok := vppArgs(args)
	if !ok || own[0] != "run" {
		t.Fatalf("%v %q", ok, own)
	}
	var warned strings.Builder
	s, err := readStartup("", own[1:], &warned)
	if err != nil {
		t.Fatal(err)
	}
	if s.socket != "/tmp/t/cli.sock" || s.apiSocket != "/tmp/t/api.sock" || s.statsSocket != "/tmp/t/stats.sock" || s.stats.NoNodes || !s.stats.NoMain || s.workers != 0 || s.stats.Interval != 50*time.Millisecond {
		t.Errorf("sockets: %+v", s)
	}
	if !s.disabled["acl"] || s.disabled["classify"] {
		t.Errorf("plugins: %v", s.disabled)
	}
	if !strings.Contains(warned.String(), "npt66") || strings.Contains(warned.String(), "dpdk") {
		t.Errorf("notices: %s", warned.String())
	}
}

func TestVPPArgsOthers(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{[]string{"gvpp", "run"}, nil},
		{nil, nil},
		{[]string{"vpp", "-c", "x.conf"}, []string{"run", "-c", "x.conf"}},
		{[]string{"./vpp", "-v"}, []string{"version"}},
		{[]string{"./vpp", "--help"}, []string{"run", "--help"}},
		{[]string{"./vpp"}, strings.Fields("run cpu { workers 0 }")},
		{[]string{"./vpp", "-i", "unix {interactive}"}, strings.Fields("run cpu { workers 0 } unix { interactive }")},
	} {
		got, ok := vppArgs(c.args)
		if ok != (c.want != nil) || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q %v, want %q", c.args, got, ok, c.want)
		}
	}
}

// TestStartupForeignPlugin refuses plugins that nobody has, but for VPP's way to write them: a startup.conf of VPP's names its own.
func TestStartupForeignPlugin(t *testing.T) {
	if _, err := readStartup("", strings.Fields("plugins { plugin nat { disable } }"), io.Discard); err == nil {
		t.Error("plugin nat is taken")
	}
	if _, err := readStartup("", strings.Fields("plugins { plugin nat_plugin.so { disable } }"), io.Discard); err != nil {
		t.Error(err)
	}
}
