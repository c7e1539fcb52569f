package gvpp_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/internal/statsreader"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/stats"
)

// statistics is a client of the segment.
func (r *rig) statistics() *statsreader.Reader {
	r.t.Helper()
	path := filepath.Join(r.t.TempDir(), "stats.sock")
	v, err := r.Stats().Listen(path, "", slog.New(slog.DiscardHandler))
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go v.Serve(ctx)
	c, err := statsreader.Connect(path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// entries reads all of the segment.
func entries(t testing.TB, c *statsreader.Reader) map[string]statsreader.Value {
	t.Helper()
	out, err := c.Read()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A segment in which there is no room says which setting to change.
func TestStatisticsWithoutRoom(t *testing.T) {
	_, err := gvpp.New(gvpp.Config{Workers: 8, Stats: gvpp.StatsConfig{Size: stats.MinSize}, Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "statseg { size }") {
		t.Errorf("%v", err)
	}
}

// Samples are taken, interfaces come and go, and a client reads, all at once.
func TestStatisticsWhileRunning(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2, Stats: gvpp.StatsConfig{Interval: time.Millisecond}}, "left", "right")
	c := r.statistics()
	r.connect("left", "right")
	stop := r.run()
	for i := range 50 {
		r.mems["left"].Inject(i%2, packetline.MustBuild(udpLine))
		swIf, err := r.AddInterface(t.Context(), port.NewMemory("later", 1))
		if err != nil {
			t.Fatal(err)
		}
		entries(t, c)
		if err := r.RemoveInterface(t.Context(), swIf); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all packets and samples are seen", func() bool {
		got := entries(t, c)
		return got["/interfaces/right/tx"].Sum(0) == 50 && got["/sys/heartbeat"].Sum(0) > 1 && got["/nodes/port-rx/vectors"].Sum(0) == 50
	})
	if err := stop(); err != nil {
		t.Error(err)
	}
	if got := entries(t, c); got["/interfaces/right/tx"].Sum(0) != 50 {
		t.Error("a client's memory has changed with the end")
	}
}

// manual is a clock that a test moves.
type manual struct{ now int64 }

func (m *manual) clock() int64 { return m.now }

const udpLine = "udp 10.0.0.1:1000 > 10.0.0.2:53"

// What workers count is in the segment at once, what else there is after a second.
func TestStatisticsOfTraffic(t *testing.T) {
	var m manual
	r := newRig(t, gvpp.Config{Workers: 2, Clock: m.clock}, "left", "right", "spare/1")
	c := r.statistics()
	r.connect("left", "right")
	r.mems["spare/1"].Inject(0, packetline.MustBuild(udpLine)) // in the same vector
	r.send("left", udpLine, udpLine, udpLine)
	got := entries(t, c)
	size := func(iface string) uint64 { return got["/interfaces/"+iface+"/rx"].Numbers[1][1] }
	for name, want := range map[string][][]uint64{
		"/if/rx":                                 {{0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 3, size("left"), 0, 0, 1, size("spare_1")}, make([]uint64, 8)},
		"/if/tx":                                 {make([]uint64, 8), {0, 0, 0, 0, 3, size("left"), 0, 0}, make([]uint64, 8)},
		"/interfaces/right/tx":                   {{0, 0}, {3, size("left")}, {0, 0}},
		"/interfaces/left/ip4":                   {{0}, {3}, {0}},
		"/interfaces/spare_1/ip4":                {{0}, {1}, {0}},
		"/interfaces/left/ip6":                   {{0}, {0}, {0}},
		"/interfaces/spare_1/drops":              {{0}, {1}, {0}},
		"/interfaces/local0/rx":                  {{0, 0}, {0, 0}, {0, 0}},
		"/sys/num_worker_threads":                {{2}},
		"/sys/heartbeat":                         {{0}},
		"/nodes/error-drop/vectors":              {{0}, {0}, {0}},
		"/buffer-pools/default-numa-0/available": {{0}},
	} {
		if !reflect.DeepEqual(got[name].Numbers, want) {
			t.Errorf("%s: %v, want %v", name, got[name].Numbers, want)
		}
	}
	if size("left") < 3*28 || !slices.Equal(got["/if/names"].Names, []string{"local0", "left", "right", "spare/1"}) {
		t.Errorf("%d bytes, names %v", size("left"), got["/if/names"].Names)
	}
	m.now += int64(2 * time.Second)
	r.Housekeep()
	got = entries(t, c)
	for name, want := range map[string]uint64{
		"/nodes/error-drop/vectors": 1, "/nodes/port-rx/vectors": 4, "/nodes/right-tx/vectors": 3, "/nodes/interface-output/vectors": 3, "/sys/heartbeat": 1,
		"/sys/input_rate": 2, "/sys/last_update": 2, "/buffer-pools/default-numa-0/available": uint64(r.Buffers().Shared()),
	} {
		if n := got[name].Sum(0); n != want {
			t.Errorf("%s: %d, want %d", name, n, want)
		}
	}
	if got["/mem/main heap/used"].Sum(0) == 0 || got["/sys/boottime"].Sum(0) == 0 || len(got["/sys/loops_per_worker"].Numbers[0]) != 3 || got["/sys/loops_per_worker"].Numbers[0][1] == 0 {
		t.Errorf("%v %v", got["/mem/main heap"], got["/sys/loops_per_worker"])
	}
}

// /node/errors has the counters of show errors, which clear errors does not touch; clear runtime clears what nodes cost.
func TestStatisticsOfErrors(t *testing.T) {
	var m manual
	r := newRig(t, gvpp.Config{Clock: m.clock}, "left")
	c := r.statistics()
	r.send("left", udpLine)
	sum := func(prefix string) (n uint64) {
		for name, v := range entries(t, c) {
			if strings.HasPrefix(name, prefix) {
				n += v.Sum(0)
			}
		}
		return n
	}
	shown := uint64(0)
	for _, e := range r.Errors() {
		shown += e.Count
		if n := sum("/err/" + e.Node + "/" + e.Reason); n != e.Count {
			t.Errorf("%v: %d", e, n)
		}
	}
	if n := sum("/err/"); n != shown || n == 0 {
		t.Errorf("%d errors, show errors has %d", n, shown)
	}
	r.cli("clear errors")
	r.cli("clear interfaces")
	if n := sum("/err/"); n != shown || sum("/interfaces/left/rx") != 1 {
		t.Errorf("%d errors after the clear", n)
	}
	m.now += int64(time.Second)
	r.Housekeep()
	if sum("/nodes/port-rx/vectors") != 1 {
		t.Error("nothing received")
	}
	m.now += int64(time.Second)
	r.cli("clear runtime")
	r.Housekeep()
	if sum("/nodes/port-rx/vectors") != 0 || sum("/sys/last_stats_clear") != 2 {
		t.Errorf("%d received, cleared at %d", sum("/nodes/port-rx/vectors"), sum("/sys/last_stats_clear"))
	}
}

// Interfaces come and go while a client looks.
func TestStatisticsOfInterfaces(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "left")
	c := r.statistics()
	before := len(entries(t, c))
	for round := range 3 {
		swIf, err := r.AddInterface(t.Context(), port.NewMemory("later", 1))
		if err != nil {
			t.Fatal(err)
		}
		got := entries(t, c)
		if n := got["/if/names"].Names; got["/interfaces/later/rx"].Kind != 3 || len(n) != int(swIf)+1 || n[swIf] != "later" || len(got["/if/tx-error"].Numbers[1]) != len(n) {
			t.Errorf("%v", n)
		}
		if err := r.RemoveInterface(t.Context(), swIf); err != nil {
			t.Fatal(err)
		}
		got = entries(t, c)
		if _, ok := got["/interfaces/later/rx"]; ok || got["/if/names"].Names[swIf] != "deleted" || len(got) != before+18 {
			t.Errorf("round %d: %v, %d entries, %d at first", round, got["/if/names"].Names, len(got), before)
		}
	}
	if got := entries(t, c); got["/interfaces/left/rx"].Kind != 3 {
		t.Error("left is gone, too")
	}
}

// Names that are too long or become equal leave out what has no room, not the interface.
func TestStatisticsOfStrangeNames(t *testing.T) {
	long := strings.Repeat("x", 200)
	r := newRig(t, gvpp.Config{}, long, long+"2", "a/b", "a_b", "ü")
	c := r.statistics()
	got := entries(t, c)
	if got["/interfaces/"+long[:100]+"/tx-multicast"].Kind != 3 || got["/interfaces/a_b/rx"].Kind != 3 || got["/if/names"].Names[5] != "_" {
		t.Errorf("%v", got["/if/names"].Names)
	}
	for _, name := range []string{"a_b", long + "2"} {
		swIf, err := r.Interface(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.RemoveInterface(t.Context(), swIf); err != nil {
			t.Fatal(err)
		}
	}
	if got = entries(t, c); got["/interfaces/"+long[:100]+"/rx"].Kind != 3 || got["/interfaces/a_b/rx"].Kind != 3 {
		t.Error("the one that is still there has gone")
	}
}

// What plugins tell comes, changes, grows and goes.
func TestStatisticsOfPlugins(t *testing.T) {
	var m manual
	round := 0
	tell := func(s plugin.Stats) {
		at := func(i int) uint64 { return uint64(round*100 + i) }
		switch round {
		case 0:
			s.Number("/x/one", 1)
			s.Numbers("/x/list", 2, at)
			s.Counters("/x/pairs", 2, func(i int) (uint64, uint64) { return at(i), 10 * at(i) })
		case 1:
			s.Number("/x/one", 7)
			s.Numbers("/x/list", 100, at)
		case 2:
			s.Same()
		case 3:
			s.Numbers("/x/list", 1, at)
			s.Counters("/x/list", 1, nil) // another kind
		}
	}
	r := newRig(t, gvpp.Config{Clock: m.clock, Plugins: []plugin.Plugin{declare(func(r *plugin.Registry) { r.Stat(tell) })}}, "left")
	c := r.statistics()
	sample := func() map[string]statsreader.Value {
		r.Housekeep()
		m.now += int64(time.Second)
		return entries(t, c)
	}
	got := sample()
	if got["/x/one"].Sum(0) != 1 || !reflect.DeepEqual(got["/x/list"].Numbers, [][]uint64{{0, 1}}) || !reflect.DeepEqual(got["/x/pairs"].Numbers, [][]uint64{{0, 0, 1, 10}}) {
		t.Errorf("%v %v", got["/x/list"], got["/x/pairs"])
	}
	for round = 1; round < 3; round++ {
		got = sample()
		if _, ok := got["/x/pairs"]; ok || got["/x/one"].Sum(0) != 7 || len(got["/x/list"].Numbers[0]) != 100 || got["/x/list"].Sum(99) != 199 {
			t.Errorf("round %d: %v", round, got["/x/list"])
		}
	}
	got = sample()
	if _, ok := got["/x/one"]; ok || len(got["/x/list"].Numbers[0]) != 100 || got["/x/list"].Sum(0) != 300 || got["/x/list"].Sum(1) != 0 {
		t.Errorf("%v", got["/x/list"])
	}
}

// Rules and sessions.
func TestStatisticsOfRules(t *testing.T) {
	var m manual
	tracker := flowtrack.New()
	r := newRig(t, gvpp.Config{Clock: m.clock, Workers: 2, Plugins: []plugin.Plugin{tracker, classify.New(tracker)}}, "left", "right")
	c := r.statistics()
	r.connect("left", "right")
	for port := range 5 {
		r.cli(fmt.Sprintf("classify add rule left in proto udp dport %d keep-state pass", 50+port))
	}
	r.send("left", udpLine, udpLine)
	r.Housekeep()
	byID := func() map[uint64][2]uint64 {
		got, out := entries(t, c), map[uint64][2]uint64{}
		for i, id := range got["/classify/rules/ids"].Numbers[0] {
			if row := got["/classify/rules"].Numbers[0]; id != 1<<32-1 {
				out[id] = [2]uint64{row[2*i], row[2*i+1]}
			}
		}
		if n := got["/classify/rules/count"].Sum(0); int(n) != len(out) {
			t.Errorf("%d rules of %d", len(out), n)
		}
		return out
	}
	got := byID()
	if len(got) != 5 || got[3][0] != 2 || got[3][1] == 0 || got[2][0] != 0 {
		t.Errorf("%v", got)
	}
	if v := entries(t, c); v["/flowtrack/sessions"].Sum(0) != 1 || v["/flowtrack/created"].Sum(0) != 1 || v["/flowtrack/capacity"].Sum(0) == 0 {
		t.Errorf("%v sessions", v["/flowtrack/sessions"])
	}
	r.cli("classify del rule 3")
	m.now += int64(time.Second)
	r.Housekeep()
	if got = byID(); len(got) != 4 || got[3] != [2]uint64{} {
		t.Errorf("%v", got)
	}
}

func TestShowStatistics(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "left")
	out := r.cli("show statistics segment /sys/ verbose")
	for _, want := range []string{"/sys/heartbeat    ", "  ScalarPtr ", "  CMainPtr ", "NameVector", " bytes taken"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "/if/") || !strings.Contains(r.cli("show stat seg"), "/interfaces/left/rx") {
		t.Error(out)
	}
	r.refused("show statistics segment /nothing", `"/nothing"`)
}

// What a sample costs the control goroutine, with as many rules; it is taken once a second.
func BenchmarkSample(b *testing.B) {
	for _, rules := range []int{0, 1000, 100_000} {
		b.Run(fmt.Sprint(rules), func(b *testing.B) {
			var m manual
			p := classify.New(nil)
			r := newRig(b, gvpp.Config{Clock: m.clock, Workers: 2, Plugins: []plugin.Plugin{p}}, "left")
			var list strings.Builder
			for i := range rules {
				fmt.Fprintf(&list, "in src 10.%d.%d.0/24 dst 11.0.0.%d pass\n", i>>16, i>>8&255, i&255)
			}
			file := filepath.Join(b.TempDir(), "rules")
			if err := os.WriteFile(file, []byte(list.String()), 0o600); err != nil {
				b.Fatal(err)
			}
			r.cli("classify replace left " + file)
			for b.Loop() {
				m.now += int64(time.Second)
				r.Housekeep()
			}
		})
	}
}

// With NoMain the workers have the rows, as clients of a VPP without workers expect.
func TestStatisticsWithoutMain(t *testing.T) {
	var m manual
	r := newRig(t, gvpp.Config{Clock: m.clock, Stats: gvpp.StatsConfig{NoMain: true}}, "left", "right")
	c := r.statistics()
	r.connect("left", "right")
	r.send("left", udpLine, udpLine)
	r.RefreshStatistics()
	got := entries(t, c)
	for name, want := range map[string][][]uint64{
		"/interfaces/left/ip4": {{2}}, "/sys/num_worker_threads": {{0}}, "/nodes/ip4-input/vectors": {{2}}, "/err/ethernet-input/no error": {{0}}, "/sys/input_rate": {{0}},
	} {
		if !reflect.DeepEqual(got[name].Numbers, want) {
			t.Errorf("%s: %v, want %v", name, got[name].Numbers, want)
		}
	}
	m.now += int64(2 * time.Second)
	r.Housekeep()
	if got = entries(t, c); got["/sys/input_rate"].Numbers[0][0] != 1 {
		t.Errorf("rate %v", got["/sys/input_rate"].Numbers)
	}
}
