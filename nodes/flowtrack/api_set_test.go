package flowtrack_test

import (
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// TestTimeoutsByMessage: the common ones, a zone's, and back.
func TestTimeoutsByMessage(t *testing.T) {
	s := newStory(t, 100)
	c, ctx := s.client(), t.Context()
	const udp, stream = wire.FLOWTRACK_API_TIMEOUT_UDP, wire.FLOWTRACK_API_TIMEOUT_UDP_STREAM
	s.ok(refused(c.FlowtrackTimeoutSet(ctx, &wire.FlowtrackTimeoutSet{Timeout: udp, Value: 5500})))
	s.ok(refused(c.FlowtrackTimeoutSet(ctx, &wire.FlowtrackTimeoutSet{Timeout: stream, Zone: 7, Value: 60000})))
	read := func() map[[2]uint16]*wire.FlowtrackTimeoutDetails {
		list := map[[2]uint16]*wire.FlowtrackTimeoutDetails{}
		for d, err := range c.FlowtrackTimeoutDump(ctx, &wire.FlowtrackTimeoutDump{}) {
			s.ok(err)
			list[[2]uint16{d.Zone, uint16(d.Timeout)}] = d
		}
		return list
	}
	list := read()
	if d := list[[2]uint16{0, uint16(udp)}]; d == nil || *d != (wire.FlowtrackTimeoutDetails{Timeout: udp, Value: 5500, DefaultValue: 30000, Name: "udp"}) {
		t.Errorf("%+v", d)
	}
	if d := list[[2]uint16{7, uint16(stream)}]; d == nil || d.Value != 60000 || d.DefaultValue != 120000 {
		t.Errorf("%+v", d)
	}
	if len(list) != 27 {
		t.Errorf("%d timeouts", len(list))
	}
	s.sees("udp 10.0.0.1:5 > 10.0.0.9:53")
	s.wait(5400 * time.Millisecond)
	s.tell("sessions 1")
	s.wait(200 * time.Millisecond)
	s.tell("sessions 0")
	s.ok(refused(c.FlowtrackTimeoutDel(ctx, &wire.FlowtrackTimeoutDel{Zone: 7})))
	if list := read(); len(list) != 26 {
		t.Errorf("%d timeouts", len(list))
	}
}

// TestZonesByMessage: set, listed, effective, taken back.
func TestZonesByMessage(t *testing.T) {
	s := newStory(t, 100)
	c, ctx := s.client(), t.Context()
	s.ok(refused(c.FlowtrackZoneSet(ctx, &wire.FlowtrackZoneSet{SwIfIndex: 1, Zone: 9})))
	s.ok(refused(c.FlowtrackZoneSet(ctx, &wire.FlowtrackZoneSet{SwIfIndex: 2, Vlan: 5, Zone: 3})))
	var list []wire.FlowtrackZoneDetails
	for d, err := range c.FlowtrackZoneDump(ctx, &wire.FlowtrackZoneDump{}) {
		s.ok(err)
		list = append(list, *d)
	}
	if len(list) != 2 || list[0] != (wire.FlowtrackZoneDetails{SwIfIndex: 1, Zone: 9}) || list[1] != (wire.FlowtrackZoneDetails{SwIfIndex: 2, Vlan: 5, Zone: 3}) {
		t.Errorf("%+v", list)
	}
	s.sees("udp 10.0.0.1:5 > 10.0.0.9:53")
	if x := s.only(); x.Zone != 9 {
		t.Errorf("%+v", x)
	}
	s.ok(refused(c.FlowtrackZoneDel(ctx, &wire.FlowtrackZoneDel{SwIfIndex: 1})))
	if err := refused(c.FlowtrackZoneDel(ctx, &wire.FlowtrackZoneDel{SwIfIndex: 1})); api.ErrnoOf(err) != api.NoSuchEntry {
		t.Error(err)
	}
}

func TestSettingsByMessage(t *testing.T) {
	s := newStory(t, 100)
	c, ctx := s.client(), t.Context()
	got, err := c.FlowtrackSettingsGet(ctx, &wire.FlowtrackSettingsGet{})
	if err != nil || got.Settings != (wire.FlowtrackSettings{TCPLoose: true, TCPMaxRetrans: 3, Checksum: true}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, want := range []wire.FlowtrackSettings{{TCPBeLiberal: true, TCPMaxRetrans: 200}, {TCPIgnoreInvalidRst: true}, {TCPLoose: true}, {Checksum: true}} {
		s.ok(refused(c.FlowtrackSettingsSet(ctx, &wire.FlowtrackSettingsSet{Settings: want})))
		if got, err := c.FlowtrackSettingsGet(ctx, &wire.FlowtrackSettingsGet{}); err != nil || got.Settings != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	s.tell("ab [A] seq 1 | invalid, TCP: a connection picked up in mid-stream (tcp_loose 0)")
}

// TestLimitsByMessage: each kind refuses, and says so.
func TestLimitsByMessage(t *testing.T) {
	s := newStory(t, 100)
	c, ctx := s.client(), t.Context()
	s.ok(refused(c.FlowtrackLimitSource(ctx, &wire.FlowtrackLimitSource{Sessions: 1, IP4Len: 24, IP6Len: 64})))
	s.ok(refused(c.FlowtrackLimitZone(ctx, &wire.FlowtrackLimitZone{Zone: 0, Sessions: 3, Rate: 100, Burst: 50})))
	s.ok(refused(c.FlowtrackLimitRate(ctx, &wire.FlowtrackLimitRate{Rate: 1000, Burst: 10})))
	s.tell(`udp 10.0.0.1:5 > 10.0.9.9:53
		udp 10.0.0.2:5 > 10.0.9.9:53
		udp 10.0.1.2:5 > 10.0.9.9:53`)
	got, err := c.FlowtrackLimitGet(ctx, &wire.FlowtrackLimitGet{})
	want := wire.FlowtrackLimitGetReply{SourceSessions: 1, IP4Len: 24, IP6Len: 64, Sources: 2, Rate: 1000, Burst: 10, RefusedSource: 1}
	if err != nil || *got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	zones := func() (list []wire.FlowtrackLimitZoneDetails) {
		for d, err := range c.FlowtrackLimitZoneDump(ctx, &wire.FlowtrackLimitZoneDump{}) {
			s.ok(err)
			list = append(list, *d)
		}
		return list
	}
	if list := zones(); len(list) != 1 || list[0] != (wire.FlowtrackLimitZoneDetails{Sessions: 3, InUse: 2, Rate: 100, Burst: 50}) {
		t.Errorf("%+v", list)
	}
	s.ok(refused(c.FlowtrackLimitSource(ctx, &wire.FlowtrackLimitSource{})))
	s.ok(refused(c.FlowtrackLimitZone(ctx, &wire.FlowtrackLimitZone{})))
	s.ok(refused(c.FlowtrackLimitRate(ctx, &wire.FlowtrackLimitRate{})))
	if list := zones(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// TestWrongValuesByMessage: each has VPP's number for it.
func TestWrongValuesByMessage(t *testing.T) {
	s := newStory(t, 100)
	c, ctx := s.client(), t.Context()
	get := func(f wire.FlowtrackFilter) error {
		return refused(c.FlowtrackSessionGet(ctx, &wire.FlowtrackSessionGet{Filter: f}, nil))
	}
	helper := func(add bool, name string, port uint16) error {
		return refused(c.FlowtrackHelperAddDel(ctx, &wire.FlowtrackHelperAddDel{IsAdd: add, Name: name, Port: port}))
	}
	for name, k := range map[string]struct {
		err  error
		want api.Errno
	}{
		"cursor":          {refused(c.FlowtrackSessionGet(ctx, &wire.FlowtrackSessionGet{Cursor: 1000}, nil)), api.InvalidValue},
		"cursor 6":        {refused(c.FlowtrackSessionGet(ctx, &wire.FlowtrackSessionGet{Cursor: 1<<31 + 1000}, nil)), api.InvalidValue},
		"match":           {get(wire.FlowtrackFilter{Match: 0x8000}), api.InvalidValue},
		"family":          {get(wire.FlowtrackFilter{Match: 1, Src: wirePrefix(2, 0)}), api.InvalidValue},
		"ports":           {get(wire.FlowtrackFilter{Match: wire.FLOWTRACK_API_MATCH_PORT, Port: wire.FlowtrackPorts{First: 2, Last: 1}}), api.InvalidValue},
		"length":          {get(wire.FlowtrackFilter{Match: 2, Dst: wirePrefix(0, 33)}), api.InvalidValue},
		"interface":       {get(wire.FlowtrackFilter{Match: 256, SwIfIndex: everyInterface}), api.InvalidSwIfIndex},
		"state":           {get(wire.FlowtrackFilter{State: 5}), api.InvalidValue},
		"detail":          {get(wire.FlowtrackFilter{Detail: 10}), api.InvalidValue},
		"detail 16":       {get(wire.FlowtrackFilter{Detail: 16}), api.InvalidValue},
		"detail 255":      {get(wire.FlowtrackFilter{Detail: 255}), api.InvalidValue},
		"detail of udp":   {get(wire.FlowtrackFilter{Detail: 1, Match: 64, Proto: 17}), api.InvalidValue},
		"marks":           {get(wire.FlowtrackFilter{Having: 8}), api.InvalidValue},
		"clear":           {refused(c.FlowtrackSessionClear(ctx, &wire.FlowtrackSessionClear{Filter: wire.FlowtrackFilter{State: 9}})), api.InvalidValue},
		"timeout":         {refused(c.FlowtrackTimeoutSet(ctx, &wire.FlowtrackTimeoutSet{Timeout: 26, Value: 1000})), api.InvalidValue},
		"timeout 0":       {refused(c.FlowtrackTimeoutSet(ctx, &wire.FlowtrackTimeoutSet{})), api.InvalidValue},
		"timeout of zone": {refused(c.FlowtrackTimeoutDel(ctx, &wire.FlowtrackTimeoutDel{Zone: 4})), api.NoSuchEntry},
		"zone of none":    {refused(c.FlowtrackZoneSet(ctx, &wire.FlowtrackZoneSet{SwIfIndex: everyInterface, Zone: 4})), api.InvalidSwIfIndex},
		"zone of local0":  {refused(c.FlowtrackZoneSet(ctx, &wire.FlowtrackZoneSet{Zone: 4})), api.InvalidSwIfIndex},
		"vlan":            {refused(c.FlowtrackZoneSet(ctx, &wire.FlowtrackZoneSet{SwIfIndex: 1, Vlan: 4095})), api.InvalidValue},
		"source":          {refused(c.FlowtrackLimitSource(ctx, &wire.FlowtrackLimitSource{Sessions: 1, IP4Len: 33, IP6Len: 1})), api.InvalidValue},
		"zone limit":      {refused(c.FlowtrackLimitZone(ctx, &wire.FlowtrackLimitZone{Sessions: 1 << 31})), api.InvalidValue},
		"zone rate":       {refused(c.FlowtrackLimitZone(ctx, &wire.FlowtrackLimitZone{Sessions: 1, Rate: 5})), api.InvalidValue},
		"rate":            {refused(c.FlowtrackLimitRate(ctx, &wire.FlowtrackLimitRate{Rate: 5})), api.InvalidValue},
		"helper":          {helper(true, "irc", 21), api.NoSuchEntry},
		"helper's port":   {helper(true, "ftp", 0), api.InvalidValue},
		"no helper there": {helper(false, "ftp", 21), api.NoSuchEntry},
		"events":          {refused(c.WantFlowtrackEvents(ctx, &wire.WantFlowtrackEvents{Enable: true, Kinds: 8})), api.InvalidValue},
		"events' filter":  {refused(c.WantFlowtrackEvents(ctx, &wire.WantFlowtrackEvents{Enable: true, Filter: wire.FlowtrackFilter{State: 9}})), api.InvalidValue},
		"no events":       {refused(c.WantFlowtrackEvents(ctx, &wire.WantFlowtrackEvents{})), api.InvalidRegistration},
	} {
		if api.ErrnoOf(k.err) != k.want {
			t.Errorf("%s: %v, want retval %d", name, k.err, k.want)
		}
	}
	if r := s.trk.Limits(); len(r.Zones) != 0 {
		t.Errorf("a limit of which half is wrong: %+v", r.Zones)
	}
	s.ok(helper(true, "ftp", 21))
	s.ok(helper(false, "ftp", 21))
}
