package systest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// The host behind the router.
const far4, far6 = "10.0.1.2", "fd01::2"

// guarded is a site under rules that know state, and nothing else passes: the client, inside, may begin sessions, and the
// server, outside, may only answer. The server is a router, too, and has one more host behind it:
//
//	client ── left │ gvpp │ right ── server ── far 10.0.1.2, fd01::2
type guarded struct {
	*site
	d   *daemon
	far *netlab.Host

	begun   uint32 // the rule that lets TCP connections begin at left
	related uint32 // the rule at right about what is related
	stopped uint32 // the rule at right that drops all other TCP
}

func newGuarded(t testing.TB, stanzas ...string) *guarded {
	t.Helper()
	g := &guarded{site: newSite(t, 1, 1)}
	g.far = g.host("far")
	ok(t, g.lab.Pair(netlab.End{Host: g.server, Name: "eth1", Addrs: []string{"10.0.1.1/24", "fd01::1/64"}},
		netlab.End{Host: g.far, Name: "eth0", Addrs: []string{far4 + "/24", far6 + "/64"}}))
	ok(t, errors.Join(
		g.server.Sysctl("ipv4/ip_forward", "1"), g.server.Sysctl("ipv6/conf/all/forwarding", "1"),
		g.client.Route("10.0.1.0/24", server4), g.client.Route("fd01::/64", server6),
		g.far.Route("10.0.0.0/24", "10.0.1.1"), g.far.Route("fd00::/64", "fd01::1")))
	for _, h := range []*netlab.Host{g.server, g.far} { // as many ICMP errors as there are reasons for them
		ok(t, errors.Join(h.Sysctl("ipv4/icmp_ratelimit", "0"), h.Sysctl("ipv6/icmp/ratelimit", "0")))
	}
	g.d = g.run(stanzas...)
	g.d.ctl("classify default left drop")
	g.d.ctl("classify default right drop")
	g.d.addRule("left state established,related pass")
	g.begun = g.d.addRule("left proto tcp state new pass")
	for _, proto := range []string{"udp", "icmp", "icmpv6"} {
		g.d.addRule("left proto " + proto + " state new pass")
	}
	g.d.addRule("right state established pass")
	g.related = g.d.addRule("right state related pass")
	g.stopped = g.d.addRule("right proto tcp drop") // as the default would, but counted apart
	return g
}

// hits is how many packets a rule has decided about.
func (g *guarded) hits(rule uint32) uint64 { return g.d.rules()[rule].Packets }

// faults is show flowtrack errors: how many packets there were of each kind, other kinds than the named ones.
func (g *guarded) faults(but ...string) map[string]uint64 {
	g.t.Helper()
	var list []struct {
		Node, Reason string
		Count        uint64
	}
	g.d.show("show flowtrack errors", &list)
	m := map[string]uint64{}
	for _, f := range list {
		if f.Count != 0 && !slices.Contains(but, f.Reason) {
			m[f.Reason] += f.Count
		}
	}
	return m
}

// tracked is a session with what the tests of connection tracking look at.
type tracked struct {
	session
	Flow    uint32
	Detail  string
	Assured bool
}

// one is the only TCP session of a server's port.
func (g *guarded) one(port uint16) tracked {
	g.t.Helper()
	var list []tracked
	g.d.show(fmt.Sprint("show flowtrack proto tcp dport ", port), &list)
	if len(list) != 1 {
		g.t.Fatalf("%d sessions of port %d, want one: %+v", len(list), port, list)
	}
	return list[0]
}

// download moves n bytes over TCP to the host that has begun the connection, and returns bits per second.
func download(to, from *netlab.Host, address string, n int64) (rate float64, err error) {
	l, err := from.Listen("tcp", address)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	deadline := time.Now().Add(transferTimeout)
	_ = l.(*net.TCPListener).SetDeadline(deadline)
	out, in := sha256.New(), sha256.New()
	sent := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			err = pour(c, n, out, deadline)
		}
		sent <- err
	}()
	start := time.Now()
	c, err := to.Dial("tcp", address, transferTimeout)
	if err != nil {
		return 0, err
	}
	got, err := drink(c, in, deadline)
	took := time.Since(start)
	if err := errors.Join(<-sent, err); err != nil {
		return 0, fmt.Errorf("%s from %s, %d of %d bytes: %w", to.Name, address, got, n, err)
	}
	if got != n || !bytes.Equal(out.Sum(nil), in.Sum(nil)) {
		return 0, fmt.Errorf("%s from %s: %d of %d bytes, or other ones", to.Name, address, got, n)
	}
	return float64(n) * 8 / took.Seconds(), nil
}

// talk is a connection from the client, and its other end.
type talk struct{ near, far net.Conn }

// talkTo connects the client with a host.
func (g *guarded) talkTo(h *netlab.Host, address string) *talk {
	g.t.Helper()
	l, err := h.Listen("tcp", address)
	ok(g.t, err)
	defer l.Close()
	c := &talk{}
	c.near, err = g.client.Dial("tcp", address, long)
	ok(g.t, err)
	c.far, err = l.Accept()
	ok(g.t, err)
	g.t.Cleanup(func() { c.near.Close(); c.far.Close() })
	return c
}

// round sends a message there and back.
func (c *talk) round(message []byte) error {
	deadline := time.Now().Add(10 * time.Second)
	_, _ = c.near.SetDeadline(deadline), c.far.SetDeadline(deadline)
	buf := make([]byte, len(message))
	for _, way := range [][2]net.Conn{{c.near, c.far}, {c.far, c.near}} {
		if _, err := way[0].Write(message); err != nil {
			return err
		}
		if _, err := io.ReadFull(way[1], buf); err != nil {
			return err
		}
		if !bytes.Equal(buf, message) {
			return errors.New("another message has arrived")
		}
	}
	return nil
}
