package oracle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/reassembly"
	"github.com/gvpp/gvpp/plugin"
)

// Graph is a dataplane that is asked. It is for one goroutine.
type Graph struct {
	dp     *gvpp.Dataplane
	trk    *flowtrack.Plugin
	in     *port.Memory
	now    int64 // the dataplane's clock
	frame  []byte
	ends   []end          // what the packet in the graph has come to
	flows  map[tuple]seen // sessions met so far, by either direction's packets
	limits Timeouts
}

// end is a packet that has left the graph, by an interface or into error-drop.
type end struct {
	meta   buffer.Meta
	number uint16 // that the packet was given, in a byte pair of its source station's address
}

// numberAt is where in a frame that is.
const numberAt = 10

// seen is where a session was found last.
type seen struct {
	flow uint32
	ip6  bool
}

// graphLines set up what the kernel's rules do: all passes, but for what goes to port 6666.
var graphLines = []string{
	"classify add rule a proto tcp dport 6666 drop", "classify add rule a proto udp dport 6666 drop", "classify default a pass",
}

// graphSessions is room for the sessions of a match between two flushes.
const graphSessions = 1 << 18

// graphBuffers leaves an eighth for fragments that wait.
const graphBuffers = 8192

// NewGraph makes the dataplane.
func NewGraph(t Timeouts) (*Graph, error) {
	g := &Graph{trk: flowtrack.New(), flows: map[tuple]seen{}, limits: t}
	g.trk.Sessions = graphSessions
	c := gvpp.Config{
		Plugins: []plugin.Plugin{g.trk, reassembly.New(g.trk), classify.New(g.trk)}, Buffers: graphBuffers, BufferSize: buffer.MaxSize,
		Clock:   func() int64 { return g.now },
		Dropped: func(_ *graph.Worker, b buffer.Index) { g.ended(g.dp.Buffers(), b) },
	}
	for _, name := range []string{"a", "b"} {
		m := port.NewMemory(name, 1)
		m.OnTx = g.ended
		c.Interfaces = append(c.Interfaces, m)
		if g.in == nil {
			g.in = m
		}
	}
	var err error
	if g.dp, err = gvpp.New(c); err != nil {
		return nil, err
	}
	if err := g.configure(); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

func (g *Graph) configure() error {
	ctx := context.Background()
	if err := g.dp.CrossConnect(ctx, "a", "b"); err != nil {
		return err
	}
	for _, line := range graphLines {
		if err := g.dp.CLI().Run(ctx, line, false, io.Discard); err != nil {
			return fmt.Errorf("oracle: %q: %w", line, err)
		}
	}
	for name, seconds := range g.limits {
		if err := g.trk.SetTimeout(name, time.Duration(seconds)*time.Second); err != nil {
			return err
		}
	}
	return nil
}

func (g *Graph) ended(pool *buffer.Pool, b buffer.Index) {
	g.ends = append(g.ends, end{*pool.Meta(b), be.Uint16(pool.Bytes(b)[numberAt:])})
}

// ethernet is the header in front of a datagram: two stations, and the type.
var ethernet = [14]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00}

// housekeepEvery is how much time of the dataplane's goes by between runs of its periodic work.
const housekeepEvery = int64(100 * time.Millisecond)

// At moves the clock, which never goes back.
func (g *Graph) At(now int64) {
	due := g.now/housekeepEvery != now/housekeepEvery
	g.now = max(g.now, now)
	if due {
		g.dp.Housekeep()
	}
}

// Pass sends a datagram through the graph, and returns what was known of it at its end. There is none where the graph holds
// it, as a fragment, and more where it let held ones go.
func (g *Graph) Pass(p []byte) []buffer.Meta {
	g.frame = append(append(g.frame[:0], ethernet[:]...), p...)
	if len(p) > 0 && p[0]>>4 == 6 {
		g.frame[12], g.frame[13] = 0x86, 0xdd
	}
	g.ends = g.ends[:0]
	g.in.Inject(0, g.frame)
	for range 2 { // fragments that have come together go on a pass later
		for g.dp.Step() {
		}
	}
	var out []buffer.Meta
	for _, e := range g.ends {
		out = append(out, e.meta)
	}
	return out
}

// Ask sends a packet through the graph and reads what became of its session. Of fragments that go on together all must be
// told the same.
func (g *Graph) Ask(p Packet) (a Answer, err error) {
	ends := g.Pass(p.Data)
	t, ok := parse(p.whole())
	key := t.key()
	a.Class = "unseen"
	for i := range ends {
		m := &ends[i]
		class, reply := classOf(m), m.Flags&buffer.FlagHasFlow != 0 && m.Flags&buffer.FlagReply != 0
		switch {
		case class == "unseen": // dropped before it was looked at: broken, or of a datagram that was given up
			continue
		case a.Class == "unseen":
			a.Class, a.Reply = class, reply
		case a.Class != class || a.Reply != reply:
			a.Class = fmt.Sprintf("%s and %s", a.Class, class)
		}
		if ok && m.Flags&buffer.FlagHasFlow != 0 {
			g.flows[key] = seen{m.Flow, m.IsIP6}
		}
	}
	if p.Whole == nil && len(ends) != 1 {
		return a, fmt.Errorf("oracle: one packet came to %d ends", len(ends))
	}
	if ok {
		a.Info = g.session(t, key)
	}
	return a, nil
}

// classOf is the name of a packet's class, as the kernel's are named.
func classOf(m *buffer.Meta) string {
	if m.Track.Class() == buffer.TrackNone {
		return "unseen"
	}
	return m.Track.String()
}

// session reads the session that a tuple belonged to when it was met last, if it is still that one's.
func (g *Graph) session(t, key tuple) (i Info) {
	at, met := g.flows[key]
	if !met {
		return i
	}
	s, found := g.trk.SessionOf(&buffer.Meta{Flow: at.flow, IsIP6: at.ip6, IsIP4: !at.ip6, Flags: buffer.FlagHasFlow})
	if !found || s.Proto != t.Proto || !(s.Src == t.Src && s.Dst == t.Dst || s.Src == t.Dst && s.Dst == t.Src) ||
		t.Ports && t.SPort != 0 && s.SrcPort != t.SPort && s.SrcPort != t.DPort {
		delete(g.flows, key)
		return i
	}
	return Info{Alive: true, State: s.Detail, Timeout: s.Timeout, Left: s.TimeoutLeft, Replied: s.Replied, Assured: s.Assured}
}

// Close ends the dataplane.
func (g *Graph) Close() error { return g.dp.Close() }
