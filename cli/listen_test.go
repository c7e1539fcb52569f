package cli

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/unixsock"
)

func TestSocketMode(t *testing.T) {
	path := serve(t, func(cfg *ServerConfig) { cfg.Group = strconv.Itoa(os.Getgid()) })
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != os.ModeSocket|unixsock.Mode {
		t.Errorf("mode %v, %v; want %v", info.Mode(), err, os.ModeSocket|unixsock.Mode)
	}
}

func TestListenRefusesLive(t *testing.T) {
	path := serve(t, nil)
	_, err := Listen(ServerConfig{Tree: new(Tree), Path: path})
	if !errors.Is(err, unixsock.ErrInUse) {
		t.Errorf("got %v, want %v", err, unixsock.ErrInUse)
	}
	c := dialRaw(t, path, termVppctl) // and the live one still lives
	send(t, c, "sh tr\n")
	expect(t, c, "show trace []\n\x00")
}

func TestListenReplacesStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cli.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	s, err := Listen(ServerConfig{Tree: new(Tree), Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}

func TestListenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, []byte("precious"), 0o600)
	tests := []struct {
		cfg  ServerConfig
		want string
	}{
		{ServerConfig{Path: file}, "not a socket: remove it or name another"},
		{ServerConfig{Path: filepath.Join(dir, "none", "s")}, "its directory cannot be opened"},
		{ServerConfig{Path: filepath.Join(dir, strings.Repeat("x", 108))}, "the limit is 107"},
		{ServerConfig{Path: filepath.Join(dir, "s"), Group: "no such group"}, "create it or give a number"},
		{ServerConfig{}, "needs a tree and the path"},
	}
	for _, tt := range tests {
		tt.cfg.Tree = new(Tree)
		if _, err := Listen(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %q", tt.cfg.Path, err, tt.want)
		}
	}
	if b, _ := os.ReadFile(file); string(b) != "precious" {
		t.Error("the file was touched")
	}
}

// TestCloseLeavesOthers does not remove a socket that somebody else has put in place meanwhile.
func TestCloseLeavesOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cli.sock")
	s, err := Listen(ServerConfig{Tree: new(Tree), Path: path})
	if err != nil {
		t.Fatal(err)
	}
	os.Rename(path, path+".old")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the other's socket: %v", err)
	}
}
