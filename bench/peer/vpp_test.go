package peer

import (
	"errors"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/internal/packetline"
)

// The files of testdata are what VPP 26.10-rc0 said, under load of 1,000 flows with a stateful ACL.
func vppSaid(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vpp_"+name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParseRuntime(t *testing.T) {
	threads, err := parseRuntime(vppSaid(t, "runtime"))
	if err != nil {
		t.Fatal(err)
	}
	if len(threads) != 2 || threads[0].thread != "vpp_main" || len(threads[0].nodes) != 6 {
		t.Fatalf("%+v", threads)
	}
	w, err := worker(threads)
	if err != nil || len(w.nodes) != 9 {
		t.Fatal(w, err)
	}
	if n, ok := w.node(aclNode); !ok || n != (vppNode{aclNode, "active", 22043, 5643008, 36.2}) {
		t.Errorf("%+v", n)
	}
	if n := w.nodes[6]; n.name != "pg-input" || n.state != "polling" || n.clocks != 50 {
		t.Errorf("%+v", n)
	}
	sum, err := w.perPacket(vppEntry) // without pg-input
	if want := 36.2 + 6.46 + 16.4 + 13.6 + 12.4 + 3.28 + 6.09; err != nil || math.Abs(sum-want) > 1e-9 {
		t.Errorf("%v %v, want %v", sum, err, want)
	}
	if _, err := w.perPacket("ip6-input"); err == nil {
		t.Error("a node that has seen nothing was divided by")
	}
}

// As older versions have it, and with a node that sees a part of the packets only.
func TestParseRuntimeOld(t *testing.T) {
	threads, err := parseRuntime(`Thread 1 vpp_wk_0 (lcore 1)
Time 6.3, 10.000000 sec internal node vector rate 1.34 loops/sec 1265859.10
  vector rates in 3.3010e5, out 3.3010e5, drop 0.0000e0, punt 0.0000e0
             Name                 State         Calls          Vectors        Suspends      Packet-Clocks   Vectors/Call
ethernet-input                   active            1547111         2000000               0          1.00e1            1.34
ip4-input                        active            1547111         1000000               0          3.06e2            1.34
`)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := threads[0].perPacket(vppEntry)
	if err != nil || sum != 10+153 {
		t.Errorf("%v %v, want 163", sum, err)
	}
}

func TestParseRuntimeErrors(t *testing.T) {
	for _, text := range []string{"", "show: unknown input `runtim'", "Thread 1 vpp_wk_0 (lcore 1)\nip4-input active 1 2 three 4 5 6\nip4-lookup active x 2 3 4 5\n"} {
		if threads, err := parseRuntime(text); err == nil {
			t.Errorf("%q: %+v", text, threads)
		}
	}
	if _, err := worker([]vppRuntime{{thread: "vpp_main"}}); err == nil {
		t.Error("main was taken for a worker")
	}
}

func FuzzParseRuntime(f *testing.F) {
	f.Add(vppSaid(f, "runtime"))
	f.Add("Thread 1 vpp_wk_0\na b 1 2 3 4 5")
	f.Fuzz(func(t *testing.T, text string) {
		threads, err := parseRuntime(text)
		if err != nil {
			return
		}
		for _, r := range threads {
			if _, err := r.perPacket(vppEntry); err == nil && len(r.nodes) == 0 {
				t.Error("a sum of nothing")
			}
		}
	})
}

func TestWindowSamples(t *testing.T) {
	threads, err := parseRuntime(vppSaid(t, "runtime"))
	if err != nil {
		t.Fatal(err)
	}
	w := vppWindow{threads[1], 0.5, true}
	out, err := w.samples(VPPStateful)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"sum of nodes clocks/packet": 94.43 / 2, "classify+flowtrack clocks/packet": 18.1, "vector packets/vector": 256, "share of core %": 50, "huge pages share": 1}
	for _, s := range out {
		if v, ok := want[s.Metric+" "+s.Unit]; ok && math.Abs(v-s.Value) > 1e-6 {
			t.Errorf("%+v, want %v", s, v)
		}
		delete(want, s.Metric+" "+s.Unit)
	}
	if len(want) != 0 {
		t.Errorf("missing: %v", want)
	}
	for why, f := range map[string]func(*vppWindow){
		"share": func(w *vppWindow) { w.share = 0.1 },
		"drop": func(w *vppWindow) {
			w.runtime.nodes = append(w.runtime.nodes, vppNode{"error-drop", "active", 1, 5, 9})
		},
		"acl": func(w *vppWindow) {
			w.runtime.nodes = slices.DeleteFunc(slices.Clone(w.runtime.nodes), func(n vppNode) bool { return n.name == aclNode })
		},
	} {
		bad := w
		f(&bad)
		if out, err := bad.samples(VPPStateful); err == nil || errors.Is(err, measure.ErrUnfit) != (why == "share") {
			t.Errorf("%s: %+v %v", why, out, err)
		}
	}
}

func TestParseOthers(t *testing.T) {
	if n, err := parseSessions(vppSaid(t, "sessions")); n != 1000 || err != nil {
		t.Error(n, err)
	}
	if _, err := parseSessions("nothing"); err == nil {
		t.Error("sessions of nothing")
	}
	if index, count := parseLastACL(vppSaid(t, "acl")); index != 1 || count != 2 {
		t.Error(index, count)
	}
	if index, count := parseLastACL(""); index != -1 || count != 0 {
		t.Error(index, count)
	}
	if n, err := parseTxPackets(vppSaid(t, "interface")); n != 15082496 || err != nil {
		t.Error(n, err)
	}
	if n, err := parseTxPackets("right  2  up  9000/0/0/0\n"); n != 0 || err != nil {
		t.Error(n, err)
	}
	closed, err := parseBarriers(vppSaid(t, "events"))
	if err != nil || len(closed) != 7 || slices.Max(closed) != 9842*time.Microsecond {
		t.Error(closed, err)
	}
	if _, err := parseBarriers("0 of 131072 events in buffer, logger running"); err == nil {
		t.Error("no barrier is no answer")
	}
}

func TestStops(t *testing.T) {
	ms := time.Millisecond
	want := map[string]float64{"workers stopped": 16_000, "longest stop": 9000, "longest stop, add": 9000, "longest stop, apply": 4000, "work took": 0.02}
	for _, s := range stops([]time.Duration{ms, 9 * ms}, []time.Duration{4 * ms, 2 * ms}, 20*ms) {
		if v, ok := want[s.Metric]; !ok || math.Abs(v-s.Value) > 1e-6 {
			t.Errorf("%+v, want %v", s, v)
		}
		delete(want, s.Metric)
	}
	if len(want) != 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestACLCommand(t *testing.T) {
	rules := []tuplemerge.Rule{
		{Src: 10 << 24, SrcBits: 8, Proto: 6, Ports: true, SportHi: 65535, DportLo: 80, DportHi: 90, FlagsValue: 2, FlagsMask: 0x12},
		{Dst: 0x14000001, DstBits: 32, Proto: -1, SportHi: 65535, DportHi: 65535},
	}
	want := "set acl-plugin acl permit src 10.0.0.0/8 dst 0.0.0.0/0 proto 6 sport 0-65535 dport 80-90 tcpflags 2 18, " +
		"permit src 0.0.0.0/0 dst 20.0.0.1/32, permit src 0.0.0.0/0 dst 0.0.0.0/0"
	if got := aclCommand(rules, VPPStateless); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := aclCommand(nil, VPPStateful); got != "set acl-plugin acl permit+reflect src 0.0.0.0/0 dst 0.0.0.0/0" {
		t.Error(got)
	}
}

func TestStream(t *testing.T) {
	for flows, want := range map[int]string{1: "UDP: 10.0.0.0 -> 20.0.0.1 ", 1000: "UDP: 10.0.0.0 + 10.0.3.231 -> 20.0.0.1 ", 1_000_000: "+ 10.15.66.63 ->"} {
		g := vppGraph{VPPGraphSetting: VPPGraphSetting{Flows: flows, Vector: 256}}
		if got := g.stream("hit", '+', 0); !strings.Contains(got, want) {
			t.Errorf("%d flows: %s", flows, got)
		}
	}
}

func TestWritePcap(t *testing.T) {
	frame := func(dst string) []byte { return packetline.MustBuild("udp 10.0.1.2:1000 > " + dst + ":53 len 18") }
	g := vppGraph{vppProcess: &vppProcess{name: "."}}
	t.Setenv("TMPDIR", t.TempDir())
	g.Packets = [][]byte{frame("1.2.3.4"), frame("224.0.0.1"), frame("255.255.255.255"), frame("192.168.0.9"), frame("20.0.0.9"), frame("0.0.0.0"), {1, 2}}
	path, n, err := g.writePcap()
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	text, err := os.ReadFile(path)
	if err != nil || len(text) != 24+16+len(g.Packets[0]) {
		t.Fatal(len(text), err)
	}
	if got := net.HardwareAddr(text[40:46]).String(); got != vppInMAC {
		t.Error(got)
	}
	g.Packets = g.Packets[1:]
	if _, _, err := g.writePcap(); err == nil {
		t.Error("an empty capture was written")
	}
}
