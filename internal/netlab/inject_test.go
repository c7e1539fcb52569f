package netlab

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"
)

func TestInject(t *testing.T) {
	_, a, b := twoHosts(t)
	i, err := a.Injector()
	ok(t, err)
	defer i.Close()
	head4 := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 77, 10, 0, 0, 2} // the kernel fills in length and checksum
	udp := []byte{0, 9, 0x1b, 0x58, 0, 9, 0, 0, 'x'}                                    // port 7000, no checksum
	c, err := b.ListenPacket("udp4", "10.0.0.2:7000")
	ok(t, err)
	defer c.Close()
	ok(t, i.Send(append(head4, udp...)))
	_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
	buf := make([]byte, 10)
	n, from, err := c.ReadFrom(buf)
	ok(t, err)
	if string(buf[:n]) != "x" || from.String() != "10.0.0.77:9" {
		t.Errorf("%q of %v arrived", buf[:n], from)
	}
	if i.Send([]byte{0x45}) == nil {
		t.Error("half a packet can be sent")
	}
}

func TestSequence(t *testing.T) {
	_, a, b := twoHosts(t)
	l, err := b.Listen("tcp", "10.0.0.2:80")
	ok(t, err)
	defer l.Close()
	here, err := a.Dial("tcp", "10.0.0.2:80", time.Second)
	ok(t, err)
	defer here.Close()
	there, err := l.Accept()
	ok(t, err)
	defer there.Close()
	sent0, got0, err := Sequence(here)
	ok(t, err)
	_, err = here.Write([]byte("hello"))
	ok(t, err)
	_, err = io.ReadFull(there, make([]byte, 5))
	ok(t, err)
	sent1, got1, err := Sequence(here)
	ok(t, err)
	sent2, got2, err := Sequence(there)
	ok(t, err)
	if sent1 != sent0+5 || got1 != got0 || sent2 != got1 || got2 != sent1 {
		t.Errorf("before %d and %d, then %d and %d, the other end %d and %d", sent0, got0, sent1, got1, sent2, got2)
	}
	if _, err = there.Write([]byte("hello")); err == nil {
		_, err = io.ReadFull(here, make([]byte, 5))
	}
	if err != nil {
		t.Errorf("the connection does not go on: %v", err)
	}
	_, _, err = Sequence(&net.TCPConn{})
	if err == nil {
		t.Error("what is no connection has numbers")
	}
}

func TestProbe(t *testing.T) {
	_, a, _ := twoHosts(t)
	for _, c := range []struct {
		network, to string
		want        Hop
	}{
		{"udp", "10.0.0.2", Hop{netip.MustParseAddr("10.0.0.2"), 3, 3}}, {"udp", "fd00::2", Hop{netip.MustParseAddr("fd00::2"), 1, 4}},
		{"icmp", "10.0.0.2", Hop{netip.MustParseAddr("10.0.0.2"), 0, 0}}, {"icmp", "fd00::2", Hop{netip.MustParseAddr("fd00::2"), 129, 0}},
	} {
		// A solicitation that comes before the other end has joined its group is repeated after a second, and the kernel bounds the ICMP
		// errors of all its namespaces together: time for that, and more than one attempt.
		got, err := a.Probe(c.network, c.to, 33434, 1, 5*time.Second)
		for n := 1; err != nil && n < 4; n++ {
			got, err = a.Probe(c.network, c.to, 33434, 1, 5*time.Second)
		}
		if err != nil || got != c.want {
			t.Errorf("%s to %s: %+v, %v, want %+v", c.network, c.to, got, err, c.want)
		}
	}
	if _, err := a.Probe("icmp", "127.0.0.77", 0, 0, time.Millisecond); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a packet that may not go at all: %v", err)
	}
}
