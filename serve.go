package gvpp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/cli"
)

// Sockets says where a dataplane's clients find it. A socket without a path is not made.
type Sockets struct {
	CLI   cli.ServerConfig // vppctl and gvpp ctl: the path, and how terminals look; Tree, Group and Log are filled in
	API   string           // GoVPP, vpp_papi, VAPI and api/client
	Stats string           // readers of the statistics segment
	Group string           // that may use the sockets besides the process's user: a name or a number; "": the process's own

	APITrace int // messages of API clients to keep from the start, as `api trace on` does; 0: none
}

// socket is one of the servers.
type socket interface {
	Serve(context.Context) error
	Close() error
}

// Serve is Run with sockets. Their directories are made where they are missing. ready, if not nil, is called once clients are
// served, with a context that ends when anything does; its error ends everything, and is Serve's.
func (dp *Dataplane) Serve(ctx context.Context, s Sockets, ready func(context.Context) error) error {
	sockets, err := dp.listen(s)
	if err != nil {
		for _, l := range sockets {
			err = errors.Join(err, l.Close())
		}
		return errors.Join(err, dp.Close())
	}
	parts := []func(context.Context) error{dp.Run}
	for _, l := range sockets {
		parts = append(parts, l.Serve)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, len(parts))
	for _, part := range parts {
		go func() { err := part(ctx); cancel(err); done <- err }()
	}
	var cause error
	if ready != nil {
		if cause = ready(ctx); cause != nil {
			cancel(cause)
		}
	}
	err = cause
	for range parts {
		if end := <-done; cause == nil || !errors.Is(end, cause) { // else it only repeats why everything ends
			err = errors.Join(err, end)
		}
	}
	return err
}

// listen makes the sockets. With an error it returns those that it has made before.
func (dp *Dataplane) listen(s Sockets) (made []socket, err error) {
	terminals := s.CLI
	terminals.Tree, terminals.Group, terminals.Log = dp.CLI(), s.Group, dp.log
	for _, l := range []struct {
		path, what string
		listen     func() (socket, error)
	}{
		{s.CLI.Path, "CLI", func() (socket, error) { return cli.Listen(terminals) }},
		{s.API, "API", func() (socket, error) {
			api, err := server.New(server.Config{Path: s.API, Group: s.Group, Services: dp.API(), Log: dp.log})
			if err == nil && s.APITrace > 0 {
				api.Trace(s.APITrace)
			}
			dp.apiServer.Store(api)
			return api, err
		}},
		{s.Stats, "statistics", func() (socket, error) { return dp.Stats().Listen(s.Stats, s.Group, dp.log) }},
	} {
		if l.path == "" {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
			return made, fmt.Errorf("gvpp: directory of the %s socket %q: %w; name another one, as by `unix { runtime-dir DIR }`, or XDG_RUNTIME_DIR", l.what, l.path, err)
		}
		one, err := l.listen()
		if err != nil {
			return made, err
		}
		made = append(made, one)
	}
	return made, nil
}
