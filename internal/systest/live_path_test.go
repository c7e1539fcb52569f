package systest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/netlab"
)

// Traceroute, by UDP and by ping: what routers and the target tell is related, and comes back.
func TestLiveTraceroute(t *testing.T) {
	g := newGuarded(t)
	at := netip.MustParseAddr
	router4, router6 := netlab.Hop{From: at(server4), Type: 11}, netlab.Hop{From: at(server6), Type: 3}
	for _, c := range []struct {
		network, to string
		ttl         int
		want        netlab.Hop
		related     uint64
	}{
		{"udp", far4, 1, router4, 1}, {"udp", far4, 2, netlab.Hop{From: at(far4), Type: 3, Code: 3}, 1},
		{"udp", far6, 1, router6, 1}, {"udp", far6, 2, netlab.Hop{From: at(far6), Type: 1, Code: 4}, 1},
		{"icmp", far4, 1, router4, 1}, {"icmp", far4, 2, netlab.Hop{From: at(far4)}, 0},
		{"icmp", far6, 1, router6, 1}, {"icmp", far6, 2, netlab.Hop{From: at(far6), Type: 129}, 0},
	} {
		before := g.hits(g.related)
		hop, err := g.client.Probe(c.network, c.to, 33434, c.ttl, long)
		if err != nil || hop != c.want {
			t.Errorf("%s to %s, %d hops: %+v, %v, want %+v", c.network, c.to, c.ttl, hop, err, c.want)
		}
		if n := g.hits(g.related) - before; n != c.related {
			t.Errorf("%s to %s, %d hops: %d related packets, want %d", c.network, c.to, c.ttl, n, c.related)
		}
	}
	g.nothingInvalid(t)
}

// An error from inside, about an answer that came too late, is related and reaches the server.
func TestLiveErrorFromInside(t *testing.T) {
	g := newGuarded(t)
	for _, host := range []string{server4, server6} {
		dns := net.JoinHostPort(host, "53")
		late, err := g.server.ListenPacket("udp", dns)
		ok(t, err)
		ask, err := g.client.Dial("udp", dns, long)
		ok(t, err)
		_, err = ask.Write([]byte("question"))
		ok(t, err)
		_ = late.SetReadDeadline(time.Now().Add(long))
		_, from, err := late.ReadFrom(make([]byte, 100))
		ok(t, err)
		ask.Close()
		late.Close()
		ok(t, g.server.Do(func() error {
			d := net.Dialer{LocalAddr: late.LocalAddr()}
			answer, err := d.Dial("udp", from.String())
			if err != nil {
				return err
			}
			defer answer.Close()
			if _, err := answer.Write([]byte("answer")); err != nil {
				return err
			}
			_ = answer.SetReadDeadline(time.Now().Add(long))
			if _, err := answer.Read(make([]byte, 100)); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%s answers a socket that is closed, and learns %v", host, err)
			}
			return nil
		}))
	}
	g.nothingInvalid(t)
}

// A router behind gvpp can send smaller packets only: it says so, and TCP, which forbids fragments, makes smaller segments.
func TestLivePathMTU(t *testing.T) {
	g := newGuarded(t)
	const mtu, n = 1300, 5_000_000
	ok(t, g.server.MTU("eth1", mtu)) // of what goes to the far host; that one knows nothing of it
	for _, c := range []struct {
		address       string
		level, option int
	}{{far4 + ":7000", unix.IPPROTO_IP, unix.IP_MTU}, {"[" + far6 + "]:7000", unix.IPPROTO_IPV6, unix.IPV6_MTU}} {
		before := g.hits(g.related)
		conn := g.talkTo(g.far, c.address)
		start := time.Now()
		ok(t, conn.upload(n))
		known, err := option(conn.near, c.level, c.option)
		ok(t, err)
		related := g.hits(g.related) - before
		if known != mtu || related == 0 {
			t.Errorf("%s: the client believes in an MTU of %d, want %d; %d packets were related", c.address, known, mtu, related)
		}
		t.Logf("%s: %d bytes in %v, MTU %d, %d related packets", c.address, n, time.Since(start), known, related)
	}
	g.nothingInvalid(t)
}

// upload sends n bytes, and waits until they have arrived.
func (c *talk) upload(n int64) error {
	deadline := time.Now().Add(transferTimeout)
	_, _ = c.near.SetDeadline(deadline), c.far.SetDeadline(deadline)
	sent := make(chan error, 1)
	go func() {
		_, err := io.CopyN(struct{ io.Writer }{c.near}, rand.NewChaCha8([32]byte{9}), n)
		sent <- err
	}()
	out, in := sha256.New(), sha256.New()
	_, err := io.CopyN(in, c.far, n)
	if err := errors.Join(<-sent, err); err != nil {
		return err
	}
	if _, err := io.CopyN(out, rand.NewChaCha8([32]byte{9}), n); err != nil || !bytes.Equal(out.Sum(nil), in.Sum(nil)) {
		return errors.New("other bytes have arrived")
	}
	return nil
}

// option is a number that the kernel knows of a connection.
func option(c net.Conn, level, name int) (value int, err error) {
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	if e := raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), level, name) }); e != nil {
		return 0, e
	}
	return value, err
}
