package gvpp_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api/binapi/vlib"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/cli"
)

// sockets is all of them in a directory that is not there yet.
func sockets(t *testing.T) gvpp.Sockets {
	dir := filepath.Join(t.TempDir(), "run")
	return gvpp.Sockets{CLI: cli.ServerConfig{Path: dir + "/cli.sock"}, API: dir + "/api.sock", Stats: dir + "/stats.sock"}
}

func newDataplane(t *testing.T) *gvpp.Dataplane {
	t.Helper()
	dp, err := gvpp.New(gvpp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return dp
}

// left is what is left of sockets.
func left(s gvpp.Sockets) (paths []string) {
	paths, _ = filepath.Glob(filepath.Join(filepath.Dir(s.API), "*"))
	return paths
}

func TestServe(t *testing.T) {
	dp, s := newDataplane(t), sockets(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	err := dp.Serve(ctx, s, func(ctx context.Context) error {
		defer stop()
		c, err := client.Dial(ctx, s.API, "test")
		if err != nil {
			return err
		}
		defer c.Close()
		if r, err := vlib.NewClient(c).CliInband(ctx, &vlib.CliInband{Cmd: "show api clients"}); err != nil || !strings.Contains(r.Reply, `"test"`) {
			t.Errorf("%+v, %v", r, err)
		}
		for _, path := range []string{s.CLI.Path, s.API, s.Stats} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
				t.Errorf("%s: %v, %v", path, info, err)
			}
		}
		return nil
	})
	if err != nil || len(left(s)) != 0 {
		t.Errorf("%v; left: %q", err, left(s))
	}
}

// What cannot begin leaves nothing, and its error is told once.
func TestServeRefused(t *testing.T) {
	wrong := errors.New("wrong")
	dp, s := newDataplane(t), sockets(t)
	if err := dp.Serve(t.Context(), s, func(context.Context) error { return wrong }); !errors.Is(err, wrong) || strings.Count(err.Error(), "wrong") != 1 || len(left(s)) != 0 {
		t.Errorf("%v; left: %q", err, left(s))
	}

	s = sockets(t)
	if err := os.Mkdir(filepath.Dir(s.API), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unixpacket", s.Stats)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := newDataplane(t).Serve(t.Context(), s, nil); err == nil || !strings.Contains(err.Error(), "another program listens") || len(left(s)) != 1 {
		t.Errorf("%v; left: %q", err, left(s))
	}
	s = gvpp.Sockets{API: "/proc/nowhere/api.sock"}
	if err := newDataplane(t).Serve(t.Context(), s, nil); err == nil || !strings.Contains(err.Error(), s.API) {
		t.Errorf("%v", err)
	}
}

func TestNoAPISocket(t *testing.T) {
	dp := newDataplane(t)
	defer dp.Close()
	if err := dp.CLI().Run(t.Context(), "show api clients", false, nil); err == nil || !strings.Contains(err.Error(), "no API socket") {
		t.Error(err)
	}
}
