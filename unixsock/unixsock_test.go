package unixsock

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var networks = []string{Stream, SeqPacket}

func TestListen(t *testing.T) {
	for _, network := range networks {
		path := filepath.Join(t.TempDir(), "s")
		l, err := Listen(network, path, strconv.Itoa(os.Getgid()))
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode() != os.ModeSocket|Mode {
			t.Errorf("%s: mode %v, %v; want %v", network, info.Mode(), err, os.ModeSocket|Mode)
		}
		for _, other := range networks { // a live one is refused whatever its kind, and lives on
			if _, err := Listen(other, path, ""); !errors.Is(err, ErrInUse) {
				t.Errorf("%s on %s: got %v, want %v", other, network, err, ErrInUse)
			}
		}
		c, err := net.Dial(network, path)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: after Close: %v", network, err)
		}
	}
}

// TestTighten looks at the socket as bind leaves it, before anything else has touched it.
func TestTighten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	lc := net.ListenConfig{Control: tighten}
	l, err := lc.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm()&0o177 != 0 {
		t.Errorf("mode %v, %v; want nothing for group and others", info.Mode(), err)
	}
}

func TestStaleIsReplaced(t *testing.T) {
	for _, old := range networks {
		for _, network := range networks {
			path := filepath.Join(t.TempDir(), "s")
			dead, err := net.ListenUnix(old, &net.UnixAddr{Name: path, Net: old})
			if err != nil {
				t.Fatal(err)
			}
			dead.SetUnlinkOnClose(false)
			dead.Close()
			l, err := Listen(network, path, "")
			if err != nil {
				t.Fatalf("%s in place of %s: %v", network, old, err)
			}
			l.Close()
		}
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, []byte("precious"), 0o600)
	for _, tt := range []struct{ path, group, want string }{
		{file, "", "not a socket: remove it or name another"},
		{filepath.Join(dir, "none", "s"), "", "its directory cannot be opened"},
		{filepath.Join(dir, strings.Repeat("x", 108)), "", "the limit is 107"},
		{filepath.Join(dir, "s"), "no such group", "create it or give a number"},
	} {
		if _, err := Listen(Stream, tt.path, tt.group); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %q", tt.path, err, tt.want)
		}
	}
	if b, _ := os.ReadFile(file); string(b) != "precious" {
		t.Error("the file was touched")
	}
}

// TestCloseLeavesOthers does not remove a socket that somebody else has put in place meanwhile.
func TestCloseLeavesOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := Listen(Stream, path, "")
	if err != nil {
		t.Fatal(err)
	}
	os.Rename(path, path+".old")
	other, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	l.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the other's socket: %v", err)
	}
}

// TestLockedDirectory is about somebody who can only read the directory, and holds its lock: the socket is made all the same.
func TestLockedDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	unlock, err := lockDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	l, err := Listen(Stream, path, "")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// TestGuard keeps the program alive, and says what has happened.
func TestGuard(t *testing.T) {
	var log strings.Builder
	err := Guard(slog.New(slog.NewTextHandler(&log, nil)), func() error { panic("a fault") })
	if err == nil || !strings.Contains(err.Error(), "a fault") || !strings.Contains(log.String(), "unixsock_test.go") {
		t.Errorf("%v\n%s", err, &log)
	}
	if err := Guard(slog.Default(), func() error { return net.ErrClosed }); err != net.ErrClosed {
		t.Error(err)
	}
}
