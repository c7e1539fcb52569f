package netlab

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"
)

// Listen is net.Listen inside the host. The listener may be used from anywhere.
func (h *Host) Listen(network, address string) (l net.Listener, err error) {
	err = h.Do(func() error {
		l, err = net.Listen(network, address)
		return err
	})
	return l, err
}

// ListenPacket is net.ListenPacket inside the host.
func (h *Host) ListenPacket(network, address string) (c net.PacketConn, err error) {
	err = h.Do(func() error {
		c, err = net.ListenPacket(network, address)
		return err
	})
	return c, err
}

// Dial is net.DialTimeout inside the host. The address must be numeric: a resolver's goroutines would run outside.
func (h *Host) Dial(network, address string, timeout time.Duration) (c net.Conn, err error) {
	err = h.Do(func() error {
		d := net.Dialer{Timeout: timeout, FallbackDelay: -1} // one attempt, on this thread
		c, err = d.DialContext(context.Background(), network, address)
		return err
	})
	return c, err
}

// side is what one end of a Transfer did: the sums of what it sent and of what it got.
type side struct {
	sent, got []byte
	err       error
}

// Transfer moves n random bytes over TCP from client to server and n others back, at the same time, and compares their
// SHA-256 sums. address is the server's, "10.0.0.2:5000".
func Transfer(client, server *Host, address string, n int64, timeout time.Duration) error {
	l, err := server.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("netlab: transfer: %w", err)
	}
	defer l.Close()
	deadline := time.Now().Add(timeout)
	_ = l.(*net.TCPListener).SetDeadline(deadline)
	served := make(chan side, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			served <- side{err: err}
			return
		}
		served <- exchange(conn, n, 2, deadline)
	}()
	conn, err := client.Dial("tcp", address, timeout)
	if err != nil {
		return fmt.Errorf("netlab: transfer from host %q to %s: %w", client.Name, address, err)
	}
	c := exchange(conn, n, 1, deadline)
	s := <-served
	for _, end := range []struct {
		name      string
		err       error
		got, want []byte
	}{{client.Name, c.err, c.got, s.sent}, {server.Name, s.err, s.got, c.sent}} {
		if end.err != nil {
			return fmt.Errorf("netlab: transfer, host %q: %w", end.name, end.err)
		}
		if !bytes.Equal(end.got, end.want) {
			return fmt.Errorf("netlab: transfer, host %q: what arrived is not what was sent", end.name)
		}
	}
	return nil
}

// exchange sends n bytes while it receives n bytes.
func exchange(c net.Conn, n int64, seed byte, deadline time.Time) side {
	defer c.Close()
	_ = c.SetDeadline(deadline)
	failed := make(chan error, 1)
	out, in := sha256.New(), sha256.New()
	go func() {
		src := rand.NewChaCha8([32]byte{seed})
		_, err := io.CopyN(io.MultiWriter(c, out), src, n)
		if err == nil {
			err = c.(*net.TCPConn).CloseWrite()
		}
		failed <- err
	}()
	m, err := io.Copy(in, c)
	if e := <-failed; e != nil {
		return side{err: fmt.Errorf("sending: %w", e)}
	}
	if err != nil {
		return side{err: fmt.Errorf("receiving, after %d of %d bytes: %w", m, n, err)}
	}
	if m != n {
		return side{err: fmt.Errorf("received %d of %d bytes", m, n)}
	}
	return side{sent: out.Sum(nil), got: in.Sum(nil)}
}

// ServeUDPEcho answers each datagram to address inside the host with itself, until the returned function is called.
func (h *Host) ServeUDPEcho(address string) (stop func(), err error) {
	c, err := h.ListenPacket("udp", address)
	if err != nil {
		return nil, fmt.Errorf("netlab: UDP echo: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1<<16)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = c.WriteTo(buf[:n], from) // a lost answer is the asker's to notice
		}
	}()
	return func() { c.Close(); <-done }, nil
}

// UDPEcho sends count datagrams of size bytes, one after the other, to an echo server, and returns how many came back
// unchanged within timeout each.
func (h *Host) UDPEcho(address string, count, size int, timeout time.Duration) (answered int, err error) {
	c, err := h.Dial("udp", address, timeout)
	if err != nil {
		return 0, fmt.Errorf("netlab: UDP echo to %s: %w", address, err)
	}
	defer c.Close()
	out, in := make([]byte, size), make([]byte, size+1)
	for i := range count {
		for j := range out {
			out[j] = byte(i + j)
		}
		if _, err := c.Write(out); err != nil {
			return answered, fmt.Errorf("netlab: UDP echo to %s: %w", address, err)
		}
		_ = c.SetReadDeadline(time.Now().Add(timeout))
		if n, err := c.Read(in); err == nil && bytes.Equal(in[:n], out) {
			answered++
		}
	}
	return answered, nil
}
