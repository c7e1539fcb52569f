package unixsock

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// The pause after a failed accept, which mostly means that the process has no descriptor left, and its doubling's end.
const minPause, maxPause = 5 * time.Millisecond, time.Second

// AcceptAll hands each client to take, one after the other, until the listener is closed. Ctx shortens pauses after errors.
func (l *Listener) AcceptAll(ctx context.Context, log *slog.Logger, take func(*net.UnixConn)) {
	pause := minPause
	for {
		c, err := l.AcceptUnix()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			log.Warn("cannot accept a client, trying again", "socket", l.path, "error", err, "pause", pause)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			pause = min(2*pause, maxPause)
		default:
			pause = minPause
			take(c)
		}
	}
}

// drainTimeout bounds how long Drain waits for what ignores that it is cancelled.
const drainTimeout = 2 * time.Second

// Drain waits for what still runs for clients after the socket was closed, a bounded time.
func (l *Listener) Drain(running *sync.WaitGroup, log *slog.Logger) {
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(drainTimeout):
		log.Warn("what a client has asked for still runs after the socket was closed", "socket", l.path, "waited", drainTimeout)
	}
}
