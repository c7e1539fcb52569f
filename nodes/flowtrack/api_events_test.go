package flowtrack_test

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/api/server"
	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

func wirePrefix(family ip_types.AddressFamily, length uint8) ip_types.Prefix {
	return ip_types.Prefix{Address: ip_types.Address{Af: family}, Len: length}
}

// take waits for n events.
func take(t *testing.T, events <-chan api.Message, n int) (list []*wire.FlowtrackEvent) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for len(list) < n {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("no more events behind %d", len(list))
			}
			list = append(list, e.(*wire.FlowtrackEvent))
		case <-deadline:
			t.Fatalf("%d events, want %d", len(list), n)
		}
	}
	return list
}

// connect is a connection that takes events.
func (s *story) connect() (*api.DirectConn, wire.Client, <-chan api.Message) {
	conn := api.Direct(s.dp.API()...)
	return conn, wire.NewClient(conn), conn.Events(context.Background(), (*wire.FlowtrackEvent)(nil).Desc())
}

// TestEventsByMessage: two clients, each with a filter of its own; enabling twice and disabling twice.
func TestEventsByMessage(t *testing.T) {
	s := newStory(t, 100)
	_, one, first := s.connect()
	_, two, second := s.connect()
	ctx := t.Context()
	all := &wire.WantFlowtrackEvents{Enable: true, PID: 42}
	s.ok(refused(one.WantFlowtrackEvents(ctx, all)))
	if err := refused(one.WantFlowtrackEvents(ctx, all)); api.ErrnoOf(err) != api.InvalidRegistration {
		t.Errorf("twice: %v", err)
	}
	s.ok(refused(two.WantFlowtrackEvents(ctx, &wire.WantFlowtrackEvents{
		Enable: true, Kinds: wire.FLOWTRACK_API_EVENT_DESTROY, Filter: wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_PROTO, Proto: 17},
	})))
	if n := s.trk.Summarize().Watchers; n != 2 {
		t.Errorf("%d watch", n)
	}
	s.tell(`ab [S] seq 1
		ba [RA] ack 2
		udp 10.0.0.1:5 > 10.0.0.9:53
		udp 10.0.0.9:53 > 10.0.0.1:5
		cli clear flowtrack`)
	var got []string
	for _, e := range take(t, first, 5) {
		got = append(got, fmt.Sprintf("%v %v %d %d", e.Kind, e.Reason, e.Session.ID, e.Session.Packets))
		if e.PID != 42 || e.Time != uint64(s.now.Microseconds()) && e.Time < uint64(time.Now().Add(-time.Hour).UnixMicro()) || e.Lost != 0 {
			t.Errorf("%+v", e)
		}
	}
	if want := []string{
		"FLOWTRACK_API_EVENT_NEW FLOWTRACK_API_REASON_NONE 0 [1 0]",
		"FLOWTRACK_API_EVENT_DESTROY FLOWTRACK_API_REASON_RESET 0 [1 1]",
		"FLOWTRACK_API_EVENT_NEW FLOWTRACK_API_REASON_NONE 1 [1 0]",
		"FLOWTRACK_API_EVENT_UPDATE FLOWTRACK_API_REASON_NONE 1 [1 0]",
		"FLOWTRACK_API_EVENT_DESTROY FLOWTRACK_API_REASON_CLEARED 1 [1 1]",
	}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if e := take(t, second, 1)[0]; e.Kind != wire.FLOWTRACK_API_EVENT_DESTROY || e.Session.ID != 1 || e.PID != 0 {
		t.Errorf("%+v", e)
	}
	s.ok(refused(one.WantFlowtrackEvents(ctx, &wire.WantFlowtrackEvents{})))
	if err := refused(one.WantFlowtrackEvents(ctx, &wire.WantFlowtrackEvents{})); api.ErrnoOf(err) != api.InvalidRegistration {
		t.Errorf("ended twice: %v", err)
	}
	s.sees("udp 10.0.0.1:5 > 10.0.0.9:53")
	s.cli("clear flowtrack")
	take(t, second, 1) // by now the first one would have them, too
	if len(first) != 0 {
		t.Errorf("events behind the end: %+v", <-first)
	}
	s.ok(refused(one.WantFlowtrackEvents(ctx, all)))
}

// TestEventsEndWithTheClient: nothing is left of a client that has gone.
func TestEventsEndWithTheClient(t *testing.T) {
	s := newStory(t, 100)
	for range 5 {
		conn, c, _ := s.connect()
		s.ok(refused(c.WantFlowtrackEvents(t.Context(), &wire.WantFlowtrackEvents{Enable: true})))
		s.ok(conn.Close())
	}
	watchers(s.trk, 0)
}

// TestEventsOverTheSocket: a client of the socket is told, and one that hangs up is forgotten. There is a limit.
func TestEventsOverTheSocket(t *testing.T) {
	s := newStory(t, 100)
	path := filepath.Join(t.TempDir(), "api.sock")
	srv, err := server.New(server.Config{Path: path, Services: s.dp.API()})
	s.ok(err)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(context.Background()) }()
	dial := func() (*client.Client, error) {
		conn, err := client.Dial(t.Context(), path, "events")
		s.ok(err)
		return conn, refused(wire.NewClient(conn).WantFlowtrackEvents(t.Context(), &wire.WantFlowtrackEvents{Enable: true, PID: 7}))
	}
	var conns []*client.Client
	for range 64 {
		conn, err := dial()
		s.ok(err)
		conns = append(conns, conn)
	}
	more, err := dial()
	if api.ErrnoOf(err) != api.LimitExceeded {
		t.Errorf("one more: %v", err)
	}
	events := conns[0].Events(t.Context(), (*wire.FlowtrackEvent)(nil).Desc())
	s.sees("udp [fd00::1]:5 > [fd00::2]:53")
	if e := take(t, events, 1)[0]; e.PID != 7 || e.Session.Src != ip_types.AddressOf(netip.MustParseAddr("fd00::1")) || e.Session.Dport != 53 {
		t.Errorf("%+v", e)
	}
	for _, conn := range append(conns, more) {
		s.ok(conn.Close())
	}
	watchers(s.trk, 0)
	s.ok(srv.Close())
	s.ok(<-ended)
}

// TestEventsOfASlowClient: one that does not take its events loses them, is told how many, and nobody else loses any.
func TestEventsOfASlowClient(t *testing.T) {
	s := newStory(t, 1000)
	_, slow, late := s.connect()
	_, quick, events := s.connect()
	want := &wire.WantFlowtrackEvents{Enable: true, Kinds: wire.FLOWTRACK_API_EVENT_NEW}
	s.ok(refused(slow.WantFlowtrackEvents(t.Context(), want)))
	s.ok(refused(quick.WantFlowtrackEvents(t.Context(), want)))
	const n = 300
	for i := range n {
		s.sees(fmt.Sprintf("udp 10.0.0.1:%d > 10.0.0.9:53", i+1))
		take(t, events, 1)
	}
	got, lost := 0, uint64(0)
	for got+int(lost) < n {
		switch e := take(t, late, 1)[0]; e.Kind {
		case wire.FLOWTRACK_API_EVENT_LOST:
			lost += e.Lost
		default:
			got++
		}
	}
	if lost == 0 || got+int(lost) != n {
		t.Errorf("%d events, %d lost of %d", got, lost, n)
	}
}
