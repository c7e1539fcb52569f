package stats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/unixsock"
)

// Server gives the segment to whoever connects to a socket: one message with a descriptor, then it hangs up.
type Server struct {
	l   *unixsock.Listener
	seg *Segment
	log *slog.Logger
}

// Listen makes the socket at path, of type SOCK_SEQPACKET, for group; see unixsock.Listen.
func (s *Segment) Listen(path, group string, log *slog.Logger) (*Server, error) {
	l, err := unixsock.Listen(unixsock.SeqPacket, path, group)
	if err != nil {
		return nil, fmt.Errorf("stats: %w", err)
	}
	return &Server{l, s, log}, nil
}

// Serve answers until ctx ends or the server is closed, which is no error; then the socket is gone.
func (v *Server) Serve(ctx context.Context) error {
	defer v.l.Close()
	defer context.AfterFunc(ctx, func() { v.l.Close() })()
	v.l.AcceptAll(ctx, v.log, func(c *net.UnixConn) {
		if err := v.give(c); err != nil && !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) { // it has gone
			v.log.Warn("statistics: a client was not served", "cause", err)
		}
		c.Close()
	})
	return nil
}

// Close removes the socket and ends Serve.
func (v *Server) Close() error { return v.l.Close() }

// giveWait bounds what a client can delay the next one by. The message fits the socket's buffer, so nothing waits as a rule.
const giveWait = 100 * time.Millisecond

func (v *Server) give(c *net.UnixConn) error {
	fd, err := v.seg.descriptor()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := c.SetWriteDeadline(time.Now().Add(giveWait)); err != nil {
		return err
	}
	_, _, err = c.WriteMsgUnix(nil, unix.UnixRights(fd), nil)
	return err
}

// descriptor is one more for reading the segment by.
func (s *Segment) descriptor() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return -1, errClosed
	}
	return unix.FcntlInt(s.file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
}
