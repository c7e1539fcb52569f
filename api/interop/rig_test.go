package interop

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.fd.io/govpp"
	govppapi "go.fd.io/govpp/api"
	"go.fd.io/govpp/core"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl"
)

// rig is a running dataplane of two memory interfaces with a wire between them, and its API socket.
type rig struct {
	t    testing.TB
	dp   *gvpp.Dataplane
	a, b *port.Memory
	dir  string // of the sockets: api.sock, stats.sock
	stop func()
	onTx atomic.Pointer[func()] // called for each packet that leaves by b, on the worker
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

// start makes the dataplane and its socket; stop ends both, and start may be called again.
func (r *rig) start() {
	r.t.Helper()
	r.a, r.b = port.NewMemory("a", 1), port.NewMemory("b", 1)
	r.b.OnTx = func(*buffer.Pool, buffer.Index) {
		if f := r.onTx.Load(); f != nil {
			(*f)()
		}
	}
	track := flowtrack.New()
	rules := classify.New(track)
	dp, err := gvpp.New(gvpp.Config{
		Interfaces: []gvpp.Interface{r.a, r.b}, Plugins: []plugin.Plugin{track, rules, acl.New(rules)},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	r.ok(err)
	r.ok(dp.CrossConnect(r.t.Context(), "a", "b"))
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := server.New(server.Config{Path: r.path("api"), Services: dp.API(), Log: log})
	r.ok(err)
	numbers, err := dp.Stats().Listen(r.path("stats"), "", log)
	r.ok(err)
	ctx, cancel := context.WithCancel(context.Background())
	var ends sync.WaitGroup
	ends.Go(func() { r.soft(dp.Run(ctx)) })
	ends.Go(func() { r.soft(s.Serve(ctx)) })
	ends.Go(func() { r.soft(numbers.Serve(ctx)) })
	r.dp, r.stop = dp, sync.OnceFunc(func() { cancel(); ends.Wait() })
}

func (r *rig) path(socket string) string { return filepath.Join(r.dir, socket+".sock") }

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) soft(err error) {
	if err != nil {
		r.t.Error(err)
	}
}

// connect is a GoVPP connection that ends with the test.
func (r *rig) connect() *core.Connection {
	r.t.Helper()
	c, err := govpp.Connect(r.path("api"))
	r.ok(err)
	r.t.Cleanup(c.Disconnect)
	return c
}

// channel is a channel of a connection of its own, that gives up after 10 seconds.
func (r *rig) channel() govppapi.Channel {
	r.t.Helper()
	ch, err := r.connect().NewAPIChannelBuffered(16, 1<<18)
	r.ok(err)
	ch.SetReplyTimeout(10 * time.Second)
	r.t.Cleanup(ch.Close)
	return ch
}
