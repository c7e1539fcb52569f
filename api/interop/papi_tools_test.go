package interop

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// binaries is the environment variable that names directories of VPP's programs.
const binaries = "GVPP_VPP_BIN"

// tool finds a program of VPP's; without it the test is skipped.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path := os.Getenv("GVPP_VPPCTL"); path != "" && name == "vppctl" {
		return path
	}
	for _, dir := range filepath.SplitList(os.Getenv(binaries)) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no %s in %s (%q) and on the PATH", name, binaries, os.Getenv(binaries))
	}
	return path
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// VPP's command line reader of the statistics segment.
func TestVPPGetStats(t *testing.T) {
	program := tool(t, "vpp_get_stats")
	r := newRig(t)
	dump := func(pattern ...string) string {
		return output(t, program, append([]string{"socket-name", r.path("stats"), "dump"}, pattern...)...)
	}
	names := strings.Fields(strings.ReplaceAll(output(t, program, "socket-name", r.path("stats"), "ls", "^/sys/", "^/if/"), "\n", " "))
	for _, want := range []string{"/sys/heartbeat", "/if/names", "/if/rx", "/if/tx", "/if/drops", "/sys/node/names"} {
		if !slices.Contains(names, want) {
			t.Errorf("ls lacks %s: %q", want, names)
		}
	}
	if got := dump("/if/names"); !strings.Contains(got, "[1]: a /if/names") || !strings.Contains(got, "[2]: b /if/names") {
		t.Errorf("names: %s", got)
	}
	const n = 100
	for range n {
		r.a.Inject(0, udp(53))
	}
	await(t, "packets of a", func() bool {
		return strings.Contains(dump("/if/rx$"), fmt.Sprintf("[1 @ 1]: %d packets, %d bytes /if/rx", n, n*60))
	})
	if got := dump("/interfaces/b/tx$"); !strings.Contains(got, fmt.Sprintf("%d packets, %d bytes", n, n*60)) {
		t.Errorf("a symbolic link: %s", got)
	}
	if lines := strings.Count(dump("/"), "\n"); lines < 500 {
		t.Errorf("everything is %d lines", lines)
	}
}

// VPP's exporter for Prometheus.
func TestVPPPrometheus(t *testing.T) {
	program := tool(t, "vpp_prometheus_export")
	r := newRig(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.ok(err)
	port := l.Addr().(*net.TCPAddr).Port
	r.ok(l.Close())
	cmd := exec.Command(program, "socket-name", r.path("stats"), "port", fmt.Sprint(port), "^/if/", "^/sys/", "^/interfaces/")
	r.ok(cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	r.a.Inject(0, udp(53), udp(54))
	client := http.Client{Timeout: time.Second}
	text := func() string {
		answer, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
		if err != nil {
			return ""
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body) // it closes without a word: what came is what there is
		return string(body)
	}
	var got string
	await(t, "packets of a", func() bool {
		got = text()
		return strings.Contains(got, `_if_rx_packets{thread="1",interface="1"} 2`)
	})
	for _, want := range []string{"_sys_heartbeat ", `_if_tx_bytes{thread="1",interface="2"} 120`, `_if_names_info{index="2",name="b"} 1`, `_interfaces_b_tx_packets{thread="1",interface="0"} 2`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q:\n%s", want, got)
		}
	}
}

// VPP's command line program, with the program gvpp.
func TestVPPCtl(t *testing.T) {
	vppctl := tool(t, "vppctl")
	r := startProgram(t)
	socket := filepath.Join(r.dir, "cli.sock")
	if got := output(t, vppctl, "-s", socket, "show", "version"); !strings.Contains(got, "gvpp") {
		t.Errorf("show version: %q", got)
	}
	output(t, vppctl, "-s", socket, "create", "loopback", "interface")
	if got := output(t, vppctl, "-s", socket, "show", "interface"); !strings.Contains(got, "loop0") {
		t.Errorf("show interface: %q", got)
	}
	r.end(t)
}
