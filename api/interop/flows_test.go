package interop

import (
	"errors"
	"io"
	"testing"
	"time"

	govppapi "go.fd.io/govpp/api"
	"go.fd.io/govpp/core"

	"github.com/gvpp/gvpp/api/interop/binapi/classify_rules"
	"github.com/gvpp/gvpp/api/interop/binapi/flowtrack"
)

// track makes sessions known: a rule by which a's UDP packets begin them.
func (r *rig) track(c *core.Connection) {
	r.t.Helper()
	_, err := classify_rules.NewServiceClient(c).ClassifyRuleAdd(r.t.Context(), &classify_rules.ClassifyRuleAdd{Before: ^uint32(0), Rule: classify_rules.ClassifyRule{
		SwIfIndex: 1, Proto: 17, Match: classify_rules.CLASSIFY_RULE_API_MATCH_PROTO, KeepState: true,
	}})
	r.ok(err)
}

// Sessions come page by page, each once.
func TestSessionPages(t *testing.T) {
	r := newRig(t)
	c := r.connect()
	r.track(c)
	const n = 25_000
	for port := range uint16(n) {
		for r.a.Inject(0, udp(port+1)) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	client := flowtrack.NewServiceClient(c)
	await(t, "all sessions", func() bool {
		s, err := client.FlowtrackStatsGet(t.Context(), &flowtrack.FlowtrackStatsGet{})
		r.ok(err)
		return s.Created == n
	})
	seen, pages := map[uint16]bool{}, 0
	for cursor, more := uint32(0), true; more; pages++ {
		stream, err := client.FlowtrackSessionGet(t.Context(), &flowtrack.FlowtrackSessionGet{Cursor: cursor})
		r.ok(err)
		cursor, more = r.page(stream, seen)
	}
	if len(seen) != n || pages < 3 {
		t.Errorf("%d sessions of %d, on %d pages", len(seen), n, pages)
	}
	cleared, err := client.FlowtrackSessionClear(t.Context(), &flowtrack.FlowtrackSessionClear{})
	if err != nil || cleared.Count != n {
		t.Errorf("%+v, %v", cleared, err)
	}
}

// page reads a page and notes its sessions' ports.
func (r *rig) page(stream flowtrack.RPCService_FlowtrackSessionGetClient, seen map[uint16]bool) (cursor uint32, more bool) {
	r.t.Helper()
	for {
		d, reply, err := stream.Recv()
		if reply != nil && (errors.Is(err, io.EOF) || errors.Is(err, govppapi.EAGAIN)) {
			return reply.Cursor, errors.Is(err, govppapi.EAGAIN)
		}
		r.ok(err)
		if port := d.Session.Dport; seen[port] {
			r.t.Errorf("port %d comes twice", port)
		} else {
			seen[port] = true
		}
	}
}

func TestSessionEvents(t *testing.T) {
	r := newRig(t)
	c := r.connect()
	r.track(c)
	watch, err := c.WatchEvent(t.Context(), &flowtrack.FlowtrackEvent{})
	r.ok(err)
	defer watch.Close()
	client := flowtrack.NewServiceClient(c)
	want := &flowtrack.WantFlowtrackEvents{Enable: true, PID: 7}
	_, err = client.WantFlowtrackEvents(t.Context(), want)
	r.ok(err)
	r.a.Inject(0, udp(53))
	next := func() *flowtrack.FlowtrackEvent {
		t.Helper()
		select {
		case e := <-watch.Events():
			return e.(*flowtrack.FlowtrackEvent)
		case <-time.After(10 * time.Second):
			t.Fatal("no event")
			return nil
		}
	}
	if e := next(); e.Kind != flowtrack.FLOWTRACK_API_EVENT_NEW || e.Session.Dport != 53 || e.Session.Proto != 17 || e.PID != 7 {
		t.Errorf("%+v", e)
	}
	_, err = client.FlowtrackSessionClear(t.Context(), &flowtrack.FlowtrackSessionClear{})
	r.ok(err)
	if e := next(); e.Kind != flowtrack.FLOWTRACK_API_EVENT_DESTROY || e.Reason != flowtrack.FLOWTRACK_API_REASON_CLEARED || e.Session.Dport != 53 {
		t.Errorf("%+v", e)
	}
	if _, err := client.WantFlowtrackEvents(t.Context(), want); err == nil {
		t.Error("a second time is taken")
	}
}
