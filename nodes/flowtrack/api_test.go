package flowtrack_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// client is the messages, through the services of the dataplane; each is a client of its own.
func (s *story) client() wire.Client { return wire.NewClient(api.Direct(s.dp.API()...)) }

// ids are those of the sessions that a filter means, by message.
func (s *story) ids(c wire.Client, f wire.FlowtrackFilter) (ids []uint32) {
	s.t.Helper()
	for d, err := range c.FlowtrackSessionAll(context.Background(), &wire.FlowtrackSessionGet{Filter: f}) {
		if err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, d.Session.ID)
	}
	slices.Sort(ids)
	return ids
}

func (s *story) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func prefix(p string) ip_types.Prefix { return ip_types.PrefixOf(netip.MustParsePrefix(p)) }

// refused is the error of a call.
func refused[M any](_ M, err error) error { return err }

// TestSessionsByMessage: a session in a message is what the CLI shows.
func TestSessionsByMessage(t *testing.T) {
	s := newStory(t, 100)
	c := s.client()
	s.tell(`ab [S] seq 1
		ba [SA] seq 9 ack 2
		ab [A] seq 2 ack 10
		icmp 10.0.0.1 > 10.0.0.4 type 8 id 77
		wait 2s
		udp [fd00::1]:5 > [fd00::2]:53`)
	list := map[uint32]wire.FlowtrackSession{}
	for d, err := range c.FlowtrackSessionAll(t.Context(), &wire.FlowtrackSessionGet{}) {
		s.ok(err)
		list[d.Session.ID] = d.Session
	}
	x := s.trk.Summarize()
	if len(list) != x.Sessions || x.Sessions != 3 {
		t.Fatalf("%+v", list)
	}
	s.trk.Each(func(x flowtrack.Session) bool {
		m := list[x.Flow]
		src, err := m.Src.Netip()
		s.ok(err)
		dst, err := m.Dst.Netip()
		s.ok(err)
		if src != x.Src || dst != x.Dst || m.Sport != x.SrcPort || m.Dport != x.DstPort || m.Proto != x.Proto || m.Packets != x.Packets || m.Bytes != x.Bytes ||
			m.SwIfIndex != 1 || m.ICMPType != x.ICMPType || m.Age != uint64(x.AgeSeconds*1000) || m.Left != uint32(x.TimeoutLeft*1000) ||
			m.Timeout.String() != "FLOWTRACK_API_TIMEOUT_"+strings.ToUpper(x.Timeout) || m.State.String() != "FLOWTRACK_API_STATE_"+x.State {
			t.Errorf("%+v of %+v", m, x)
		}
		return true
	})
	if tcp := list[0]; tcp.Detail != wire.FLOWTRACK_API_DETAIL_TCP_ESTABLISHED || tcp.Marks != wire.FLOWTRACK_API_MARK_REPLIED|wire.FLOWTRACK_API_MARK_ASSURED {
		t.Errorf("%+v", tcp)
	}
}

// TestNamesInMessages: the enums' names are those that the rest of the plugin uses.
func TestNamesInMessages(t *testing.T) {
	for i, k := range flowtrack.Timeouts {
		if name := wire.FlowtrackTimeout(i).String(); name != "FLOWTRACK_API_TIMEOUT_"+strings.ToUpper(k.Name) {
			t.Errorf("timeout %d: %s, and %s", i, name, k.Name)
		}
	}
	if name := wire.FlowtrackTimeout(len(flowtrack.Timeouts)).String(); strings.HasPrefix(name, "FLOWTRACK") {
		t.Errorf("%s is no timeout", name)
	}
	for i, name := range []string{"new", "update", "destroy", "lost"} {
		if got := wire.FlowtrackEventKind(1 << i).String(); got != "FLOWTRACK_API_EVENT_"+strings.ToUpper(name) || flowtrack.EventKind(i).String() != name {
			t.Errorf("event %d: %s, and %s", i, got, name)
		}
	}
	for i := range uint8(32) {
		if name, ok := strings.CutPrefix(wire.FlowtrackDetail(i).String(), "FLOWTRACK_API_DETAIL_"); ok && i != 0 {
			if proto, want := flowtrack.DetailOnWire(i); proto+"_"+want != name {
				t.Errorf("state %d: %s, and %s_%s", i, name, proto, want)
			}
		} else if _, want := flowtrack.DetailOnWire(i); want != "" {
			t.Errorf("state %d has no name in messages: %s", i, want)
		}
	}
}

// TestFiltersByMessage: each condition.
func TestFiltersByMessage(t *testing.T) {
	s := newStory(t, 100)
	c := s.client()
	s.tell(`ab [S] seq 1
		ba [SA] seq 9 ack 2
		cli flowtrack zone b zone 7
		udp 10.0.0.1:5 > 10.0.0.9:53
		wait 10s
		udp [fd00::1]:5 > [fd00::2]:54
		udp 10.0.0.9:53 > 10.0.0.7:5000`)
	_, err := c.FlowtrackZoneDel(t.Context(), &wire.FlowtrackZoneDel{SwIfIndex: 2})
	s.ok(err)
	for name, k := range map[string]struct {
		f    wire.FlowtrackFilter
		want string
	}{
		"all":       {wire.FlowtrackFilter{Proto: 6, Dport: wire.FlowtrackPorts{First: 1, Last: 1}}, ""},
		"proto":     {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_PROTO, Proto: 6}, "proto tcp"},
		"src":       {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_SRC, Src: prefix("fd00::/16")}, "src fd00::/16"},
		"dst":       {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_DST, Dst: prefix("10.0.0.9/32")}, "dst 10.0.0.9"},
		"addr":      {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_ADDR, Addr: prefix("10.0.0.9/32")}, "addr 10.0.0.9"},
		"sport":     {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_SPORT, Sport: wire.FlowtrackPorts{First: 5, Last: 53}}, "sport 5-53"},
		"dport":     {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_DPORT, Dport: wire.FlowtrackPorts{First: 53, Last: 53}}, "dport 53"},
		"port":      {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_PORT, Port: wire.FlowtrackPorts{First: 53, Last: 53}}, "port 53"},
		"zone":      {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_ZONE, Zone: 7}, "zone 7"},
		"interface": {wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_INTERFACE, SwIfIndex: 1}, "interface a"},
		"state":     {wire.FlowtrackFilter{State: wire.FLOWTRACK_API_STATE_NEW}, "state NEW"},
		"detail":    {wire.FlowtrackFilter{Detail: wire.FLOWTRACK_API_DETAIL_TCP_SYN_RECV}, "state SYN_RECV"},
		"replied":   {wire.FlowtrackFilter{Having: wire.FLOWTRACK_API_MARK_REPLIED}, "state replied"},
		"unreplied": {wire.FlowtrackFilter{Lacking: wire.FLOWTRACK_API_MARK_REPLIED | wire.FLOWTRACK_API_MARK_EXPECTED}, "state unreplied"},
		"older":     {wire.FlowtrackFilter{Older: 5}, "older 5"},
		"younger":   {wire.FlowtrackFilter{Younger: 5}, "younger 5"},
	} {
		var want []flowtrack.Session
		s.json("show flowtrack "+k.want, &want)
		var ids []uint32
		for _, x := range want {
			ids = append(ids, x.Flow)
		}
		slices.Sort(ids)
		if got := s.ids(c, k.f); !slices.Equal(got, ids) || len(ids) == 0 {
			t.Errorf("%s: %v, want %v", name, got, ids)
		}
	}
	got, err := c.FlowtrackSessionClear(t.Context(), &wire.FlowtrackSessionClear{Filter: wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_PROTO, Proto: 17}})
	if err != nil || got.Count != 3 {
		t.Errorf("cleared: %+v, %v", got, err)
	}
	if left := s.ids(c, wire.FlowtrackFilter{}); len(left) != s.trk.Summarize().Sessions || len(left) == 0 {
		t.Errorf("left: %v", left)
	}
}

// TestPages: sessions come and go between two pages; those that stay are given once.
func TestPages(t *testing.T) {
	s := newStory(t, 1000)
	rnd := rand.New(rand.NewPCG(3, 3))
	begin := func(port int, v6 bool) {
		if v6 {
			s.sees(fmt.Sprintf("udp [fd00::1]:%d > [fd00::2]:53", port))
		} else {
			s.sees(fmt.Sprintf("udp 10.0.0.1:%d > 10.0.0.2:53", port))
		}
	}
	const stay = 200 // by source port, from 1; the others are above 1000
	for port := range stay {
		begin(1+port, port%3 == 0)
		begin(1001+port, port%2 == 0)
	}
	for round := range 20 {
		seen, pages := map[uint16]int{}, 0
		for at := flowtrack.FirstPage; at != flowtrack.LastPage; pages++ {
			max := 1 + rnd.IntN(20)
			list, next, err := s.trk.Page(&flowtrack.Filter{}, at, max)
			s.ok(err)
			if len(list) > max {
				t.Fatalf("%d sessions in a page of %d", len(list), max)
			}
			for i := range list {
				seen[list[i].SrcPort]++
			}
			at = next
			port := 1001 + rnd.IntN(400)
			s.cli(fmt.Sprint("clear flowtrack sport ", port))
			begin(1001+rnd.IntN(400), rnd.IntN(2) == 0)
		}
		for port := uint16(1); port <= stay; port++ {
			if seen[port] != 1 {
				t.Fatalf("round %d: source port %d stands %d times in %d pages", round, port, seen[port], pages)
			}
		}
	}
	if list, next, err := s.trk.Page(&flowtrack.Filter{SrcPort: &flowtrack.Ports{From: 9, To: 9}}, flowtrack.FirstPage, 5); err != nil || next == flowtrack.LastPage || len(list) > 1 {
		t.Errorf("a filter that means few: %v, cursor %d, %v", list, next, err)
	}
}

// TestStatsByMessage: the summary in a message.
func TestStatsByMessage(t *testing.T) {
	s := newStory(t, 100)
	s.tell(`ab [S] seq 1
		ba [SA] seq 9 ack 2
		udp 10.0.0.1:5 > 10.0.0.9:53
		udp [fd00::1]:5 > [fd00::2]:54
		cli clear flowtrack proto udp dport 53`)
	got, err := s.client().FlowtrackStatsGet(t.Context(), &wire.FlowtrackStatsGet{})
	want := wire.FlowtrackStatsGetReply{SessionsIP4: 1, SessionsIP6: 1, Capacity: 100, StateNew: 2, Unreplied: 1, Created: 3, Cleared: 1, Memory: got.Memory}
	if err != nil || *got != want || got.Memory == 0 {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

// TestSaveByMessage: a file is written.
func TestSaveByMessage(t *testing.T) {
	s := newStory(t, 100)
	s.sees("udp 10.0.0.1:5 > 10.0.0.9:53")
	c, ctx := s.client(), t.Context()
	if got, err := c.FlowtrackSave(ctx, &wire.FlowtrackSave{Path: filepath.Join(t.TempDir(), "sessions")}); err != nil || got.Count != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := refused(c.FlowtrackSave(ctx, &wire.FlowtrackSave{})); api.ErrnoOf(err) != api.InvalidValue {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	if err := refused(c.FlowtrackSave(ctx, &wire.FlowtrackSave{Path: "sessions"})); api.ErrnoOf(err) != api.InvalidValue {
		t.Errorf("a relative path: %v", err)
	}
	if err := refused(c.FlowtrackSave(ctx, &wire.FlowtrackSave{Path: filepath.Join(t.TempDir(), "no", "file")})); api.ErrnoOf(err) != api.SyscallError1 {
		t.Error(err)
	}
}

// everyInterface is the sw_if_index of all, which is none here.
const everyInterface = ^interface_types.InterfaceIndex(0)

// A dataplane that has ended answers.
func TestMessagesAfterTheEnd(t *testing.T) {
	s := newStory(t, 100)
	c, ctx := s.client(), t.Context()
	s.sees("udp 10.0.0.1:5 > 10.0.0.9:53")
	s.ok(refused(c.WantFlowtrackEvents(ctx, &wire.WantFlowtrackEvents{Enable: true})))
	s.ok(s.dp.Close())
	if ids := s.ids(c, wire.FlowtrackFilter{}); len(ids) != 0 {
		t.Errorf("%v", ids)
	}
	for deadline := time.Now().Add(10 * time.Second); s.trk.Summarize().Watchers != 0; {
		if time.Now().After(deadline) {
			t.Fatal("a watcher is left")
		}
	}
	for _, err := range []error{refused(c.FlowtrackStatsGet(ctx, &wire.FlowtrackStatsGet{})), refused(c.FlowtrackSessionClear(ctx, &wire.FlowtrackSessionClear{})),
		refused(c.FlowtrackLimitGet(ctx, &wire.FlowtrackLimitGet{}))} {
		s.ok(err)
	}
}
