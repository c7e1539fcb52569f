package systest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// Bulk, up and down, over connections from inside, the kernel's offloads as they come: each is one session from its begin
// to its end, and no packet of it is invalid.
func TestLiveBulk(t *testing.T) {
	g := newGuarded(t)
	for i, c := range []struct {
		what, address string
		move          func(from, to *netlab.Host, address string, n int64) (float64, error)
		n             int64
	}{
		{"up", server4, transfer, tcpBytes()}, {"down", server4, download, tcpBytes()},
		{"up", "[" + server6 + "]", transfer, tcpBytes() / 4}, {"down", "[" + server6 + "]", download, tcpBytes() / 4},
	} {
		port := uint16(7000 + i)
		rate, err := c.move(g.client, g.server, fmt.Sprintf("%s:%d", c.address, port), c.n)
		ok(t, err)
		t.Logf("%s, %s: %d MB, %.2f Gb/s", c.what, c.address, c.n/1e6, rate/1e9)
		eventually(t, "the session's end", func() bool { s := g.one(port); return s.Assured && s.State == "CLOSED" && s.Detail == "TIME_WAIT" })
	}
	if n := g.hits(g.begun); n != 4 {
		t.Errorf("%d packets were the first of 4 connections", n)
	}
	g.nothingInvalid(t)
}

// nothingInvalid fails if tracking has refused a packet, or given up a session.
func (g *guarded) nothingInvalid(t *testing.T) {
	t.Helper()
	if m := g.faults(); len(m) != 0 {
		t.Errorf("show flowtrack errors: %v", m)
	}
	if n := g.hits(g.stopped); n != 0 {
		t.Errorf("%d TCP packets from outside were dropped", n)
	}
}

// Request and answer, a thousand times over one connection.
func TestLiveInteractive(t *testing.T) {
	g := newGuarded(t)
	c := g.talkTo(g.server, server4+":7100")
	const rounds = 1000
	took := make([]time.Duration, 0, rounds)
	for i := range rounds {
		start := time.Now()
		ok(t, c.round(bytes.Repeat([]byte{byte(i)}, 1+i%100)))
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	t.Logf("%d rounds: median %v, 99 %% below %v, longest %v", rounds, took[rounds/2], took[rounds*99/100], took[rounds-1])
	if s := g.one(7100); s.State != "ESTABLISHED" || s.Packets[0] < rounds || s.Packets[1] < rounds {
		t.Errorf("the session is %+v", s)
	}
	g.nothingInvalid(t)
}

// Queries from inside are answered: UDP of many ports, ping, and what is too large for one packet. Neighbour discovery,
// which IPv6 needs for the first of these, has passed by itself.
func TestLiveQueries(t *testing.T) {
	g := newGuarded(t)
	for _, address := range []string{server4, server6} {
		for _, size := range []int{56, 4000, 20000} {
			r, err := g.client.Ping(address, 5, netlab.PingOptions{Size: size})
			ok(t, err)
			if r.Lost() != 0 {
				t.Errorf("ping %s with %d bytes: %d of %d lost", address, size, r.Lost(), r.Sent)
			}
		}
	}
	for _, address := range []string{server4 + ":53", "[" + server6 + "]:53"} {
		serve(t, g.server, address)
		for range 50 {
			if n := udp(t, g.client, address, 1, long); n != 1 {
				t.Errorf("%s does not answer a query", address)
			}
		}
		n, err := g.client.UDPEcho(address, 10, 5000, long)
		ok(t, err)
		if n != 10 {
			t.Errorf("%s has answered %d of 10 datagrams of 5000 bytes", address, n)
		}
	}
	const queries = 2 * (50 + 1)
	if list := g.d.sessions(17, 53); len(list) > queries || len(list) < queries*9/10 { // a port may come twice
		t.Errorf("%d UDP sessions, want one for each of %d queries", len(list), queries)
	}
	g.wholeDatagrams(t, 2*(2*5*2+10*2)) // two families; five pings of two sizes and ten datagrams, both ways
	g.nothingInvalid(t)
}

// wholeDatagrams fails unless so many datagrams came together of fragments, and no fragment still waits.
func (g *guarded) wholeDatagrams(t *testing.T, want uint64) {
	t.Helper()
	var list []struct {
		Datagrams, Fragments int64
		Whole, Dropped       uint64
	}
	g.d.show("show reassembly", &list)
	var whole, dropped, waiting uint64
	for _, s := range list {
		whole, dropped, waiting = whole+s.Whole, dropped+s.Dropped, waiting+uint64(s.Datagrams+s.Fragments)
	}
	if whole != want || dropped != 0 || waiting != 0 {
		t.Errorf("%d datagrams in fragments, want %d; dropped %d, waiting %d", whole, want, dropped, waiting)
	}
}

// From outside nothing begins, however large, and what is dropped is counted.
func TestLiveOutside(t *testing.T) {
	g := newGuarded(t)
	serve(t, g.client, client4+":53")
	l, err := g.client.Listen("tcp", client4+":80")
	ok(t, err)
	defer l.Close()
	go echo(l)
	before := g.fallen("right")
	if c, err := g.server.Dial("tcp", client4+":80", short); err == nil || !isTimeout(err) {
		t.Errorf("a connection from outside is %v, %v: want silence", c, err)
	}
	if n := udp(t, g.server, client4+":53", 3, short); n != 0 {
		t.Errorf("%d answers to datagrams from outside", n)
	}
	for _, address := range []string{client4, client6} {
		for _, size := range []int{56, 4000} {
			if r, err := g.server.Ping(address, 2, netlab.PingOptions{Size: size, Timeout: short}); err == nil {
				t.Errorf("%s answers %d pings of %d bytes from outside", address, r.Received, size)
			}
		}
	}
	if n := g.hits(g.stopped); n != 1 {
		t.Errorf("%d packets of TCP were dropped, there was one SYN", n)
	}
	if n := g.fallen("right") - before; n < 3+2*(2+2*3) { // for each family 2 pings in one piece and 2 in three
		t.Errorf("the default has dropped %d packets only", n)
	}
	var s struct{ Sessions int }
	g.d.show("show flowtrack summary", &s)
	if s.Sessions != 0 {
		t.Errorf("%d sessions, and nobody inside has begun one:\n%s", s.Sessions, g.d.ctl("show flowtrack"))
	}
}

// fallen is how many packets from an interface met no rule.
func (g *guarded) fallen(name string) uint64 {
	g.t.Helper()
	var list []struct {
		In struct{ Packets uint64 } `json:"default_in"`
	}
	g.d.show("show classify interface "+name, &list)
	return list[0].In.Packets
}
