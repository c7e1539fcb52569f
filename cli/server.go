package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gvpp/gvpp/unixsock"
)

// ServerConfig says what to serve, where and within which bounds. Tree and Path are required.
type ServerConfig struct {
	Tree  *Tree
	Path  string // of the socket; its directory exists
	Group string // that may use the socket besides its owner, a name or a number; "" is the process's own

	MaxClients   int           // sessions at once; 0 is 64
	IdleTimeout  time.Duration // that a session may take for its next line; 0 is 15 minutes
	WriteTimeout time.Duration // that a client may take to read 16 KiB; 0 is 10 seconds
	Prompt       string        // shown on terminals; "" is "gvpp# "
	Banner       string        // shown on terminals first
	HistoryLimit int           // lines that a terminal's session remembers; 0 is 50, below 0 none
	PagerLimit   int           // lines of a command that a terminal's pager keeps; 0 is 100,000, below 0 none
	NoPager      bool          // output runs through on terminals until "set terminal pager on"
	LineMode     bool          // terminals edit and echo their lines themselves
	Log          *slog.Logger  // nil is slog.Default()
}

const (
	defaultMaxClients   = 64
	defaultIdleTimeout  = 15 * time.Minute
	defaultWriteTimeout = 10 * time.Second
	defaultPrompt       = "gvpp# " // ends in VPP's "vpp# ", which scripts wait for
	defaultHistoryLimit = 50
	defaultPagerLimit   = 100_000

	// refuseTimeout bounds the farewell to a client that is one too many; it fits the socket's empty buffer.
	refuseTimeout = 100 * time.Millisecond
)

// Server serves a Tree on a socket.
type Server struct {
	cfg ServerConfig
	l   *unixsock.Listener

	mu       sync.Mutex
	conns    map[net.Conn]*session // locked; nil until it runs
	last     uint64                // locked: the id of the last one
	closed   bool
	sessions sync.WaitGroup
}

// Listen makes the socket. It refuses a path that somebody listens on and replaces a socket that nobody does. Clients are
// served once Serve runs.
func Listen(cfg ServerConfig) (*Server, error) {
	if cfg.Tree == nil || cfg.Path == "" {
		return nil, errors.New("cli: a server needs a tree and the path of a socket")
	}
	if cfg.MaxClients <= 0 {
		cfg.MaxClients = defaultMaxClients
	}
	if cfg.IdleTimeout <= 0 {
		cfg.IdleTimeout = defaultIdleTimeout
	}
	if cfg.WriteTimeout <= 0 {
		cfg.WriteTimeout = defaultWriteTimeout
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.terminalDefaults()
	l, err := unixsock.Listen(unixsock.Stream, cfg.Path, cfg.Group)
	if err != nil {
		return nil, fmt.Errorf("cli: %w", err)
	}
	return &Server{cfg: cfg, l: l, conns: make(map[net.Conn]*session)}, nil
}

func (cfg *ServerConfig) terminalDefaults() {
	if cfg.Prompt == "" {
		cfg.Prompt = defaultPrompt
	}
	if cfg.HistoryLimit == 0 {
		cfg.HistoryLimit = defaultHistoryLimit
	}
	if cfg.PagerLimit == 0 {
		cfg.PagerLimit = defaultPagerLimit
	}
}

// Serve serves clients until ctx is done or Close is called, removes the socket, ends all sessions and returns nil. A
// command that still runs has its context cancelled; Serve waits a bounded time for it.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	s.l.AcceptAll(ctx, s.cfg.Log, func(c *net.UnixConn) { s.accept(ctx, c) })
	cancel()
	s.Close()
	s.l.Drain(&s.sessions, s.cfg.Log)
	return nil
}

// accept starts the session of a client.
func (s *Server) accept(ctx context.Context, c net.Conn) {
	if full := s.admit(c); full {
		c.SetWriteDeadline(time.Now().Add(refuseTimeout))
		fmt.Fprintf(c, "gvpp: %d clients use this socket already, try again later\n", s.cfg.MaxClients)
		c.Close()
		return
	}
	go func() {
		defer s.sessions.Done()
		defer s.forget(c)
		unixsock.Guard(s.cfg.Log, func() error { s.start(c).serve(ctx); return nil }) //nolint:errcheck // it is logged
	}()
}

// admit counts the client in, unless there is no room.
func (s *Server) admit(c net.Conn) (full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= s.cfg.MaxClients {
		return true
	}
	s.conns[c] = nil
	s.sessions.Add(1)
	return false
}

// start makes the session of a client that was counted in.
func (s *Server) start(c net.Conn) *session {
	sess := newSession(s, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	sess.id = s.last
	s.conns[c] = sess
	return sess
}

// list tells who is there.
func (s *Server) list(self *session) []SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []SessionInfo{}
	for _, c := range s.conns {
		if c == nil {
			continue
		}
		info := SessionInfo{Kind: "new"}
		if k := c.kind.Load(); k != nil {
			info = *k
		}
		info.ID, info.UptimeS, info.Self = c.id, int64(time.Since(c.since).Seconds()), c == self
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b SessionInfo) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (s *Server) forget(c net.Conn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Close stops serving, removes the socket if it is still the one that Listen made, and closes all connections.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.l.Close()
	for c := range s.conns {
		c.Close()
	}
	return err
}
