package pg_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/nodes/pg"
)

// rig is a dataplane with pg0 and pg1, cross-connected and up, driven by hand, and a clock that the test moves.
type rig struct {
	*gvpp.Dataplane
	t   testing.TB
	pg  *pg.Plugin
	now int64
}

func newRig(t testing.TB, c gvpp.Config) *rig {
	t.Helper()
	r := &rig{t: t}
	if c.Clock == nil {
		c.Clock = func() int64 { return r.now }
	}
	c.Log = slog.New(slog.DiscardHandler)
	var err error
	if r.Dataplane, err = gvpp.New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if n := r.Buffers().InUse(); n != 0 {
			t.Errorf("%d buffers leaked", n)
		}
	})
	r.pg = r.Generator()
	for _, line := range []string{
		"create packet-generator interface pg0 hw-addr 02:00:00:00:00:aa", "create packet-generator interface pg1",
		"set interface state pg0 up", "set interface state pg1 up", "set interface l2 xconnect pg0 pg1",
	} {
		r.cli(line)
	}
	return r
}

func (r *rig) cli(line string) string {
	r.t.Helper()
	var out bytes.Buffer
	if err := r.CLI().Run(context.Background(), line, false, &out); err != nil {
		r.t.Errorf("%q: %v", line, err)
	}
	return out.String()
}

func (r *rig) refused(line, want string) {
	r.t.Helper()
	if err := r.CLI().Run(context.Background(), line, false, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
		r.t.Errorf("%q: %v, want %q", line, err, want)
	}
}

// drain steps until nothing is left to do.
func (r *rig) drain() {
	for range 100000 {
		if !r.Step() {
			return
		}
	}
	r.t.Error("never at rest")
}

// captured is what an interface sends, as long as the test goes on.
func (r *rig) captured(name string) *[][]byte {
	r.t.Helper()
	got := new([][]byte)
	if err := r.pg.Capture(context.Background(), name, func(p []byte) { *got = append(*got, bytes.Clone(p)) }); err != nil {
		r.t.Fatal(err)
	}
	return got
}

// count is a counter of pg-input.
func (r *rig) count(text string) uint64 {
	for _, e := range r.Errors() {
		if e.Node == pg.InputName && e.Reason == text {
			return e.Count
		}
	}
	return 0
}
