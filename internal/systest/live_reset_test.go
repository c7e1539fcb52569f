package systest

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/internal/packetline"
)

// forger sends segments in the name of others.
type forger struct {
	t testing.TB
	*netlab.Injector
}

func newForger(t testing.TB, h *netlab.Host) *forger {
	t.Helper()
	i, err := h.Injector()
	ok(t, err)
	t.Cleanup(i.Close)
	return &forger{t, i}
}

// segment is an IP packet out of a line.
func segment(t testing.TB, line string, a ...any) []byte {
	t.Helper()
	const etherLen = 14
	frame, err := packetline.Build(fmt.Sprintf(line, a...))
	ok(t, err)
	return frame[etherLen:]
}

// reset sends a RST from the far end of a connection, with the number that this end would send next, and so much more.
func (f *forger) reset(c *talk, more int) {
	f.t.Helper()
	next, _, err := netlab.Sequence(c.far)
	ok(f.t, err)
	ok(f.t, f.Send(segment(f.t, "tcp %v > %v [R] seq %d win 0", c.far.LocalAddr(), c.near.LocalAddr(), next+uint32(more))))
}

// settle waits until the near end has acknowledged all that the far end has sent, so that a reset can be exact.
func (c *talk) settle(t testing.TB) {
	t.Helper()
	eventually(t, "the last acknowledgement", func() bool {
		info, err := tcpInfo(c.far)
		ok(t, err)
		return info.Unacked == 0
	})
}

// Forged resets: out of the window they are invalid, and dropped before they reach the client. In the window, but not with
// the number that comes next, they reach it, and its challenge is followed. The right one ends the connection and its session.
func TestLiveReset(t *testing.T) {
	g := newGuarded(t)
	f := newForger(t, g.server)
	for i, address := range []string{server4, "[" + server6 + "]"} {
		port := uint16(7200 + i)
		c := g.talkTo(g.server, fmt.Sprintf("%s:%d", address, port))
		ok(t, c.round([]byte("hello")))
		g.resist(t, f, c, port)
		c.settle(t)
		f.reset(c, 0)
		_ = c.near.SetDeadline(time.Now().Add(long))
		if _, err := c.near.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the right reset: %v", address, err)
		}
		if s := g.one(port); s.State != "CLOSED" || s.Detail != "CLOSE" {
			t.Errorf("%s: after the right reset the session is %+v", address, s)
		}
	}
}

// resist sends resets that end nothing.
func (g *guarded) resist(t *testing.T, f *forger, c *talk, port uint16) {
	t.Helper()
	const above, below = "invalid: TCP: beyond the receiver's window", "invalid: TCP: reset below what was acknowledged"
	for _, r := range []struct {
		more    int
		invalid string // "" if it is not
	}{{1 << 30, above}, {-1 << 20, below}, {-1, below}, {1000, ""}} {
		c.settle(t)
		stopped, invalid, seen := g.hits(g.stopped), g.faults()[r.invalid], g.one(port).Packets[1]
		f.reset(c, r.more)
		eventually(t, fmt.Sprintf("%v: what becomes of a reset %+d", c.far.LocalAddr(), r.more), func() bool {
			if r.invalid == "" {
				return g.one(port).Packets[1] > seen
			}
			return g.faults()[r.invalid] == invalid+1 && g.hits(g.stopped) == stopped+1
		})
		if err := c.round([]byte("still there")); err != nil {
			t.Errorf("%v: a reset %+d ends the connection: %v", c.far.LocalAddr(), r.more, err)
		}
		if s := g.one(port); s.Detail != "ESTABLISHED" {
			t.Errorf("%v: a reset %+d: the session is %+v", c.far.LocalAddr(), r.more, s)
		}
	}
}

// Forged resets out of the window do nothing to a transfer that runs.
func TestLiveResetsUnderLoad(t *testing.T) {
	g := newGuarded(t)
	f := newForger(t, g.server)
	c := g.talkTo(g.server, server4+":7200")
	next, _, err := netlab.Sequence(c.far) // it will send acknowledgements only
	ok(t, err)
	reset := segment(t, "tcp %v > %v [R] seq %d win 0", c.far.LocalAddr(), c.near.LocalAddr(), next+1<<30)
	done := make(chan error, 1)
	go func() { done <- c.upload(tcpBytes() / 4) }()
	sent, err := f.until(done, reset)
	if err != nil {
		t.Errorf("the transfer: %v", err)
	}
	n := g.faults()["invalid: TCP: beyond the receiver's window"]
	t.Logf("%d resets sent, %d invalid; the session has had %v packets", sent, n, g.one(7200).Packets)
	if n == 0 || n > uint64(sent) || g.one(7200).Detail != "ESTABLISHED" {
		t.Errorf("%d of %d resets were invalid; the session is %+v", n, sent, g.one(7200))
	}
}

// until sends a packet again and again until something is done, and returns how often, and what came of that.
func (f *forger) until(done <-chan error, packet []byte) (sent int, err error) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err = <-done:
			return sent, err
		case <-tick.C:
			ok(f.t, f.Send(packet))
			sent++
		}
	}
}
