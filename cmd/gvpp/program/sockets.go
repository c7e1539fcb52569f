package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/config"
)

// runDir is where the sockets lie unless told otherwise: as root /run/gvpp, else in the user's run directory, and where there is
// none, as for a user who has not logged in, in a directory of the user's own among the temporary files.
func runDir() string {
	if os.Geteuid() == 0 {
		return "/run/gvpp"
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = fmt.Sprintf("/run/user/%d", os.Geteuid())
		if _, err := os.Stat(dir); err != nil {
			return temporaryRunDir()
		}
	}
	return filepath.Join(dir, "gvpp")
}

// defaultSocket is where the CLI listens unless told otherwise.
func defaultSocket() string { return filepath.Join(runDir(), "cli.sock") }

func temporaryRunDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("gvpp-%d", os.Geteuid()))
}

// ownDir refuses a directory for sockets that others could have put in our way among the temporary files; others it leaves to the
// file system's permissions. With make it is made if it is not there.
func ownDir(dir string, make bool) error {
	if dir != temporaryRunDir() {
		return nil
	}
	if make {
		if err := os.Mkdir(dir, 0o700); err == nil || !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // whoever looks for a socket there will say so
	}
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("directory %q is not this user's alone: set XDG_RUNTIME_DIR, or name another by `unix { runtime-dir DIR }` and ctl -s DIR/cli.sock", dir)
	}
	return nil
}

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
	return gvpp.Sockets{CLI: c, API: s.apiSocket, Stats: s.statsSocket, Group: s.group, APITrace: s.apiTrace}
}

// apiTraceSchema is VPP's stanza: the trace of API messages that is on from the start.
func (s *startup) apiTraceSchema() config.Schema {
	limit := server.DefaultTrace
	on := func(*config.Cursor) error { s.apiTrace = limit; return nil }
	schema := ignoring("save-api-table")
	schema["on"], schema["enable"] = on, on
	schema["nitems"] = func(c *config.Cursor) error {
		n, err := c.Int(1, server.MaxTrace)
		if limit = int(n); s.apiTrace > 0 {
			s.apiTrace = limit
		}
		return err
	}
	return schema
}
