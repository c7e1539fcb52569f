package interop

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"go.fd.io/govpp/adapter/statsclient"
	govppapi "go.fd.io/govpp/api"
	"go.fd.io/govpp/core"
)

// await asks until the answer is yes: statistics are told every second.
func await(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !yes(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestStatistics(t *testing.T) {
	r := newRig(t)
	c, err := core.ConnectStats(statsclient.NewStatsClient(r.path("stats")))
	r.ok(err)
	defer c.Disconnect()
	const n = 100
	for range n {
		r.a.Inject(0, udp(53))
	}
	var ifs govppapi.InterfaceStats
	await(t, "packets of a and b", func() bool {
		r.ok(c.GetInterfaceStats(&ifs))
		return len(ifs.Interfaces) == 3 && ifs.Interfaces[1].Rx.Packets == n && ifs.Interfaces[2].Tx.Packets == n
	})
	if i := ifs.Interfaces; i[0].InterfaceName != "local0" || i[1].InterfaceName != "a" || i[2].InterfaceName != "b" || i[1].Rx.Bytes != n*60 {
		t.Errorf("%+v", i)
	}
	var nodes govppapi.NodeStats
	await(t, "vectors of ethernet-input", func() bool {
		r.ok(c.GetNodeStats(&nodes))
		return slices.ContainsFunc(nodes.Nodes, func(c govppapi.NodeCounters) bool { return c.NodeName == "ethernet-input" && c.Vectors == n })
	})
	var sys govppapi.SystemStats
	await(t, "a heartbeat", func() bool { r.ok(c.GetSystemStats(&sys)); return sys.Heartbeat > 0 })
	if sys.NumWorkerThreads != 1 {
		t.Errorf("%+v", sys)
	}
	var buffers govppapi.BufferStats
	r.ok(c.GetBufferStats(&buffers))
	if len(buffers.Buffer) == 0 {
		t.Error("no buffer pool")
	}
	var errs govppapi.ErrorStats
	r.ok(c.GetErrorStats(&errs))
	if len(errs.Errors) == 0 {
		t.Error("no error counters")
	}
}

// udp is an IPv4 packet to a port, without a checksum in its UDP header.
func udp(port uint16) []byte {
	p := make([]byte, 60)
	copy(p, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00")
	copy(p[14:], "\x45\x00\x00\x20\x00\x00\x00\x00\x40\x11\x66\xcb\x0a\x00\x00\x01\x0a\x00\x00\x02\x04\x00\x00\x00\x00\x0c\x00\x00")
	p[36], p[37] = byte(port>>8), byte(port)
	return p
}

// GoVPP's command line program.
func TestGoVPPCommand(t *testing.T) {
	r := newRig(t)
	out, err := exec.Command("go", "tool", "govpp", "cli", "--apisock", r.path("api"), "--color", "never", "show", "interface").CombinedOutput()
	var want strings.Builder
	r.ok(r.dp.CLI().Run(t.Context(), "show interface", false, &want))
	if err != nil || !strings.Contains(string(out), want.String()) {
		t.Errorf("%v\n%s\nwant\n%s", err, out, &want)
	}
}
