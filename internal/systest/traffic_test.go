package systest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/netlab"
)

// payload is what transfers repeat.
var payload = sync.OnceValue(func() []byte {
	b := make([]byte, 1<<20-3)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(b)
	return b
})

// transferTimeout bounds one transfer, on a machine ten times as slow as the slowest seen.
const transferTimeout = 60 * time.Second

// transfer moves n bytes over TCP from one host to a server on another, and returns bits per second. What arrives must
// be what was sent.
func transfer(from, to *netlab.Host, address string, n int64) (rate float64, err error) {
	l, err := to.Listen("tcp", address)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	deadline := time.Now().Add(transferTimeout)
	_ = l.(*net.TCPListener).SetDeadline(deadline)
	start := time.Now()
	sent := make(chan error, 1)
	out, in := sha256.New(), sha256.New()
	go func() { sent <- send(from, address, n, out, deadline) }()
	got, err := receive(l, in, deadline)
	took := time.Since(start)
	if err := errors.Join(<-sent, err); err != nil {
		return 0, fmt.Errorf("%s to %s, %d of %d bytes: %w", from.Name, address, got, n, err)
	}
	if got != n || !bytes.Equal(out.Sum(nil), in.Sum(nil)) {
		return 0, fmt.Errorf("%s to %s: %d of %d bytes, or other ones", from.Name, address, got, n)
	}
	return float64(n) * 8 / took.Seconds(), nil
}

func send(from *netlab.Host, address string, n int64, sum hash.Hash, deadline time.Time) error {
	c, err := from.Dial("tcp", address, time.Until(deadline))
	if err != nil {
		return err
	}
	return pour(c, n, sum, deadline)
}

// pour sends n bytes and ends the connection's one direction.
func pour(c net.Conn, n int64, sum hash.Hash, deadline time.Time) error {
	defer c.Close()
	_ = c.SetDeadline(deadline)
	for b := payload(); n > 0; n -= int64(len(b)) {
		b = b[:min(n, int64(len(b)))]
		sum.Write(b)
		if _, err := c.Write(b); err != nil {
			return fmt.Errorf("sending: %w", err)
		}
	}
	return c.(*net.TCPConn).CloseWrite()
}

func receive(l net.Listener, sum hash.Hash, deadline time.Time) (int64, error) {
	c, err := l.Accept()
	if err != nil {
		return 0, err
	}
	return drink(c, sum, deadline)
}

// drink receives all that comes.
func drink(c net.Conn, sum hash.Hash, deadline time.Time) (int64, error) {
	defer c.Close()
	_ = c.SetDeadline(deadline)
	return io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{c}, make([]byte, 1<<18))
}

// flood sends datagrams at a steady rate until stopped.
type flood struct {
	conn     net.Conn
	sink     net.PacketConn
	quit     chan struct{}
	sending  sync.WaitGroup
	receives sync.WaitGroup
	sent     int // valid once stopped
	got      int // valid once stopped
	failed   int // datagrams that the sending kernel refused
	dropped  int // valid once stopped: what the receiving socket had no room for
}

// asFastAsItCan is a rate of a flood.
const asFastAsItCan = 0

// startFlood sends datagrams of size bytes to a port of its own on another host, about perSecond of them.
func startFlood(t testing.TB, from, to *netlab.Host, address string, perSecond, size int) *flood {
	t.Helper()
	f := &flood{quit: make(chan struct{})}
	var err error
	f.sink, err = to.ListenPacket("udp", address)
	ok(t, err)
	ok(t, f.sink.(*net.UDPConn).SetReadBuffer(8<<20))
	f.conn, err = from.Dial("udp", address, time.Second)
	ok(t, err)
	f.sending.Go(func() { f.send(perSecond, size) })
	f.receives.Go(f.receive)
	return f
}

// send sends bursts of a few packets: a timer of the runtime does not tick every 100 us.
func (f *flood) send(perSecond, size int) {
	const pause = 2 * time.Millisecond
	burst := max(1, perSecond*int(pause)/int(time.Second))
	packet := make([]byte, size)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		for range burst {
			if _, err := f.conn.Write(packet); err != nil {
				f.failed++
			} else {
				f.sent++
			}
		}
		if perSecond == asFastAsItCan {
			tick.Reset(time.Nanosecond)
		}
		select {
		case <-f.quit:
			return
		case <-tick.C:
		}
	}
}

func (f *flood) receive() {
	b := make([]byte, 2048)
	for {
		if _, _, err := f.sink.ReadFrom(b); err != nil {
			return
		}
		f.got++
	}
}

// stop ends the flood once what is under way had time to arrive.
func (f *flood) stop() {
	close(f.quit)
	f.sending.Wait()
	time.Sleep(50 * time.Millisecond)
	_ = f.sink.SetReadDeadline(time.Now())
	f.receives.Wait()
	f.dropped = socketDrops(f.sink.(*net.UDPConn))
	f.conn.Close()
	f.sink.Close()
}

// socketDrops is how many datagrams found the socket's buffer full.
func socketDrops(c *net.UDPConn) int {
	var info [unix.SK_MEMINFO_VARS]uint32
	size := uint32(unsafe.Sizeof(info))
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		_, _, _ = unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	})
	return int(info[unix.SK_MEMINFO_DROPS])
}
