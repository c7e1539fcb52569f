package plugname

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/cycles"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// BenchmarkNode is what the node needs for a packet, in vectors of 256, behind rules that do not match:
//
//	go test -bench . -run ^$
//
// ns/packet is the node's own time, which `show runtime` has in clocks; ns/op is a vector's whole way, made and dropped.
func BenchmarkNode(b *testing.B) {
	for _, rules := range []int{0, 1, 8, MaxRules} {
		b.Run(fmt.Sprintf("rules=%d", rules), func(b *testing.B) { benchmark(b, rules) })
	}
}

func benchmark(b *testing.B, rules int) {
	p, in := New(), port.NewMemory("a", 1)
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{p}, Interfaces: []gvpp.Interface{in}})
	if err != nil {
		b.Fatal(err)
	}
	defer dp.Close() //nolint:errcheck // not what is measured
	if err := dp.CLI().Run(b.Context(), "plugname enable-disable a", false, io.Discard); err != nil {
		b.Fatal(err)
	}
	for range rules {
		if _, err := p.Add(b.Context(), Rule{Dst: dstOf(b, "192.0.2.0/24"), Action: Drop}); err != nil {
			b.Fatal(err)
		}
	}
	vector := make([][]byte, graph.VectorSize)
	for i := range vector {
		vector[i] = gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53")[0]
	}
	begin, clocks := time.Now(), cycles.Now()
	for b.Loop() {
		in.Inject(0, vector...)
		dp.Step()
	}
	perNs := float64(cycles.Now()-clocks) / float64(time.Since(begin))
	for _, f := range dp.Graph().Figures()[0].Nodes {
		if f.Name == "plugname" {
			b.ReportMetric(float64(f.Clocks)/float64(f.Vectors)/perNs, "ns/packet")
			b.ReportMetric(float64(f.Vectors)/float64(f.Calls), "packets/vector")
		}
	}
}
