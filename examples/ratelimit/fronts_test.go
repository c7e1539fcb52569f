package ratelimit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/examples/ratelimit"
	"github.com/gvpp/gvpp/examples/ratelimit/ratelimitapi"
	"github.com/gvpp/gvpp/plugin"
)

func TestMessages(t *testing.T) {
	ctx := t.Context()
	r := newRig(t, 0, "")
	client := ratelimitapi.NewClient(r.API())
	limit := ratelimitapi.RatelimitRate{PerSecond: 10, Burst: 3}
	if _, err := client.RatelimitSet(ctx, &ratelimitapi.RatelimitSet{SwIfIndex: 2, Bytes: ratelimitapi.RatelimitRate{PerSecond: 100}}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.RatelimitSet(ctx, &ratelimitapi.RatelimitSet{SwIfIndex: 1, Packets: limit}); err != nil {
		t.Fatal(err)
	}
	r.passes("10.0.0.1", 3, 2)
	size := uint64(len(from("10.0.0.1", 1)[0]))
	want := []ratelimitapi.RatelimitDetails{
		{SwIfIndex: 1, Packets: limit, PassedPackets: 3, PassedBytes: 3 * size, DroppedPackets: 2, DroppedBytes: 2 * size},
		{SwIfIndex: 2, Bytes: ratelimitapi.RatelimitRate{PerSecond: 100, Burst: 4096}},
	}
	n := 0
	for d, err := range client.RatelimitDump(ctx, &ratelimitapi.RatelimitDump{}) {
		if err != nil || n == len(want) || *d != want[n] {
			t.Fatalf("interface %d: %+v, %v; want %+v", n, d, err, want)
		}
		n++
	}
	s, err := client.RatelimitStats(ctx, &ratelimitapi.RatelimitStats{})
	if err != nil || n != len(want) || s.Sources != 1 || s.Room != ratelimit.DefaultSources {
		t.Errorf("%d interfaces, %+v, %v", n, s, err)
	}
	if _, err := client.RatelimitDel(ctx, &ratelimitapi.RatelimitDel{SwIfIndex: 1}); err != nil {
		t.Error(err)
	}
	r.passes("10.0.0.1", 9, 0)
}

// What is wrong has VPP's number for it.
func TestRetvals(t *testing.T) {
	client := ratelimitapi.NewClient(newRig(t, 0, "").API())
	one := ratelimitapi.RatelimitRate{PerSecond: 1}
	for _, c := range []struct {
		swIf           interface_types.InterfaceIndex
		packets, bytes ratelimitapi.RatelimitRate
		want           api.Errno
	}{
		{0, one, one, api.InvalidSwIfIndex}, {3, one, one, api.InvalidSwIfIndex}, {^interface_types.InterfaceIndex(0), one, one, api.InvalidSwIfIndex},
		{1, ratelimitapi.RatelimitRate{}, ratelimitapi.RatelimitRate{}, api.InvalidValue},
		{1, ratelimitapi.RatelimitRate{Burst: 1}, one, api.InvalidValue},
		{1, ratelimitapi.RatelimitRate{PerSecond: 1e11 + 1}, one, api.InvalidValue},
		{1, one, ratelimitapi.RatelimitRate{PerSecond: 1, Burst: 4095}, api.InvalidValue},
		{1, ratelimitapi.RatelimitRate{PerSecond: 1, Burst: 1<<32 + 1}, one, api.InvalidValue},
		{1, ratelimitapi.RatelimitRate{PerSecond: 1e11, Burst: 1 << 32}, ratelimitapi.RatelimitRate{PerSecond: 1e11}, 0},
	} {
		m := &ratelimitapi.RatelimitSet{SwIfIndex: c.swIf, Packets: c.packets, Bytes: c.bytes}
		_, err := client.RatelimitSet(t.Context(), m)
		if c.want == 0 && err != nil || c.want != 0 && !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := client.RatelimitDel(t.Context(), &ratelimitapi.RatelimitDel{SwIfIndex: 2}); !errors.Is(err, api.NoSuchEntry) {
		t.Error(err)
	}
}

func TestCommands(t *testing.T) {
	r := newRig(t, 100, "")
	r.Refused("ratelimit set", "an interface name")
	r.Refused("ratelimit set c packets 1", `no interface "c"; there are a, b`)
	r.Refused("ratelimit set a", "give packets or bytes a second")
	r.Refused("ratelimit set a pkts 1", "pkts")
	r.Refused("ratelimit set a packets 0", "0")
	r.Refused("ratelimit set a bytes 1 burst 100", "a burst of 100 bytes: want 4096 to")
	r.Refused("ratelimit set a packets 1 now", "now")
	r.Refused("ratelimit del a b", "b")
	r.Refused("show ratelimit a", "a")
	r.Exec("ratelimit set a packets 10 burst 2 bytes 5000")
	r.passes("10.0.0.1", 2, 1)
	for _, want := range []string{
		"  Interface  Packets/s  Burst  Bytes/s  Burst  Passed  Bytes  Dropped  Bytes\n",
		"          a         10      2     5000   5000       2     84        1     42\n",
		"1 sources are remembered; the tables are made for 100\n",
	} {
		if got := r.Exec("show ratelimit"); !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	var out strings.Builder
	if err := r.DP.CLI().Run(t.Context(), "show ratelimit", true, &out); err != nil || !strings.Contains(strings.Join(strings.Fields(out.String()), ""), `{"interface":"a","packets":{"per_second":10,"burst":2}`) {
		t.Errorf("%v: %s", err, out.String())
	}
	if got := fmt.Sprint(r.DP.CLI().Complete("ratelimit del ")); got != "[a]" {
		t.Error(got)
	}
}

func TestStartup(t *testing.T) {
	r := newRig(t, 0, "ratelimit { sources 500 limit { a packets 1 } limit { b bytes 9000 burst 5000 } }")
	r.passes("10.0.0.1", 1, 1)
	if got := r.Exec("show ratelimit"); !strings.Contains(got, "9000   5000") || !strings.Contains(got, "made for 500\n") {
		t.Error(got)
	}
	for text, want := range map[string]string{
		"ratelimit { limit { c packets 1 } }": `startup:1:13: ratelimit set: no interface "c"`,
		"ratelimit { limit { c packets x } }": "startup:1:13: ",
		"ratelimit { limit a }":               "startup:1:",
		"ratelimit { sources 0 }":             "startup:1:",
		"ratelimit { source 1 }":              "source",
	} {
		stanzas, err := config.Parse("startup", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{ratelimit.New()}, Stanzas: stanzas})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// A removed interface takes its limit along.
func TestRemoved(t *testing.T) {
	r := newRig(t, 0, "")
	r.Exec("ratelimit set a packets 1")
	if err := r.DP.RemoveInterface(t.Context(), r.a.Index); err != nil {
		t.Fatal(err)
	}
	if got := r.Exec("show ratelimit"); strings.Contains(got, "sw_if_index") {
		t.Error(got)
	}
}
