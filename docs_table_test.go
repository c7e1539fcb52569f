package gvpp_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl"
	"github.com/gvpp/gvpp/plugins/inacl"
	"github.com/gvpp/gvpp/plugins/linuxcp"
	"github.com/gvpp/gvpp/plugins/tap"
)

var updateDocs = flag.Bool("update-docs", false, "write the table of messages into docs/api.md")

const tableBegin, tableEnd = "<!-- messages: go test -run TestDocsTable -update-docs . -->\n", "<!-- end of messages -->\n"

// own are the modules that are not VPP's.
var own = map[string]string{"classify_rules": "gvpp's rules", "flowtrack": "gvpp's sessions"}

// TestDocsTable holds docs/api.md's table of modules against what a server answers when each message is sent, with fields of zero.
func TestDocsTable(t *testing.T) {
	services, path := serveAll(t)
	inside := api.Direct(services...)
	defer inside.Close()
	table := strings.Builder{}
	table.WriteString(tableBegin + "\n| module | served | not served |\n|---|---|---|\n")
	for _, service := range services {
		var served, missing []string
		for _, m := range service.File.Methods {
			if unimplemented(t, inside, path, m) {
				missing = append(missing, "`"+m.Request.Name+"`")
			} else {
				served = append(served, "`"+m.Request.Name+"`")
			}
		}
		name := "`" + service.File.Name + "`"
		if what := own[service.File.Name]; what != "" {
			name += " (" + what + ")"
		}
		if len(missing) == 0 {
			served = []string{fmt.Sprintf("all %d requests", len(served))}
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", name, strings.Join(served, " "), strings.Join(missing, " "))
	}
	table.WriteString("\n" + tableEnd)
	doc, err := os.ReadFile("docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), tableBegin)
	got, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatal("docs/api.md has no place for the table")
	}
	if *updateDocs {
		if err := os.WriteFile("docs/api.md", []byte(before+table.String()+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if tableBegin+got+tableEnd != table.String() {
		t.Errorf("docs/api.md has\n%s\nwant\n%s\ngo test -run TestDocsTable -update-docs . writes it", got, table.String())
	}
}

// serveAll runs a dataplane with all that gvpp run has, and its API socket.
func serveAll(t *testing.T) (services []api.Service, path string) {
	t.Helper()
	track := flowtrack.New()
	rules, taps := classify.New(track), tap.New()
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{track, rules, acl.New(rules), inacl.New(), taps, linuxcp.New(taps)}})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "api.sock")
	s, err := server.New(server.Config{Path: path, Services: dp.API()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- dp.Run(ctx) }()
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Error(err)
		}
	})
	return append([]api.Service{{File: memclnt.File}}, dp.API()...), path
}

// unimplemented sends a request by a connection of its own, for some end it. Dumps have no retval on the socket: what their handlers
// say is asked inside, but for memclnt, which is the server's and has none.
func unimplemented(t *testing.T, inside api.Conn, path string, m *api.Method) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, path, "table")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if m.Reply == nil && m.Stream != nil {
		_, err = inside.Invoke(ctx, m, m.Request.New(), nil)
	} else {
		_, err = c.Invoke(ctx, m, m.Request.New(), nil)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s is not answered", m.Request.Name)
	}
	return errors.Is(err, api.Unimplemented)
}
