package program

import (
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
)

func TestSocketNames(t *testing.T) {
	def := runDir()
	for conf, want := range map[string][2]string{
		"":                             {def + "/cli.sock", def + "/api.sock"},
		"unix { runtime-dir /x }":      {"/x/cli.sock", "/x/api.sock"},
		"unix { cli-listen /y/c }":     {"/y/c", "/y/api.sock"},
		"socksvr { default }":          {def + "/cli.sock", def + "/api.sock"},
		"socksvr { socket-name /z/a }": {def + "/cli.sock", "/z/a"},
		"unix { runtime-dir /x cli-listen /y/c } socksvr { default }": {"/y/c", "/x/api.sock"},
	} {
		s, err := readStartup("", strings.Fields(conf), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{s.socket, s.apiSocket}; got != want {
			t.Errorf("%q: got %v, want %v", conf, got, want)
		}
	}
}

// TestAPICommands looks at the API socket of a running program through its CLI.
func TestAPICommands(t *testing.T) {
	dir := t.TempDir()
	s, err := readStartup("", strings.Fields("unix { runtime-dir "+dir+" }"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.serve(ctx, slog.New(slog.DiscardHandler), func(dp *gvpp.Dataplane) error {
		defer cancel()
		show := func(command, want string) {
			var b strings.Builder
			if err := dp.CLI().Run(ctx, command, false, &b); err != nil || !strings.Contains(b.String(), want) {
				t.Errorf("%s: %v, got %q, want %q", command, err, b.String(), want)
			}
		}
		c, err := net.Dial("unix", filepath.Join(dir, "api.sock"))
		if err != nil {
			return err
		}
		defer c.Close()
		hello := append(make([]byte, 16), 0, 15, 0, 0, 0, 1)
		hello[11] = 70
		if _, err := c.Write(append(append(hello, "somebody"...), make([]byte, 56)...)); err != nil {
			return err
		}
		if _, err := c.Read(hello); err != nil {
			return err
		}
		show("show api clients", `"somebody"`)
		show("show api messages", "control_ping_51077d14")
		show("show api messages called", "sockclnt_create_455fb9c4")
		show("show api errors", "1 accepted, 1 now")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
