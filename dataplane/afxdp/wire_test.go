package afxdp

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/netlab"
)

// markType is the EtherType of test frames: one for local experiments.
const markType = 0x88b5

// markedFrame is a broadcast frame of 64 bytes that carries a word.
func markedFrame(word string) []byte {
	f := make([]byte, 64)
	copy(f, []byte{255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, markType >> 8, markType & 255, byte(len(word))})
	copy(f[15:], word)
	return f
}

// sendMarked sends n frames and returns how many the port took; the others are freed.
func (r *rig) sendMarked(p port.Port, cache *buffer.Cache, word string, n int) int {
	r.t.Helper()
	bufs := make([]buffer.Index, n)
	if cache.Alloc(bufs) != n {
		r.t.Fatal("the pool is empty")
	}
	for _, b := range bufs {
		r.pool.Put(b, markedFrame(word))
	}
	taken := p.Tx(bufs)
	cache.Free(bufs[taken:])
	for range 100 {
		if !p.Flush() {
			break
		}
	}
	return taken
}

// capture receives marked frames on a host's device, beside the host.
type capture struct{ fd int }

func (r *rig) capture(h *netlab.Host, dev string) (c *capture, err error) {
	link, err := h.Link(dev)
	if err != nil {
		return nil, err
	}
	err = h.Do(func() error {
		proto := uint16(markType>>8 | markType&255<<8)
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(proto))
		if err != nil {
			return err
		}
		c = &capture{fd}
		return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: proto, Ifindex: link.Index})
	})
	return c, err
}

// marked returns the word of the next frame, "" if none comes within 200 ms.
func (c *capture) marked(t *testing.T) string {
	t.Helper()
	tv := unix.NsecToTimeval(int64(200 * time.Millisecond))
	ok(t, unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv))
	buf := make([]byte, 2048)
	n, _, err := unix.Recvfrom(c.fd, buf, 0)
	if err == unix.EAGAIN {
		return ""
	}
	ok(t, os.NewSyscallError("recvfrom", err))
	if n < 15 || n < 15+int(buf[14]) {
		t.Fatalf("captured %d bytes", n)
	}
	return string(buf[15 : 15+buf[14]])
}

func (c *capture) Close() { _ = unix.Close(c.fd) }
