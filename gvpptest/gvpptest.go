// Package gvpptest tests plugins: a whole dataplane in the test's process, with one worker, interfaces in memory, and a clock that
// the test moves. It needs no privilege, no device and no sleep.
//
//	func TestBlocked(t *testing.T) {
//		block := new(portblock.Plugin)
//		h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{block}, Interfaces: []string{"a", "b"}})
//		a, b := h.Interface("a"), h.Interface("b")
//		h.Connect(a, b)
//		h.Enable(a, "ip4-unicast", "portblock")
//		h.Exec("portblock add 53")
//		h.SendAndExpect(a, gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:80"), b)
//		h.SendAndAssertNoReplies(a, gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53"))
//		h.ExpectCounter("portblock", "packets to a blocked port", 1)
//	}
//
// Invariant: a harness's methods fail the test where something is not as wanted, and say what each node did with the packets.
// A test that ends without a word has lost no buffer. A harness belongs to one goroutine, the test's.
package gvpptest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/port"
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
	DP *gvpp.Dataplane

	t    testing.TB
	now  int64
	mems []*Interface
	conn *api.DirectConn
}

// New makes a harness, which ends with the test. What is wrong with the plugins' declarations fails the test.
func New(t testing.TB, c Config) *Harness {
	t.Helper()
	h := &Harness{t: t}
	g := gvpp.Config{
		Plugins: c.Plugins, Buffers: c.Buffers, Log: slog.New(slog.NewTextHandler(testLog{t}, nil)),
		Clock: func() int64 { return h.now },
	}
	if g.Buffers == 0 {
		g.Buffers = 2048
	}
	for i, name := range c.Interfaces {
		m := port.NewMemory(name, 1)
		g.Interfaces = append(g.Interfaces, m)
		h.mems = append(h.mems, &Interface{Name: name, Index: uint32(i) + 1, mem: m})
	}
	var err error
	if c.Startup != "" {
		if g.Stanzas, err = config.Parse("startup", []byte(c.Startup)); err != nil {
			t.Fatal(err)
		}
	}
	if h.DP, err = gvpp.New(g); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.end)
	return h
}

// end closes the dataplane and looks for buffers that nobody has given back.
func (h *Harness) end() {
	h.t.Helper()
	if h.conn != nil {
		_ = h.conn.Close()
	}
	if err := h.DP.Close(); err != nil {
		h.t.Error(err)
	}
	if n := h.DP.Buffers().InUse(); n != 0 {
		h.t.Errorf("%d buffers leaked", n)
	}
}

// Interface finds one of Config.Interfaces.
func (h *Harness) Interface(name string) *Interface {
	h.t.Helper()
	for _, i := range h.mems {
		if i.Name == name {
			return i
		}
	}
	h.t.Fatalf("gvpptest: no interface %q in Config.Interfaces", name)
	return nil
}

// Advance moves the clock, then lets the plugins do the work that is due, and packets that waited for it go on.
func (h *Harness) Advance(d time.Duration) {
	h.now += int64(d)
	h.DP.Housekeep()
	h.step()
}

// Exec runs a command of the CLI and returns what it prints. It fails the test where the command fails.
func (h *Harness) Exec(line string) string {
	h.t.Helper()
	var out bytes.Buffer
	if err := h.DP.CLI().Run(context.Background(), line, false, &out); err != nil {
		h.t.Errorf("%q: %v", line, err)
	}
	return out.String()
}

// Refused runs a command that must fail, with an error that holds want.
func (h *Harness) Refused(line, want string) {
	h.t.Helper()
	if err := h.DP.CLI().Run(context.Background(), line, false, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
		h.t.Errorf("%q: got error %v, want one with %q", line, err, want)
	}
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
	if has, err := h.DP.SetFeature(arc, node, i.Index, true); err != nil || !has {
		h.t.Fatalf("gvpptest: node %q on arc %q: %v; it must be a feature of that arc", node, arc, err)
	}
}

// API is a connection to the messages of all plugins, as a client of the socket has it, for a generated NewClient.
func (h *Harness) API() api.Conn {
	if h.conn == nil {
		h.conn = api.Direct(h.DP.API()...)
	}
	return h.conn
}

// testLog writes the dataplane's log to the test's.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("%s", bytes.TrimRight(p, "\n"))
	return len(p), nil
}
