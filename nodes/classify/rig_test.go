package classify_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// outcome is what became of a packet.
type outcome struct {
	out    string // the interface it left by; "" for none
	node   string // of the drop, or of the decision
	reason string // of classify
	rule   int    // -1 for none
	redir  bool
}

// rig is a dataplane of memory interfaces that is driven by hand, one packet at a time. The interfaces are cross-connected
// by twos.
type rig struct {
	t     testing.TB
	dp    *gvpp.Dataplane
	cls   *classify.Plugin
	trk   *flowtrack.Plugin
	names []string
	ports map[string]*port.Memory
	now   time.Duration
	got   []outcome
	metas []buffer.Meta
	force *force

	stepping bool
}

func newRig(t testing.TB, names ...string) *rig {
	r := &rig{t: t, trk: flowtrack.New(), names: names, ports: map[string]*port.Memory{}, force: &force{}}
	r.trk.Sessions = 4096
	r.cls = classify.New(r.trk)
	c := gvpp.Config{
		Plugins: []plugin.Plugin{r.trk, r.cls, r.force}, Buffers: 1024, BufferSize: 4096,
		Clock:   func() int64 { return int64(r.now) },
		Dropped: func(_ *graph.Worker, b buffer.Index) { r.see("", r.dp.Buffers(), b) },
	}
	for _, name := range names {
		m := port.NewMemory(name, 1)
		m.OnTx = func(p *buffer.Pool, b buffer.Index) { r.see(name, p, b) }
		r.ports[name] = m
		c.Interfaces = append(c.Interfaces, m)
	}
	var err error
	if r.dp, err = gvpp.New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.stepping {
			return // a panic: its worker would never be waited out
		}
		if err := r.dp.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := 0; i+1 < len(names); i += 2 {
		if err := r.dp.CrossConnect(context.Background(), names[i], names[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// see notes the end of a packet.
func (r *rig) see(out string, p *buffer.Pool, b buffer.Index) {
	m := p.Meta(b)
	o := outcome{out: out, reason: classify.Reason(m.Verdict), rule: -1, redir: classify.IsRedirect(m.Verdict)}
	if out == "" || o.reason != "" {
		o.node = r.dp.Graph().Plan.Nodes[m.Node].Name
	}
	if classify.HasRule(m.Verdict) {
		o.rule = int(m.Rule)
	}
	r.got = append(r.got, o)
	r.metas = append(r.metas, *m)
}

// begin forgets what has become of packets.
func (r *rig) begin() {
	r.got, r.metas, r.force.class = r.got[:0], r.metas[:0], map[uint16]buffer.Track{}
}

// send puts a frame in and returns its outcome.
func (r *rig) send(in string, frame []byte) outcome {
	r.begin()
	r.ports[in].Inject(0, frame)
	r.stepping = true
	for r.dp.Step() {
	}
	r.stepping = false
	if len(r.got) != 1 {
		r.t.Fatalf("a packet of %d bytes into %s came to %d ends", len(frame), in, len(r.got))
	}
	return r.got[0]
}

// line is send for a packet in words.
func (r *rig) line(in, line string) outcome { return r.send(in, packetline.MustBuild(line)) }

// cli runs lines that must work.
func (r *rig) cli(lines ...string) {
	r.t.Helper()
	for _, l := range lines {
		if err := r.try(l); err != nil {
			r.t.Fatalf("%s: %v", l, err)
		}
	}
}

func (r *rig) try(line string) error {
	return r.dp.CLI().Run(context.Background(), line, false, io.Discard)
}

func (r *rig) index(name string) uint32 {
	i, err := r.dp.Interface(name)
	if err != nil {
		r.t.Fatal(err)
	}
	return i
}

// passes and drops send a packet and check what becomes of it.
func (r *rig) passes(in, out, line string, rule int) {
	r.t.Helper()
	if o := r.line(in, line); o.out != out || o.rule != rule {
		r.t.Errorf("%s into %s: %+v, want it out of %q by rule %d", line, in, o, out, rule)
	}
}

func (r *rig) drops(in, line string, rule int) {
	r.t.Helper()
	r.passes(in, "", line, rule)
}
