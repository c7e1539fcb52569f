package gvpp_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/af_xdp"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/l2"
	"github.com/gvpp/gvpp/api/binapi/pg"
	"github.com/gvpp/gvpp/api/binapi/vlib"
	"github.com/gvpp/gvpp/api/binapi/vpe"
)

// retval checks which number an error has on the wire.
func retval(t *testing.T, what string, err error, want api.Errno) {
	t.Helper()
	if got := api.ErrnoOf(err); got != want {
		t.Errorf("%s: retval %d, want %d: %v", what, int32(got), int32(want), err)
	}
}

// all is what a dump gives.
func all[M any](t *testing.T, dump iter.Seq2[M, error]) (out []M) {
	t.Helper()
	for m, err := range dump {
		if err != nil {
			t.Error(err)
			continue
		}
		out = append(out, m)
	}
	return out
}

func TestVlibAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2}, "a", "b")
	c, ctx := vlib.NewClient(api.Direct(r.API()...)), context.Background()
	if got, err := c.CliInband(ctx, &vlib.CliInband{Cmd: "show interface"}); err != nil || got.Reply != r.cli("show interface") {
		t.Errorf("%+v, %v", got, err)
	}
	got, err := c.CliInband(ctx, &vlib.CliInband{Cmd: "show version\nset interface state x up\nshow version"})
	retval(t, "a command that fails", err, -1)
	if got == nil || !strings.HasPrefix(got.Reply, "gvpp ") || !strings.Contains(got.Reply, `no interface "x"`) || strings.Count(got.Reply, "\ngvpp ") > 0 {
		t.Errorf("%+v", got)
	}
	id, ok := r.Graph().Plan.NodeID("l2-xconnect")
	if n, err := c.GetNodeIndex(ctx, &vlib.GetNodeIndex{NodeName: "l2-xconnect"}); err != nil || !ok || n.NodeIndex != uint32(id) {
		t.Errorf("%+v, want %d, %v", n, id, err)
	}
	n, err := c.GetNodeIndex(ctx, &vlib.GetNodeIndex{NodeName: "x"})
	if retval(t, "no node", err, -63); n == nil || n.NodeIndex != 1<<32-1 {
		t.Errorf("%+v", n)
	}
	for _, e := range []struct {
		from, to string
		next     uint32
		get, add api.Errno
	}{
		{"l2-xconnect", "error-drop", 1, 0, 0}, {"l2-xconnect", "interface-output", 0, 0, 0}, {"x", "error-drop", 1<<32 - 1, -63, -63},
		{"l2-xconnect", "x", 1<<32 - 1, -64, -64}, {"l2-xconnect", "ip4-input", 1<<32 - 1, -6, -9},
	} {
		get, err := c.GetNextIndex(ctx, &vlib.GetNextIndex{NodeName: e.from, NextName: e.to})
		retval(t, e.from+" to "+e.to, err, e.get)
		add, err := c.AddNodeNext(ctx, &vlib.AddNodeNext{NodeName: e.from, NextName: e.to})
		retval(t, "add "+e.from+" to "+e.to, err, e.add)
		if get.NextIndex != e.next || add.NextIndex != e.next {
			t.Errorf("%+v: %d and %d", e, get.NextIndex, add.NextIndex)
		}
	}
	for v, want := range map[float64]api.Errno{1: 0, 2: -159} {
		f, err := c.GetF64EndianValue(ctx, &vlib.GetF64EndianValue{F64One: v})
		if retval(t, "1 as a float", err, want); f.F64OneResult != 1 || int32(f.Retval) != int32(want) {
			t.Errorf("%v: %+v", v, f)
		}
	}
	if f, err := c.GetF64IncrementByOne(ctx, &vlib.GetF64IncrementByOne{F64Value: 41}); err != nil || f.F64Value != 42 || f.Retval != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	for _, fail := range []func() error{
		func() error { _, err := c.Cli(ctx, &vlib.Cli{}); return err },
		func() error { _, err := c.GetNodeGraph(ctx, &vlib.GetNodeGraph{}); return err },
	} {
		retval(t, "shared memory", fail(), api.Unimplemented)
	}
}

func TestThreadsAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2, Cores: []int{0, 0}}, "a")
	c := vlib.NewClient(api.Direct(r.API()...))
	r.run()
	eventually(t, "workers run", func() bool { return r.Graph().Thread(0) != 0 && r.Graph().Thread(1) != 0 })
	got, err := c.ShowThreads(context.Background(), &vlib.ShowThreads{})
	if err != nil || len(got.ThreadData) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, d := range got.ThreadData {
		want := []string{"gvpp_main ", "gvpp_wk_0 workers", "gvpp_wk_1 workers"}[i]
		if d.Name+" "+d.Type != want || d.ID != uint32(i) || d.PID == 0 || i > 0 && d.CPUID != 0 {
			t.Errorf("%+v", d)
		}
	}
}

func TestVpeAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{Log: slog.New(slog.DiscardHandler)})
	c, ctx := vpe.NewClient(api.Direct(r.API()...)), context.Background()
	v, err := c.ShowVersion(ctx, &vpe.ShowVersion{})
	if err != nil || v.Program != "gvpp" || v.Version == "" {
		t.Errorf("%+v, %v", v, err)
	}
	var e api.Encoder
	v.Encode(&e)
	if _, err := e.Bytes(); err != nil {
		t.Error(err)
	}
	before := float64(time.Now().Unix())
	if now, err := c.ShowVpeSystemTime(ctx, &vpe.ShowVpeSystemTime{}); err != nil || float64(now.VpeSystemTime) < before || float64(now.VpeSystemTime) > before+60 {
		t.Errorf("%+v, %v", now, err)
	}
	r.Log().With("queue", 1).WithGroup("g").Warn("something", "cause", "none")
	r.Log().Error(strings.Repeat("long", 100))
	r.Log().Debug("nobody wants this")
	list := all(t, c.LogDump(ctx, &vpe.LogDump{}))
	if len(list) != 2 || list[0].Message != "something queue=1 g.cause=none" || list[0].Level != 4 || list[0].MsgClass != "gvpp" || list[1].Level != 3 || len(list[1].Message) != 255 {
		t.Errorf("%+v", list)
	}
	if left := all(t, c.LogDump(ctx, &vpe.LogDump{StartTimestamp: list[1].Timestamp + 1})); len(left) != 0 {
		t.Errorf("%+v", left)
	}
	for i := range 600 {
		r.Log().Info(fmt.Sprint("line ", i))
	}
	if list := all(t, c.LogDump(ctx, &vpe.LogDump{})); len(list) != 512 || list[0].Message != "line 88" || list[511].Message != "line 599" {
		t.Errorf("%d kept, from %q", len(list), list[0].Message)
	}
	if s := r.cli("show logging"); !strings.Contains(s, "info   line 599\n") {
		t.Error(s[:100])
	}
}

func TestXconnectAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	c, ctx := l2.NewClient(api.Direct(r.API()...)), context.Background()
	set := func(rx, tx interface_types.InterfaceIndex, on bool) error {
		_, err := c.SwInterfaceSetL2Xconnect(ctx, &l2.SwInterfaceSetL2Xconnect{RxSwIfIndex: rx, TxSwIfIndex: tx, Enable: on})
		return err
	}
	list := func() (out string) {
		for _, d := range all(t, c.L2XconnectDump(ctx, &l2.L2XconnectDump{})) {
			out += fmt.Sprint(d.RxSwIfIndex, ">", d.TxSwIfIndex, " ")
		}
		return out
	}
	for _, s := range []struct {
		rx, tx interface_types.InterfaceIndex
		on     bool
		rv     api.Errno
		then   string
	}{
		{1, 2, true, 0, "1>2 "}, {2, 1, true, 0, "1>2 2>1 "}, {1, 9, true, -2, "1>2 2>1 "}, {9, 1, true, -2, "1>2 2>1 "}, {1, 1, true, -7, "1>2 2>1 "},
		{1, 2, false, 0, "2>1 "}, {1, 2, false, 0, "2>1 "}, {2, 0, false, 0, ""}, {0, 1, true, -2, ""},
	} {
		if retval(t, fmt.Sprintf("%+v", s), set(s.rx, s.tx, s.on), s.rv); list() != s.then {
			t.Errorf("%+v: %q", s, list())
		}
		if got := r.reaches("a", aPacket); (got == "b") != strings.Contains(s.then, "1>2") {
			t.Errorf("%+v: leaves by %q", s, got)
		}
	}
}

func TestPgAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	c, ctx := pg.NewClient(api.Direct(r.API()...)), context.Background()
	var made []interface_types.InterfaceIndex
	v1, err := c.PgCreateInterface(ctx, &pg.PgCreateInterface{InterfaceID: 3})
	made = append(made, v1.SwIfIndex)
	v2, err2 := c.PgCreateInterfaceV2(ctx, &pg.PgCreateInterfaceV2{InterfaceID: 3})
	made = append(made, v2.SwIfIndex)
	v3, err3 := c.PgCreateInterfaceV3(ctx, &pg.PgCreateInterfaceV3{InterfaceID: 3})
	made = append(made, v3.SwIfIndex)
	if errors.Join(err, err2, err3) != nil || fmt.Sprint(made) != "[2 2 2]" || r.InterfaceName(2) != "pg3" {
		t.Errorf("%v, %v, %v, %v", made, err, err2, err3)
	}
	if s, _ := r.InterfaceStatus(2); s.Up || s.LinkUp || len(s.Device.MAC) != 6 {
		t.Errorf("%+v", s)
	}
	for _, m := range []pg.PgCreateInterfaceV3{{PgFlags: pg.PG_API_FLAG_GSO}, {PgFlags: pg.PG_API_FLAG_CSUM_OFFLOAD, Mode: pg.PG_API_MODE_IP4}} {
		got, err := c.PgCreateInterfaceV3(ctx, &m)
		if retval(t, "offloads", err, -9); got.SwIfIndex != 1<<32-1 {
			t.Errorf("%+v", got)
		}
	}
	if _, err := c.PgCreateInterfaceV3(ctx, &pg.PgCreateInterfaceV3{Mode: 3}); err == nil {
		t.Error("mode 3 is taken")
	} else {
		retval(t, "mode 3", err, api.InvalidValue)
	}
	raw, err := c.PgCreateInterfaceV3(ctx, &pg.PgCreateInterfaceV3{InterfaceID: 5, Mode: pg.PG_API_MODE_IP6})
	if s, _ := r.InterfaceStatus(uint32(raw.SwIfIndex)); err != nil || !s.Device.Raw || len(s.Device.MAC) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	file := filepath.Join(t.TempDir(), "x.pcap")
	for _, m := range []struct {
		pg.PgCapture
		rv api.Errno
	}{
		{pg.PgCapture{InterfaceID: 3, IsEnabled: true, PcapFileName: file}, 0},
		{pg.PgCapture{InterfaceID: 3, IsEnabled: true, PcapFileName: t.TempDir()}, -93},
		{pg.PgCapture{InterfaceID: 4, IsEnabled: true, PcapFileName: file}, -2},
		{pg.PgCapture{InterfaceID: 3}, 0},
	} {
		_, err = c.PgCapture(ctx, &m.PgCapture)
		retval(t, fmt.Sprintf("%+v", m.PgCapture), err, m.rv)
	}
	_, err = c.PgEnableDisable(ctx, &pg.PgEnableDisable{IsEnabled: true})
	retval(t, "enable all", err, 0)
	_, err = c.PgEnableDisable(ctx, &pg.PgEnableDisable{StreamName: "x"})
	retval(t, "disable x", err, -6)
	for _, d := range []struct {
		swIf interface_types.InterfaceIndex
		rv   api.Errno
	}{{1, -2}, {9, -2}, {2, 0}, {2, -2}} {
		_, err := c.PgDeleteInterface(ctx, &pg.PgDeleteInterface{SwIfIndex: d.swIf})
		retval(t, fmt.Sprint("delete ", d.swIf), err, d.rv)
	}
}

func TestAfXdpAPIRefuses(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	c, ctx := af_xdp.NewClient(api.Direct(r.API()...)), context.Background()
	for _, m := range []struct {
		m    af_xdp.AfXdpCreateV3
		rv   api.Errno
		text string
	}{
		{af_xdp.AfXdpCreateV3{}, -7, "no host interface"},
		{af_xdp.AfXdpCreateV3{HostIf: "x", Prog: "y.o"}, -9, "y.o"},
		{af_xdp.AfXdpCreateV3{HostIf: "x", Netns: "n"}, -9, "namespace"},
		{af_xdp.AfXdpCreateV3{HostIf: "x", Flags: af_xdp.AF_XDP_API_FLAGS_MULTI_BUFFER}, -9, "multi-buffer"},
		{af_xdp.AfXdpCreateV3{HostIf: "x", Mode: 3}, -7, "mode 3"},
		{af_xdp.AfXdpCreateV3{HostIf: "x", RxqSize: 1000}, -7, "powers of two"},
		{af_xdp.AfXdpCreateV3{HostIf: "x", TxqSize: 1}, -7, "1 entries"},
		{af_xdp.AfXdpCreateV3{HostIf: "gvppnone0"}, -7, "no such interface"},
		{af_xdp.AfXdpCreateV3{HostIf: "gvppnone0", Name: "a"}, -79, "exists already"},
		{af_xdp.AfXdpCreateV3{HostIf: "gvppnone0", Name: "a b"}, -1, "want a word"},
	} {
		got, err := c.AfXdpCreateV3(ctx, &m.m)
		if retval(t, m.text, err, m.rv); err == nil || !strings.Contains(err.Error(), m.text) || got.SwIfIndex != 1<<32-1 {
			t.Errorf("%+v: %+v, %v", m.m, got, err)
		}
	}
	for _, swIf := range []interface_types.InterfaceIndex{0, 1, 9} {
		_, err := c.AfXdpDelete(ctx, &af_xdp.AfXdpDelete{SwIfIndex: swIf})
		retval(t, fmt.Sprint("delete ", swIf), err, -71)
	}
}
