package peer

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/internal/packetline"
)

// vppOptions skips a test where there is no vpp: neither $GVPP_VPP nor one on PATH.
func vppOptions(t *testing.T) measure.Options {
	t.Helper()
	o := measure.Options{VPP: os.Getenv("GVPP_VPP")}
	if _, err := findVPP(o); err != nil {
		t.Skip(err)
	}
	return o
}

// oneRound takes a round of a subject that this machine should be able to measure.
func oneRound(t *testing.T, s measure.Subject) map[string]float64 {
	t.Helper()
	if s.Skip != "" {
		t.Fatal(s.Skip)
	}
	if s.Close != nil {
		defer func() { ok(t, s.Close()) }()
	}
	samples, err := s.Round()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, x := range samples {
		values[x.Metric+" "+x.Unit] = x.Value
		t.Logf("%s: %.2f %s", x.Metric, x.Value, x.Unit)
	}
	return values
}

func TestVPPGraph(t *testing.T) {
	o := vppOptions(t)
	pages := reservedPages()
	defer func() {
		if after := reservedPages(); after != pages {
			t.Errorf("%d huge pages are reserved, %d were before", after, pages)
		}
	}()
	for _, s := range []VPPGraphSetting{{Flows: 1}, {Flows: 1000, Filter: VPPStateful}, {Flows: 1000, Filter: VPPStateless, Rules: rulegen.Random(1000, 1)}} {
		oneRound(t, VPPGraph(o, s))
	}
}

// Given packets are replayed; what would not be forwarded is not sent, else the round fails.
func TestVPPGraphPackets(t *testing.T) {
	o := vppOptions(t)
	var packets [][]byte
	for i := range 300 {
		packets = append(packets, packetline.MustBuild(fmt.Sprintf("udp 10.0.1.2:%d > %d.0.0.2:53 len 18", 1000+i, i%250)))
	}
	oneRound(t, VPPGraph(o, VPPGraphSetting{Filter: VPPStateful, Packets: packets}))
	oneRound(t, VPPGraph(o, VPPGraphSetting{Filter: VPPStateless, Packets: packets, Rules: rulegen.Random(10, 1)}))
}

func TestVPPForwarder(t *testing.T) {
	o := vppOptions(t)
	for _, filter := range []VPPFilter{VPPForward, VPPStateful} {
		s, left, right := testSite(t)
		f := VPPForwarder(o, s, filter)
		if f.Skip != "" {
			t.Fatal(f.Skip)
		}
		defer func() { ok(t, f.Close()) }()
		for i := range 3 {
			ok(t, f.Start())
			send(t, left, 200, dns)
			arrive(t, right, 200*(i+1))
			ok(t, f.Stop())
		}
		sent, err := f.Sent()
		ok(t, err)
		cpu, err := f.CPU()
		ok(t, err)
		if sent != 600 || cpu <= 0 {
			t.Errorf("%s: sent %d in %v", f.Name, sent, cpu)
		}
		time.Sleep(20 * time.Millisecond)
		if later, err := f.CPU(); later != cpu {
			t.Errorf("%s runs on while it is stopped: %v, %v %v", f.Name, cpu, later, err)
		}
	}
}

func TestVPPChurn(t *testing.T) {
	oneRound(t, VPPChurn(vppOptions(t), 1000))
}

func TestVPPStall(t *testing.T) {
	v := oneRound(t, VPPStall(vppOptions(t), rulegen.Random(100, 1)))
	if v["longest stop us"] <= 0 || v["workers stopped us"] < v["longest stop us"] {
		t.Error(v)
	}
}
