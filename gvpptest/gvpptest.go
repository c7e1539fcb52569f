package gvpptest

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Config says what a harness is made of.
type Config struct {
	Plugins    []plugin.Plugin // registered in order
	Interfaces []string        // interfaces in memory, up: sw_if_index 1, 2, …
	Startup    string          // stanzas of startup.conf for the plugins
	Buffers    int             // packets that can be in the program at once; default 2048
}

// Harness is a dataplane under test.
type Harness struct {
	DP *gvpp.Dataplane // for what the harness has no words for

	t      testing.TB
	now    int64
	ifs    []*Interface
	conn   *api.DirectConn
	watch  watch
	allocs allocs
	ways   ways

	sources []*source         // of the packet generator, for this send
	before  map[string]uint64 // by interface: packets sent when the last send began
}

// New makes a harness, which ends with the test. What is wrong with the plugins' declarations fails the test, all of it at once.
func New(t testing.TB, c Config) *Harness {
	t.Helper()
	h := &Harness{t: t, ways: ways{first: firstNumber}}
	g := gvpp.Config{
		Plugins: c.Plugins, Buffers: c.Buffers, Log: slog.New(slog.NewTextHandler(testLog{t}, nil)),
		Clock: func() int64 { return h.now }, Dropped: h.ways.dropped,
		Check: &graph.Check{Fault: h.watch.fault, Around: h.allocs.around},
	}
	if g.Buffers == 0 {
		g.Buffers = 2048
	}
	for i, name := range c.Interfaces {
		g.Interfaces = append(g.Interfaces, h.addMemory(name, uint32(i)+1))
	}
	var err error
	if c.Startup != "" {
		if g.Stanzas, err = config.Parse("startup", []byte(c.Startup)); err != nil {
			t.Fatal(err)
		}
	}
	if h.DP, err = gvpp.New(g); err != nil {
		t.Fatalf("the plugins cannot be run:\n%s", explain(err, c.Plugins))
	}
	h.ways.graph = h.DP.Graph()
	t.Cleanup(h.end)
	return h
}

// addMemory makes an interface in memory whose packets are followed.
func (h *Harness) addMemory(name string, swIf uint32) *port.Memory {
	m := port.NewMemory(name, 1)
	i := &Interface{Name: name, Index: swIf, mem: m}
	m.OnRx, m.OnTx = h.ways.received(i), h.ways.leaves(i)
	h.ifs = append(h.ifs, i)
	return m
}

// end closes the dataplane. The graph then tells of lost buffers.
func (h *Harness) end() {
	h.t.Helper()
	if h.conn != nil {
		_ = h.conn.Close()
	}
	if err := h.DP.Close(); err != nil {
		h.t.Error(err)
	}
	h.tellFaults()
}

// Interface is an interface of a harness.
type Interface struct {
	Name  string
	Index uint32       // sw_if_index
	mem   *port.Memory // nil: packets arrive through the packet generator
	back  bool         // a loopback

	coming []uint32 // numbers of packets that it is to receive yet
	got    []Packet // what has left by it, and nobody has taken
	others []Packet // those of them that are none of the last send
}

// Interface finds one of Config.Interfaces, or one that Loopback or PG has made.
func (h *Harness) Interface(name string) *Interface {
	h.t.Helper()
	i := h.find(name)
	if i == nil {
		var names []string
		for _, i := range h.ifs {
			names = append(names, i.Name)
		}
		h.t.Fatalf("no interface %q; the harness has %s", name, strings.Join(names, ", "))
	}
	return i
}

func (h *Harness) find(name string) *Interface {
	for _, i := range h.ifs {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// Advance moves the clock, then lets the plugins do the work that is due, and packets that waited for it go on. It returns what
// left meanwhile.
func (h *Harness) Advance(d time.Duration) Received {
	h.t.Helper()
	h.now += int64(d)
	h.DP.Housekeep()
	return h.Run()
}

// Connect cross-connects two interfaces, both ways.
func (h *Harness) Connect(a, b *Interface) {
	h.t.Helper()
	if err := h.DP.CrossConnect(context.Background(), a.Name, b.Name); err != nil {
		h.t.Fatal(err)
	}
}

// Enable enables a node of an arc on an interface.
func (h *Harness) Enable(i *Interface, arc, node string) {
	h.t.Helper()
	has, err := h.DP.SetFeature(arc, node, i.Index, true)
	if err != nil {
		h.t.Fatal(err)
	}
	if !has {
		h.t.Fatalf("node %q is not on arc %q: %s", node, arc, h.whyNot(arc, node))
	}
}

// API is a connection to the messages of all plugins, as a client of the socket has it, for a generated NewClient.
func (h *Harness) API() api.Conn {
	if h.conn == nil {
		h.conn = api.Direct(h.DP.API()...)
	}
	return h.conn
}

// testLog writes the dataplane's log to the test's. A panic of a plugin's work, which the dataplane survives, the test does not.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Helper()
	text := string(bytes.TrimRight(p, "\n"))
	if strings.Contains(text, "panic in control work") {
		l.t.Errorf("%s", strings.NewReplacer(`\n`, "\n", `\t`, "  ").Replace(text))
	} else {
		l.t.Logf("%s", text)
	}
	return len(p), nil
}
