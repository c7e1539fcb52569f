package classify

import (
	"io"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// TestOthersSessions: classify without a tracker runs beside one that is not its.
func TestOthersSessions(t *testing.T) {
	a, b, sent := port.NewMemory("a", 1), port.NewMemory("b", 1), 0
	b.OnTx = func(*buffer.Pool, buffer.Index) { sent++ }
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{flowtrack.New(), New(nil)}, Interfaces: []gvpp.Interface{a, b}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []string{"set interface l2 xconnect a b", "classify add rule a proto udp pass"} {
		if err := dp.CLI().Run(t.Context(), l, false, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		a.Inject(0, packetline.MustBuild("udp 10.0.0.1:5 > 10.0.0.2:53"))
		for dp.Step() {
		}
	}
	if sent != 3 {
		t.Errorf("%d of 3 packets have been sent", sent)
	}
	if err := dp.Close(); err != nil { // not after a panic: its worker would never be waited out
		t.Error(err)
	}
}
