package gvpp_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/dataplane/port"
)

// dumped is sw_interface_dump in short.
func dumped(t *testing.T, c interfaces.Client, m interfaces.SwInterfaceDump) (out []string) {
	for _, d := range all(t, c.SwInterfaceDump(context.Background(), &m)) {
		out = append(out, fmt.Sprint(d.SwIfIndex, " ", d.InterfaceName, " ", d.InterfaceDevType, " ", uint32(d.Flags)))
	}
	return out
}

func TestInterfaceDumpAPI(t *testing.T) {
	f := newFake("f")
	r := newRig(t, gvpp.Config{Workers: 2, Interfaces: []gvpp.Interface{f}}, "a", "Ab")
	c, ctx := interfaces.NewClient(api.Direct(r.API()...)), context.Background()
	everything := []string{"0 local0 local 0", "1 f memory 3", "2 a memory 3", "3 Ab memory 3"}
	for _, d := range []struct {
		m    interfaces.SwInterfaceDump
		want []string
	}{
		{interfaces.SwInterfaceDump{SwIfIndex: 1<<32 - 1}, everything}, {interfaces.SwInterfaceDump{}, everything},
		{interfaces.SwInterfaceDump{SwIfIndex: 2}, everything[2:3]}, {interfaces.SwInterfaceDump{SwIfIndex: 9}, nil},
		{interfaces.SwInterfaceDump{SwIfIndex: 2, NameFilterValid: true, NameFilter: "aB"}, everything[3:]},
		{interfaces.SwInterfaceDump{NameFilterValid: true, NameFilter: "A"}, []string{everything[0], everything[2], everything[3]}},
		{interfaces.SwInterfaceDump{NameFilterValid: true}, everything},
	} {
		if got := dumped(t, c, d.m); !slices.Equal(got, d.want) {
			t.Errorf("%+v: %q", d.m, got)
		}
	}
	r.run()
	f.emit <- port.Gone
	eventually(t, "it is gone", func() bool { return r.Interfaces()[0].Gone != "" })
	if got := dumped(t, c, interfaces.SwInterfaceDump{SwIfIndex: 1}); !slices.Equal(got, []string{"1 f gone 1"}) {
		t.Errorf("%q", got)
	}
	for range c.SwInterfaceDump(ctx, &interfaces.SwInterfaceDump{}) {
		break
	}
	var queues []string
	for _, d := range all(t, c.SwInterfaceRxPlacementDump(ctx, &interfaces.SwInterfaceRxPlacementDump{SwIfIndex: 1<<32 - 1})) {
		queues = append(queues, fmt.Sprint(d.SwIfIndex, d.QueueID, d.WorkerID, uint32(d.Mode)))
	}
	if want := []string{"2 0 1 3", "2 1 2 3", "3 0 1 3", "3 1 2 3"}; !slices.Equal(queues, want) {
		t.Errorf("%q", queues)
	}
	if n := len(all(t, c.SwInterfaceRxPlacementDump(ctx, &interfaces.SwInterfaceRxPlacementDump{SwIfIndex: 3}))); n != 2 {
		t.Errorf("%d queues", n)
	}
}

func TestInterfaceAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	c, ctx := interfaces.NewClient(api.Direct(r.API()...)), context.Background()
	flags := func(swIf interface_types.InterfaceIndex, f interface_types.IfStatusFlags) error {
		_, err := c.SwInterfaceSetFlags(ctx, &interfaces.SwInterfaceSetFlags{SwIfIndex: swIf, Flags: f})
		return err
	}
	retval(t, "down", flags(1, 0), 0)
	if r.Interfaces()[0].Up {
		t.Error("a is up")
	}
	retval(t, "up", flags(1, interface_types.IF_STATUS_API_FLAG_ADMIN_UP), 0)
	retval(t, "no such interface", flags(7, 0), -2)
	retval(t, "local0", flags(0, 0), -2)
	tag := func(m interfaces.SwInterfaceTagAddDel) error { _, err := c.SwInterfaceTagAddDel(ctx, &m); return err }
	retval(t, "tag", tag(interfaces.SwInterfaceTagAddDel{IsAdd: true, SwIfIndex: 1, Tag: "green"}), 0)
	if d := all(t, c.SwInterfaceDump(ctx, &interfaces.SwInterfaceDump{SwIfIndex: 1})); d[0].Tag != "green" || r.Interfaces()[0].Tag != "green" {
		t.Errorf("%+v", d[0])
	}
	retval(t, "empty tag", tag(interfaces.SwInterfaceTagAddDel{IsAdd: true, SwIfIndex: 1}), -7)
	retval(t, "tag of none", tag(interfaces.SwInterfaceTagAddDel{IsAdd: true, SwIfIndex: 9, Tag: "x"}), -2)
	retval(t, "no tag", tag(interfaces.SwInterfaceTagAddDel{SwIfIndex: 1, Tag: "green"}), 0)
	if r.Interfaces()[0].Tag != "" {
		t.Error("still tagged")
	}
	if err := r.SetTag(1, strings.Repeat("x", 64)); err == nil {
		t.Error("took a tag of 64 bytes")
	}
	table := func(swIf interface_types.InterfaceIndex) error {
		_, err := c.SwInterfaceGetTable(ctx, &interfaces.SwInterfaceGetTable{SwIfIndex: swIf})
		return err
	}
	retval(t, "table", table(1), 0)
	retval(t, "table of local0", table(0), 0)
	retval(t, "table of none", table(9), -2)
	r.connect("a", "b")
	r.reaches("a", aPacket)
	clearStats := func(swIf interface_types.InterfaceIndex) error {
		_, err := c.SwInterfaceClearStats(ctx, &interfaces.SwInterfaceClearStats{SwIfIndex: swIf})
		return err
	}
	counted := func() string {
		s := r.Interfaces()
		return fmt.Sprint(s[0].Packets.RxPackets, s[1].Packets.TxPackets)
	}
	for _, step := range []struct {
		clear interface_types.InterfaceIndex
		want  string
	}{{1, "0 1"}, {1<<32 - 1, "0 0"}} {
		if retval(t, "clear", clearStats(step.clear), 0); counted() != step.want {
			t.Errorf("cleared %d: %s", step.clear, counted())
		}
	}
	retval(t, "clear of none", clearStats(9), -2)
	r.reaches("a", aPacket)
	if counted() != "1 1" {
		t.Error(counted())
	}
	if r.cli("clear interfaces"); counted() != "0 0" {
		t.Error(counted())
	}
	for swIf, want := range map[interface_types.InterfaceIndex]api.Errno{0: 0, 1: 0, 9: -2} {
		_, err := c.SwInterfaceGetMacAddress(ctx, &interfaces.SwInterfaceGetMacAddress{SwIfIndex: swIf})
		retval(t, fmt.Sprint("address of ", swIf), err, want)
	}
	_, err := c.SwInterfaceSetMacAddress(ctx, &interfaces.SwInterfaceSetMacAddress{SwIfIndex: 1})
	retval(t, "set mac", err, api.InvalidValue)
}

func TestLoopbackAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	c, ctx := interfaces.NewClient(api.Direct(r.API()...)), context.Background()
	first, err := c.CreateLoopback(ctx, &interfaces.CreateLoopback{MacAddress: [6]byte{2, 0, 0, 0, 0, 5}})
	if err != nil || r.InterfaceName(uint32(first.SwIfIndex)) != "loop0" {
		t.Fatalf("%+v, %v", first, err)
	}
	if m, err := c.SwInterfaceGetMacAddress(ctx, &interfaces.SwInterfaceGetMacAddress{SwIfIndex: first.SwIfIndex}); err != nil || net.HardwareAddr(m.MacAddress[:]).String() != "02:00:00:00:00:05" {
		t.Errorf("%+v, %v", m, err)
	}
	for _, l := range []struct {
		m    interfaces.CreateLoopbackInstance
		name string
		rv   api.Errno
	}{
		{interfaces.CreateLoopbackInstance{}, "loop1", 0}, {interfaces.CreateLoopbackInstance{UserInstance: 9}, "loop2", 0},
		{interfaces.CreateLoopbackInstance{IsSpecified: true, UserInstance: 9}, "loop9", 0},
		{interfaces.CreateLoopbackInstance{IsSpecified: true, UserInstance: 9}, "sw_if_index 4294967295", -31},
		{interfaces.CreateLoopbackInstance{IsSpecified: true, UserInstance: 1 << 14}, "sw_if_index 4294967295", -31},
	} {
		got, err := c.CreateLoopbackInstance(ctx, &l.m)
		if retval(t, l.name, err, l.rv); r.InterfaceName(uint32(got.SwIfIndex)) != l.name {
			t.Errorf("%+v: %+v", l, got)
		}
	}
	for what, want := range map[interface_types.InterfaceIndex]api.Errno{1: -2, 99: -2, 0: -2, first.SwIfIndex: 0} {
		_, err := c.DeleteLoopback(ctx, &interfaces.DeleteLoopback{SwIfIndex: what})
		retval(t, fmt.Sprint("delete ", what), err, want)
	}
	if got := strings.Join(r.InterfaceNames(), " "); got != "a loop1 loop2 loop9" {
		t.Error(got)
	}
}

func TestInterfaceEventsAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	conn := api.Direct(r.API()...)
	c, ctx := interfaces.NewClient(conn), context.Background()
	want := func(on uint32) error {
		_, err := c.WantInterfaceEvents(ctx, &interfaces.WantInterfaceEvents{EnableDisable: on, PID: 77})
		return err
	}
	events := c.SwInterfaceEvents(ctx)
	retval(t, "off before on", want(0), -31)
	retval(t, "on", want(1), 0)
	retval(t, "on again", want(1), -31)
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	swIf, err := r.CreateLoopback(ctx, nil, nil)
	do(err)
	do(r.SetState(ctx, swIf, true))
	do(r.RemoveInterface(ctx, swIf))
	retval(t, "off", want(0), 0)
	retval(t, "off again", want(0), -31)
	do(r.SetState(ctx, 1, false))
	retval(t, "on once more", want(1), 0)
	do(r.SetState(ctx, 1, true))
	do(conn.Close()) // ends the events, and the subscription
	var got []string
	for e := range events {
		got = append(got, fmt.Sprint(e.SwIfIndex, uint32(e.Flags), e.Deleted, e.PID))
	}
	if want := []string{"2 0 false 77", "2 3 false 77", "2 0 true 77", "1 3 false 77"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for range 2 { // two clients know nothing of each other
		other := api.Direct(r.API()...)
		if _, err := interfaces.NewClient(other).WantInterfaceEvents(ctx, &interfaces.WantInterfaceEvents{EnableDisable: 1}); err != nil {
			t.Error(err)
		}
		do(other.Close())
	}
	eventually(t, "it is forgotten", func() bool { return want(0) != nil })
	for _, s := range r.API() {
		for _, h := range s.Handlers {
			if h.Method.Request.Name == "want_interface_events" {
				_, err := h.Call(ctx, &interfaces.WantInterfaceEvents{EnableDisable: 1}, nil)
				retval(t, "nobody", err, -31)
			}
		}
	}
}
