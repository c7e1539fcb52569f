package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
)

// runDir is where the sockets lie unless told otherwise: as root /run/gvpp, else in the user's run directory.
func runDir() string {
	if os.Geteuid() == 0 {
		return "/run/gvpp"
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = fmt.Sprintf("/run/user/%d", os.Geteuid())
	}
	return filepath.Join(dir, "gvpp")
}

// defaultSocket is where the CLI listens unless told otherwise.
func defaultSocket() string { return filepath.Join(runDir(), "cli.sock") }

// nameSockets names those that the configuration has not named: they lie in the runtime-dir, else beside the CLI's.
func (s *startup) nameSockets() {
	if s.runtimeDir == "" {
		s.runtimeDir = runDir()
		if s.socket != "" {
			s.runtimeDir = filepath.Dir(s.socket)
		}
	}
	for name, path := range map[string]*string{"cli.sock": &s.socket, "api.sock": &s.apiSocket, "stats.sock": &s.statsSocket} {
		if *path == "" {
			*path = filepath.Join(s.runtimeDir, name)
		}
	}
}

func (s *startup) socksvrSchema() config.Schema {
	return config.Schema{"socket-name": text(&s.apiSocket), "default": nothing}
}

// makeDir makes a socket's directory where that is missing. option is what names another.
func makeDir(socket, option string) error {
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return fmt.Errorf("directory of the socket %q: %w; name another with %s", socket, err, option)
	}
	return nil
}

func (s *startup) listenCLI(dp *gvpp.Dataplane, log *slog.Logger) (*cli.Server, error) {
	if err := makeDir(s.socket, "unix { cli-listen PATH }"); err != nil {
		return nil, err
	}
	cfg := s.cli
	cfg.Tree, cfg.Path, cfg.Group, cfg.Log = dp.CLI(), s.socket, s.group, log
	return cli.Listen(cfg)
}

func (s *startup) listenAPI(dp *gvpp.Dataplane, log *slog.Logger) (*server.Server, error) {
	if err := makeDir(s.apiSocket, "socksvr { socket-name PATH }"); err != nil {
		return nil, err
	}
	return server.New(server.Config{Path: s.apiSocket, Group: s.group, Services: dp.API(), Log: log})
}
