package gvpp_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
)

func TestLoopbacks(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	for line, want := range map[string]string{
		"create loopback interface instance 3 mac 02:00:00:00:00:09": "loop3\n",
		"create packet-generator interface pg7":                      "pg7\n",
	} {
		if got := r.cli(line); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	for _, want := range []string{"loop0\n", "loop1\n", "loop2\n", "loop4\n"} {
		if got := r.cli("create loopback interface"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	r.cli("delete loopback interface intfc loop1")
	if got := r.cli("create loopback interface"); got != "loop1\n" {
		t.Errorf("%q", got)
	}
	swIf, _ := r.Interface("loop1")
	s, err := r.InterfaceStatus(swIf)
	if err != nil || s.Up || s.LinkUp || s.Device.MAC.String() != "de:ad:00:00:00:01" {
		t.Errorf("%+v, %v", s, err)
	}
	r.cli("set interface state loop1 up")
	if s, _ = r.InterfaceStatus(swIf); !s.Up || !s.LinkUp {
		t.Errorf("%+v", s)
	}
	for line, want := range map[string]string{
		"create loopback interface instance 3":       "that is free",
		"create loopback interface instance 16384":   "16384",
		"create loopback interface mac x":            "six numbers",
		"create loopback interface sideways":         "sideways",
		"create packet-generator interface a":        "want pg0",
		"create packet-generator interface pg07":     "want pg0",
		"delete loopback interface loop1":            "expected intfc",
		"delete loopback interface intfc a":          "not a loopback",
		"delete packet-generator interface loop1":    "not a packet generator's",
		"delete interface af_xdp loop1":              "not an AF_XDP one",
		"delete interface af_xdp":                    `no interface "af_xdp"`,
		"delete interface":                           "an interface name",
		"delete packet-generator interface pg7 then": "then",
	} {
		r.refused(line, want)
	}
	r.cli("delete packet-generator interface pg7")
	r.cli("delete interface loop3")
	if got := strings.Join(r.InterfaceNames(), " "); got != "a b loop0 loop2 loop4 loop1" {
		t.Error(got)
	}
}

// What is sent by a loopback is received by it; packets that two of them pass to each other come to an end.
func TestLoopbackTraffic(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	ctx := context.Background()
	for range 2 {
		swIf, err := r.CreateLoopback(ctx, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.SetState(ctx, swIf, true); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{"set interface l2 xconnect loop0 b", "set interface l2 xconnect a loop0"} {
		r.cli(line)
	}
	step := func(n int) {
		t.Helper()
		for range 100 {
			if !r.Step() && n == 0 {
				return
			}
		}
		if n == 0 {
			t.Error("never at rest")
		}
	}
	send(t, r, "a", aPacket)
	step(0)
	if got := len(r.mems["b"].Sent()); got != 1 {
		t.Errorf("%d packets left by b", got)
	}
	if s, _ := r.InterfaceStatus(3); s.Packets.TxPackets != 1 || s.Packets.RxPackets != 1 {
		t.Errorf("%+v", s.Packets)
	}
	r.cli("set interface l2 xconnect loop0 loop1")
	send(t, r, "a", aPacket)
	step(0)
	if got := rounds(r); got != 1 {
		t.Errorf("%d packets ended", got)
	}
	// A packet that waits in a loopback goes with it.
	send(t, r, "a", aPacket)
	r.Step()
	if err := r.RemoveInterface(ctx, 3); err != nil {
		t.Error(err)
	}
}

func send(t *testing.T, r *rig, from, line string) {
	t.Helper()
	if n := r.mems[from].Inject(0, packetline.MustBuild(line)); n != 1 {
		t.Errorf("%s is full", from)
	}
}

// rounds is how many packets have gone round too often.
func rounds(r *rig) (n uint64) {
	for _, s := range r.Interfaces() {
		for _, c := range s.Port {
			if c.Name == "went round too often" {
				n += c.Value
			}
		}
	}
	return n
}

func TestGeneratorInterfaces(t *testing.T) {
	r := newRig(t, gvpp.Config{Clock: func() int64 { return 0 }}, "a")
	ctx := context.Background()
	first, err := r.CreateGenerator(ctx, 258)
	again, err2 := r.CreateGenerator(ctx, 258)
	if err != nil || err2 != nil || first != again || r.InterfaceName(first) != "pg258" {
		t.Errorf("%d and %d, %v, %v", first, again, err, err2)
	}
	s, _ := r.InterfaceStatus(first)
	if s.Up || s.Device.Driver != "pg" || s.Device.MTU != 1770 || s.Device.MAC.String() != "02:fe:00:00:01:02" {
		t.Errorf("%+v %+v", s, s.Device)
	}
	if err := r.DeleteLoopback(ctx, first); !errors.Is(err, gvpp.ErrInterfaceKind) {
		t.Error(err)
	}
	r.cli("set interface l2 xconnect a pg258")
	r.cli("set interface state pg258 up")
	for range 5000 { // more than a memory interface collects
		send(t, r, "a", aPacket)
		r.Step()
	}
	if s, _ := r.InterfaceStatus(first); s.Packets.TxPackets != 5000 || s.Packets.TxDrops != 0 {
		t.Errorf("%+v", s.Packets)
	}
	if err := r.DeleteGenerator(ctx, first); err != nil {
		t.Error(err)
	}
	if err := r.DeleteAFXDP(ctx, 1); !errors.Is(err, gvpp.ErrInterfaceKind) {
		t.Error(err)
	}
}

func TestInterfaceEvents(t *testing.T) {
	f := newFake("f")
	r := newRig(t, gvpp.Config{Interfaces: []gvpp.Interface{f}}, "a")
	stop := r.run()
	ctx, cancel := context.WithCancel(context.Background())
	var called []gvpp.InterfaceEvent // written before operations return
	end := r.OnInterfaceEvent(func(e gvpp.InterfaceEvent) { called = append(called, e) })
	events := r.InterfaceEvents(ctx)
	loop, err := r.CreateLoopback(ctx, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	do(r.SetState(ctx, loop, true))
	do(r.SetState(ctx, loop, true)) // no change, no event
	do(r.SetState(ctx, loop, false))
	do(r.RemoveInterface(ctx, loop))
	end()
	do(r.SetState(ctx, 1, false))
	for _, e := range []port.Event{port.LinkDown, port.LinkDown, port.LinkUp, port.Gone, port.Back} {
		f.emit <- e
	}
	var got []string
	for e := range events {
		got = append(got, fmt.Sprint(e.Name, " ", e.Kind, " ", e.Up, " ", e.LinkUp))
		if len(got) == 9 {
			break
		}
	}
	want := []string{"loop0 added false false", "loop0 up true true", "loop0 down false false", "loop0 removed false false", "f down false false",
		"f link down false false", "f link up false false", "f link down false false", "f link up false false"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if len(called) != 4 || !reflect.DeepEqual(called[0], gvpp.InterfaceEvent{Kind: gvpp.InterfaceAdded, Index: 3, Name: "loop0"}) {
		t.Errorf("%+v", called)
	}
	cancel()
	for range r.InterfaceEvents(ctx) {
		t.Error("an event behind the end")
	}
	do(stop())
}

// Who takes no events makes nobody wait, and is told what was lost.
func TestInterfaceEventsAreLost(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	ctx := context.Background()
	events := r.InterfaceEvents(ctx)
	for i := range 1030 {
		if err := r.SetState(ctx, 1, i%2 == 1); err != nil {
			t.Fatal(err)
		}
	}
	n, lost := 0, uint64(0)
	for e := range events {
		if n++; n == 1024 {
			if err := r.SetState(ctx, 1, false); err != nil {
				t.Fatal(err)
			}
		}
		if lost = e.Lost; lost != 0 {
			break
		}
	}
	if n != 1025 || lost != 6 {
		t.Errorf("%d events, %d lost", n, lost)
	}
}
