package classify_test

import (
	"math/rand/v2"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// force stands between the tracker and classify and says what class a packet is of, so that rules meet all classes, whatever
// the tracker thinks.
type force struct {
	on    *rand.Rand
	set   func(m *buffer.Meta)    // instead of a random class
	class map[uint16]buffer.Track // by the packet's length: what it has said
	dp    plugin.Dataplane
}

func (c *force) Register(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     "test-class",
		Nexts:    graph.Nexts{graph.Continue},
		Arc:      graph.Arc{Name: "ip4-unicast", After: "flow-lookup", Before: "pkt-classify"},
		MoreArcs: []graph.Arc{{Name: "ip6-unicast", After: "flow-lookup", Before: "pkt-classify"}},
		New:      func(*graph.Worker) graph.Processor { return c },
	})
	r.Node(graph.Spec{
		Name:  "test-class-out",
		Nexts: graph.Nexts{graph.Continue},
		Arc:   graph.Arc{Name: "interface-output", After: "flow-lookup-out", Before: "pkt-classify-out"},
		New:   func(*graph.Worker) graph.Processor { return c },
	})
	r.Init(func(dp plugin.Dataplane) error { c.dp = dp; return nil })
}

// start gives packets random classes from now on.
func (c *force) start(r *rand.Rand, interfaces int) error {
	c.on = r
	for i := range interfaces {
		for _, f := range [][2]string{{"ip4-unicast", "test-class"}, {"ip6-unicast", "test-class"}, {"interface-output", "test-class-out"}} {
			if _, err := c.dp.SetFeature(f[0], f[1], uint32(i+1), true); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *force) Process(w *graph.Worker, f *graph.Frame) {
	bufs, _ := f.Vector()
	for _, b := range bufs {
		m := w.Meta(b)
		if c.set != nil {
			c.set(m)
			continue
		}
		if class, known := c.class[m.Len]; known {
			m.Track = class
			continue
		}
		m.Track = buffer.Track(c.on.IntN(int(buffer.NumTracks)))
		if m.Flags&buffer.FlagHasFlow != 0 {
			m.Track = pick(c.on, []buffer.Track{buffer.TrackNew, buffer.TrackEstablished, buffer.TrackEstablished, buffer.TrackRelated})
		}
		c.class[m.Len] = m.Track
		if m.Track.Class() == buffer.TrackInvalid {
			m.Track |= 3 << buffer.TrackReasonShift
		}
	}
}
