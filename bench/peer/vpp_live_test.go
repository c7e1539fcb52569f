package peer

import (
	"os"
	"testing"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/rulegen"
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
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
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
	for _, s := range []VPPGraphSetting{{Flows: 1}, {Flows: 1000, Filter: VPPStateful}, {Flows: 1000, Filter: VPPStateless, Rules: rulegen.Random(1000, 1)}} {
		oneRound(t, VPPGraph(o, s))
	}
}
