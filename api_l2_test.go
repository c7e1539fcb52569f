package gvpp_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ethernet_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/l2"
	"github.com/gvpp/gvpp/gvpptest"
)

// broadcastOf is a broadcast of host n.
func broadcastOf(n int) []gvpptest.Packet {
	return []gvpptest.Packet{gvpptest.Layers(&layers.Ethernet{DstMAC: []byte{255, 255, 255, 255, 255, 255}, SrcMAC: []byte{2, 0, 0, 0, 0, byte(n)}, EthernetType: 0x88b5}, gopacket.Payload(make([]byte, 46)))}
}

// macsTold is what has come, a line for each event: "add 1 at 2, …".
func macsTold(events <-chan api.Message) (lines []string) {
	for {
		select {
		case m := <-events:
			line := ""
			for _, x := range m.(*l2.L2MacsEvent).Mac {
				line += fmt.Sprintf("%v %d at %d,", x.Action, x.MacAddr[5], x.SwIfIndex)
			}
			lines = append(lines, line)
		default:
			return lines
		}
	}
}

// A client is told of addresses that are learned, moved and forgotten, so many at a time.
func TestL2MacsEvents(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Interfaces: []string{"a", "b"}})
	h.Exec("set interface l2 bridge a 1")
	h.Exec("set interface l2 bridge b 1")
	a, b := h.Interface("a"), h.Interface("b")
	h.Send(gvpptest.From(a, broadcastOf(99)))
	conn := h.API()
	events := conn.Events(t.Context(), (*l2.L2MacsEvent)(nil).Desc())
	c := l2.NewClient(conn)
	want := func(m *l2.WantL2MacsEvents) error { _, err := c.WantL2MacsEvents(t.Context(), m); return err }
	if err := want(&l2.WantL2MacsEvents{EnableDisable: true, LearnLimit: 30, ScanDelay: 10}); api.ErrnoOf(err) != api.InvalidValue {
		t.Error(err)
	}
	for range 2 { // anew
		if err := want(&l2.WantL2MacsEvents{EnableDisable: true, LearnLimit: 30, ScanDelay: 10, MaxMacsInEvent: 1, PID: 7}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 40 {
		h.Send(gvpptest.From(a, broadcastOf(n)))
	}
	h.Advance(time.Second)
	lines := macsTold(events)
	if len(lines) != 4 || lines[0][:len("MAC_EVENT_ACTION_API_DELETE 99")] != "MAC_EVENT_ACTION_API_DELETE 99" || len(lines[3]) == 0 {
		t.Errorf("%q", lines)
	}
	h.Send(gvpptest.From(b, broadcastOf(5)))
	if _, err := c.L2fibAddDel(t.Context(), &l2.L2fibAddDel{BdID: 1, Mac: ethernet_types.MacAddress{2, 0, 0, 0, 0, 6}, IsAdd: false}); err != nil {
		t.Error(err)
	}
	h.Advance(time.Second)
	if got := macsTold(events); !slices.Equal(got, []string{"MAC_EVENT_ACTION_API_DELETE 6 at 1,MAC_EVENT_ACTION_API_MOVE 5 at 2,"}) {
		t.Errorf("%q", got)
	}
	if err := want(&l2.WantL2MacsEvents{}); err != nil {
		t.Error(err)
	}
	h.Advance(time.Second)
	for n := range 40 {
		h.Send(gvpptest.From(a, broadcastOf(100+n)))
	}
	h.Advance(time.Second)
	if got := macsTold(events); len(got) != 0 {
		t.Errorf("%q", got)
	}
	n := 0
	for _, err := range c.L2FibTableDump(t.Context(), &l2.L2FibTableDump{BdID: 1}) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 69 { // the limit is the usual one again
		t.Errorf("%d addresses", n)
	}
}

// The messages about domains, and their errors.
func TestBridgeMessages(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Interfaces: []string{"a", "b"}})
	c := l2.NewClient(h.API())
	ctx := t.Context()
	expect := func(what string, err error, want api.Errno) {
		t.Helper()
		if got := api.ErrnoOf(err); err == nil && want != 0 || err != nil && got != want {
			t.Errorf("%s: %v (%d), want %d", what, err, got, want)
		}
	}
	add := &l2.BridgeDomainAddDelV2{BdID: ^uint32(0), Flood: true, UuFlood: true, Forward: true, Learn: true, MacAge: 4, BdTag: "tag", IsAdd: true}
	r, err := c.BridgeDomainAddDelV2(ctx, add)
	if err != nil || r.BdID != 1 {
		t.Fatal(r, err)
	}
	add.BdID = 1
	_, err = c.BridgeDomainAddDelV2(ctx, add)
	expect("again", err, -119)
	_, err = c.BridgeDomainAddDel(ctx, &l2.BridgeDomainAddDel{BdID: 1 << 24, IsAdd: true})
	expect("too high", err, -122)
	_, err = c.BridgeDomainAddDel(ctx, &l2.BridgeDomainAddDel{BdID: 0, IsAdd: true})
	expect("0", err, -121)
	_, err = c.BridgeDomainAddDel(ctx, &l2.BridgeDomainAddDel{BdID: 9})
	expect("none", err, -6)
	_, err = c.BridgeDomainAddDel(ctx, &l2.BridgeDomainAddDel{BdID: 9, ArpTerm: true, IsAdd: true})
	expect("arp-term", err, -9)
	bvi, err := c.BviCreate(ctx, &l2.BviCreate{UserInstance: ^uint32(0)})
	if err != nil || bvi.SwIfIndex != 3 {
		t.Fatal(bvi, err)
	}
	for _, x := range []struct {
		m    l2.SwInterfaceSetL2Bridge
		want api.Errno
	}{
		{l2.SwInterfaceSetL2Bridge{RxSwIfIndex: 1, BdID: 1, Shg: 5, Enable: true}, 0},
		{l2.SwInterfaceSetL2Bridge{RxSwIfIndex: 2, BdID: 1, PortType: l2.L2_API_PORT_TYPE_UU_FWD, Enable: true}, 0},
		{l2.SwInterfaceSetL2Bridge{RxSwIfIndex: 3, BdID: 1, PortType: l2.L2_API_PORT_TYPE_BVI, Enable: true}, 0},
		{l2.SwInterfaceSetL2Bridge{RxSwIfIndex: 1, BdID: 1, PortType: l2.L2_API_PORT_TYPE_BVI, Enable: true}, -152},
		{l2.SwInterfaceSetL2Bridge{RxSwIfIndex: 77, BdID: 1, Enable: true}, -2},
		{l2.SwInterfaceSetL2Bridge{RxSwIfIndex: 1, BdID: 0, Enable: true}, -121},
	} {
		_, err := c.SwInterfaceSetL2Bridge(ctx, &x.m)
		expect(fmt.Sprintf("%+v", x.m), err, x.want)
	}
	f, err := c.BridgeFlags(ctx, &l2.BridgeFlags{BdID: 1, Flags: l2.BRIDGE_API_FLAG_LEARN | l2.BRIDGE_API_FLAG_FLOOD})
	if err != nil || f.ResultingFeatureBitmap != uint32(l2.BRIDGE_API_FLAG_FWD|l2.BRIDGE_API_FLAG_UU_FLOOD) {
		t.Error(f, err)
	}
	_, err = c.BridgeDomainSetLearnLimit(ctx, &l2.BridgeDomainSetLearnLimit{BdID: 9})
	expect("learn limit of none", err, -6)
	_, err = c.BridgeDomainAddDel(ctx, &l2.BridgeDomainAddDel{BdID: 1})
	expect("in use", err, -120)
	n := 0
	for d, err := range c.BridgeDomainDump(ctx, &l2.BridgeDomainDump{BdID: ^uint32(0), SwIfIndex: ^interface_types.InterfaceIndex(0)}) {
		n++
		if err != nil || d.BdID != 1 || d.Learn || !d.Forward || d.MacAge != 4 || d.BdTag != "tag" || d.BviSwIfIndex != 3 || d.UuFwdSwIfIndex != 2 || len(d.SwIfDetails) != 2 || d.SwIfDetails[1].Shg != 5 {
			t.Errorf("%+v %v", d, err)
		}
	}
	if n != 1 {
		t.Errorf("%d domains", n)
	}
	_, err = c.BviDelete(ctx, &l2.BviDelete{SwIfIndex: 1})
	expect("delete of no BVI", err, -2)
	_, err = c.BviDelete(ctx, &l2.BviDelete{SwIfIndex: 3})
	expect("delete", err, 0)
}
