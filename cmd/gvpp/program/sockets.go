package program

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gvpp/gvpp"
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
	return config.Schema{"socket-name": socketPath(&s.apiSocket), "default": nothing}
}

// sockets is where clients find the program.
func (s *startup) sockets() gvpp.Sockets {
	c := s.cli
	c.Path = s.socket
	return gvpp.Sockets{CLI: c, API: s.apiSocket, Stats: s.statsSocket, Group: s.group}
}
