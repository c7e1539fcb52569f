package server

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
)

// unfit is a message that cannot be encoded.
type unfit struct{ *apitest.Message }

func (unfit) Encode(e *api.Encoder) { e.FixedString("too long", 4) }

// lines is a log that a test reads while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestFailedDump is an empty one for its client, and a line of the log and of show api errors for the operator.
func TestFailedDump(t *testing.T) {
	var log lines
	r := serve(t, func(cfg *Config) {
		cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		cfg.Services = []api.Service{{File: apitest.File, Handlers: []api.Handler{
			{Method: apitest.CountMethod, Call: func(_ context.Context, _ api.Message, send func(api.Message) error) (api.Message, error) {
				return nil, send(unfit{apitest.New(apitest.CountDetails)})
			}},
			{Method: apitest.AddMethod, Call: func(context.Context, api.Message, func(api.Message) error) (api.Message, error) {
				return nil, api.NoSuchEntry
			}},
		}}}
	})
	c := hello(t, r)
	c.write(c.request("toy_add", 1, 1, 2)) // the client hears of it: nothing for the log
	c.expect("toy_add_reply", 1, errno(api.NoSuchEntry), 0)
	c.write(append(c.request("toy_count_dump", 2, 1), c.request("control_ping", 2)...))
	c.expect("control_ping_reply", 2, 0)
	if f := r.Failures(); len(f) != 2 || f[1].Message != "toy_count_dump" || !strings.Contains(f[1].Text, "string of 8 bytes") {
		t.Errorf("failures %+v", f)
	}
	got := log.String()
	if strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=WARN") || !strings.Contains(got, "message=toy_count_dump") || !strings.Contains(got, "string of 8 bytes") {
		t.Errorf("the log has %s", got)
	}
}
