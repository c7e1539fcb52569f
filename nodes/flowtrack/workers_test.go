package flowtrack_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// pair is a dataplane that runs: what a gets is worker 0's, what b gets worker 1's, so that the two directions of a session
// arrive on different workers.
type pair struct {
	t     *testing.T
	dp    *gvpp.Dataplane
	trk   *flowtrack.Plugin
	ports []*port.Memory
	done  chan struct{} // one for each packet that has left
	sent  int           // that are to leave yet
}

func newPair(t *testing.T) *pair {
	c := &pair{t: t, trk: flowtrack.New(), done: make(chan struct{}, 1<<16)}
	c.trk.Sessions = 1000
	config := gvpp.Config{Workers: 2, Plugins: []plugin.Plugin{c.trk, classify.New(c.trk)}}
	for _, name := range []string{"a", "b"} {
		m := port.NewMemory(name, 2)
		m.OnTx = func(*buffer.Pool, buffer.Index) { c.done <- struct{}{} }
		c.ports, config.Interfaces = append(c.ports, m), append(config.Interfaces, m)
	}
	var err error
	if c.dp, err = gvpp.New(config); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var run sync.WaitGroup
	c.cli("set interface l2 xconnect a b")
	run.Go(func() {
		if err := c.dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		run.Wait()
	})
	return c
}

func (c *pair) cli(line string) {
	c.t.Helper()
	if err := c.dp.CLI().Run(context.Background(), line, false, &bytes.Buffer{}); err != nil {
		c.t.Fatal(err)
	}
}

// send sends a packet of one of many sessions: where a line says 1000, it has the session's port.
func (c *pair) send(line string, flow int) {
	frame := frameOf(strings.Replace(long(line), ":1000", fmt.Sprintf(":%d", 1000+flow), 1))
	from := side(frame)
	c.ports[from].Inject(from, frame)
	c.sent++
}

// wait waits until all packets have left.
func (c *pair) wait() {
	for ; c.sent > 0; c.sent-- {
		<-c.done
	}
}

const toDNS, fromDNS = "udp 10.0.0.1:1000 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:1000"

// TestTwoWorkers: UDP, while others clear and look. What is left at the end counts every packet once.
func TestTwoWorkers(t *testing.T) {
	c := newPair(t)
	c.cli("classify add rule a keep-state pass")
	const flows, rounds = 50, 40
	exchange := func(rounds int) {
		for range rounds {
			for i := range flows {
				c.send(toDNS, i)
				c.send(fromDNS, i)
			}
			c.wait()
		}
	}
	exchange(1)
	for range rounds {
		exchange(1)
		c.trk.Clear()
		c.trk.Each(func(flowtrack.Session) bool { return true })
	}
	c.trk.Clear()
	exchange(rounds)
	var packets uint64
	c.trk.Each(func(s flowtrack.Session) bool { packets += s.Packets[0] + s.Packets[1]; return true })
	if n := c.trk.Summarize(); n.Sessions != flows || n.States[est] != flows || packets != 2*flows*rounds {
		t.Errorf("%+v, packets %d", n, packets)
	}
}

// TestTwoWorkersTCP: connections from their beginning to their end, at times with packets of both directions at once.
func TestTwoWorkersTCP(t *testing.T) {
	c := newPair(t)
	c.cli("classify default a pass")
	const flows, rounds = 40, 25
	step := func(want string, lines ...string) {
		t.Helper()
		for i := range flows {
			for _, l := range lines {
				c.send(l, i)
			}
		}
		c.wait()
		n := 0
		c.trk.Each(func(s flowtrack.Session) bool {
			if s.Detail != want {
				t.Fatalf("%v: %+v, want %s", lines, s, want)
			}
			n++
			return true
		})
		if n != flows {
			t.Fatalf("%v: %d sessions", lines, n)
		}
	}
	step("SYN_SENT", "ab [S] seq 100", "ab [S] seq 100")
	step("SYN_RECV", "ba [SA] seq 300 ack 101")
	step("ESTABLISHED", "ab [A] seq 101 ack 301")
	for range rounds { // whichever of these comes first, the others are right
		step("ESTABLISHED", "ab [A] seq 101 ack 301", "ba [A] seq 301 ack 101", "ab [PA] seq 101 ack 301 len 10", "ba [PA] seq 301 ack 101 len 20")
	}
	step("FIN_WAIT", "ab [FA] seq 111 ack 321")
	step("LAST_ACK", "ba [FA] seq 321 ack 112")
	step("TIME_WAIT", "ab [A] seq 112 ack 322")
	step("TIME_WAIT", "ab [A] seq 112 ack 322", "ba [A] seq 322 ack 112")
	want := [2]uint64{2 + 1 + 2*rounds + 1 + 1 + 1, 1 + 2*rounds + 1 + 1}
	c.trk.Each(func(s flowtrack.Session) bool {
		if s.Packets != want || !s.Assured || !s.Replied {
			t.Fatalf("%+v, want packets %d", s, want)
		}
		return true
	})
	if n := c.trk.Summarize(); n.Created != flows {
		t.Errorf("%+v", n)
	}
	step("SYN_SENT", "ab [S] seq 9000") // from TIME_WAIT, on one worker
	if n := c.trk.Summarize(); n.Created != 2*flows {
		t.Errorf("%+v", n)
	}
}

// TestTwoWorkersBegin: sessions whose two directions begin at once: there is one session, and it counts both.
func TestTwoWorkersBegin(t *testing.T) {
	c := newPair(t)
	c.cli("classify default a pass")
	const flows, rounds = 50, 30
	for range rounds {
		for i := range flows {
			c.send(toDNS, i)
			c.send(fromDNS, i)
			c.send("ab [S] seq 100", i)
			c.send("ba [SA] seq 300 ack 101", i) // invalid if it is the first
			c.send("ab [R] seq 101", i)
		}
		c.wait()
		n, packets := 0, uint64(0)
		c.trk.Each(func(s flowtrack.Session) bool {
			if s.Proto == 17 {
				n, packets = n+1, packets+s.Packets[0]+s.Packets[1]
			}
			return true
		})
		if n != flows || packets != 2*flows {
			t.Fatalf("%d sessions of %d packets", n, packets)
		}
		c.trk.Clear()
	}
}
