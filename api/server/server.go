package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/unixsock"
)

// Config says what to serve, where and within which bounds. Path is required.
type Config struct {
	Path     string        // of the socket; its directory exists
	Group    string        // that may use the socket besides its owner, a name or a number; "" is the process's own
	Services []api.Service // in the order of message ids; memclnt is the server's own and comes before them
	Log      *slog.Logger  // nil is slog.Default()

	MaxClients     int           // connections at once; 0 is 1024
	MaxMessage     int           // bytes of a client's message; 0 is 32 MiB
	MaxMemory      int64         // bytes of messages from and to clients that are longer than 64 KiB, all together; 0 is 256 MiB
	MaxQueue       int           // requests of a client that wait; 0 is 1024. They also have 128 KiB at most
	HelloTimeout   time.Duration // for a client to introduce itself; 0 is 10 seconds
	MessageTimeout time.Duration // for a message that has begun to arrive; 0 is 30 seconds
	WriteTimeout   time.Duration // for a client to read 64 KiB; 0 is 10 seconds
}

const (
	defaultMaxClients     = 1024
	defaultMaxMessage     = 32 << 20
	defaultMaxMemory      = 256 << 20
	defaultMaxQueue       = 1024
	defaultHelloTimeout   = 10 * time.Second
	defaultMessageTimeout = 30 * time.Second
	defaultWriteTimeout   = 10 * time.Second

	// socketBit marks the indices of clients of the socket, as VPP does.
	socketBit = 1 << 31
)

// Server serves the API socket. Its methods may be called from any goroutine.
type Server struct {
	cfg    Config
	table  *table
	l      *unixsock.Listener
	memory memory

	mu      sync.Mutex
	clients map[*client]struct{}
	last    uint32 // index given
	closed  bool
	running sync.WaitGroup

	accepted, refused, bad, slow, panics, unknowns atomic.Uint64
	failures                                       ring
	quiet                                          limiter
	trace                                          trace
}

// New makes the table and the socket. Clients are served once Serve runs.
func New(cfg Config) (*Server, error) {
	if cfg.Path == "" {
		return nil, errors.New("server: the path of the socket is missing")
	}
	cfg.defaults()
	s := &Server{cfg: cfg, memory: memory{limit: cfg.MaxMemory}, clients: map[*client]struct{}{}}
	var err error
	if s.table, err = newTable(append([]api.Service{memclnt.Serve(&self{server: s})}, cfg.Services...)); err != nil {
		return nil, err
	}
	if s.l, err = unixsock.Listen(unixsock.Stream, cfg.Path, cfg.Group); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return s, nil
}

func (c *Config) defaults() {
	for p, d := range map[*int]int{&c.MaxClients: defaultMaxClients, &c.MaxMessage: defaultMaxMessage, &c.MaxQueue: defaultMaxQueue} {
		if *p <= 0 {
			*p = d
		}
	}
	for p, d := range map[*time.Duration]time.Duration{&c.HelloTimeout: defaultHelloTimeout, &c.MessageTimeout: defaultMessageTimeout, &c.WriteTimeout: defaultWriteTimeout} {
		if *p <= 0 {
			*p = d
		}
	}
	if c.MaxMemory <= 0 {
		c.MaxMemory = defaultMaxMemory
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
}

// Serve serves clients until ctx ends or Close is called, and waits a bounded time for their handlers to end.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	s.l.AcceptAll(ctx, s.cfg.Log, func(c *net.UnixConn) { s.accept(ctx, c) })
	cancel()
	s.Close()
	s.l.Drain(&s.running, s.cfg.Log)
	return nil
}

// accept starts a client for a connection.
func (s *Server) accept(ctx context.Context, conn net.Conn) {
	c := s.admit(ctx, conn)
	if c == nil {
		s.refused.Add(1)
		s.warn("server: a client is refused, there are too many", "limit", s.cfg.MaxClients)
		conn.Close()
		return
	}
	s.accepted.Add(1)
	go func() {
		defer s.running.Done()
		defer s.forget(c)
		c.serve()
	}()
}

// admit counts the client in; nil if there is no room.
func (s *Server) admit(ctx context.Context, conn net.Conn) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.clients) >= s.cfg.MaxClients {
		return nil
	}
	s.last = (s.last + 1) & math.MaxInt32
	c := s.newClient(ctx, conn, s.last|socketBit)
	s.clients[c] = struct{}{}
	s.running.Add(1)
	return c
}

func (s *Server) forget(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}

// Close stops serving, removes the socket if it is still the one that New made, and ends all connections.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	for c := range s.clients {
		c.stop(net.ErrClosed)
	}
	return s.l.Close()
}
