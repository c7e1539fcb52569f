package interop

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.fd.io/govpp"
	govppapi "go.fd.io/govpp/api"
	"go.fd.io/govpp/binapi/acl"
	"go.fd.io/govpp/binapi/af_xdp"
	interfaces "go.fd.io/govpp/binapi/interface"
	"go.fd.io/govpp/binapi/interface_types"
	"go.fd.io/govpp/binapi/memclnt"
	"go.fd.io/govpp/binapi/vlib"
	"go.fd.io/govpp/binapi/vpe"
	"go.fd.io/govpp/core"
)

// GoVPP's own bindings, made of VPP's files, are compatible with what gvpp serves.
func TestCompatible(t *testing.T) {
	ch := newRig(t).channel()
	for name, list := range map[string][]govppapi.Message{
		"memclnt": memclnt.AllMessages(), "vlib": vlib.AllMessages(), "vpe": vpe.AllMessages(), "interface": interfaces.AllMessages(),
		"af_xdp": af_xdp.AllMessages(), "acl": acl.AllMessages(),
	} {
		if err := ch.CheckCompatiblity(list...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRequests(t *testing.T) {
	r := newRig(t)
	conn := r.connect()
	version, err := vpe.NewServiceClient(conn).ShowVersion(t.Context(), &vpe.ShowVersion{})
	if err != nil || version.Program == "" || version.Version == "" {
		t.Errorf("%+v, %v", version, err)
	}
	text, err := vlib.NewServiceClient(conn).CliInband(t.Context(), &vlib.CliInband{Cmd: "show interface"})
	if err != nil || !strings.Contains(text.Reply, "a ") {
		t.Errorf("%+v, %v", text, err)
	}
	if text, err := vlib.NewServiceClient(conn).CliInband(t.Context(), &vlib.CliInband{Cmd: "show nothing"}); err == nil {
		t.Errorf("a wrong command gives %+v", text)
	}
	if ping, err := memclnt.NewServiceClient(conn).ControlPing(t.Context(), &memclnt.ControlPing{}); err != nil || ping.VpePID == 0 {
		t.Errorf("%+v, %v", ping, err)
	}
}

func names(t *testing.T, ch govppapi.Channel) (names []string) {
	t.Helper()
	for req := ch.SendMultiRequest(&interfaces.SwInterfaceDump{SwIfIndex: ^interface_types.InterfaceIndex(0)}); ; {
		d := &interfaces.SwInterfaceDetails{}
		end, err := req.ReceiveReply(d)
		if err != nil {
			t.Fatal(err)
		}
		if end {
			return names
		}
		names = append(names, d.InterfaceName)
	}
}

// A dump in both ways that GoVPP has.
func TestDumps(t *testing.T) {
	r := newRig(t)
	if got := names(t, r.channel()); !slices.Equal(got, []string{"local0", "a", "b"}) {
		t.Errorf("channel: %q", got)
	}
	dump, err := interfaces.NewServiceClient(r.connect()).SwInterfaceDump(t.Context(), &interfaces.SwInterfaceDump{SwIfIndex: ^interface_types.InterfaceIndex(0)})
	r.ok(err)
	var got []string
	for {
		d, err := dump.Recv()
		if err != nil {
			break
		}
		got = append(got, d.InterfaceName)
	}
	if !slices.Equal(got, []string{"local0", "a", "b"}) {
		t.Errorf("stream: %q", got)
	}
}

func TestErrors(t *testing.T) {
	ch := newRig(t).channel()
	err := ch.SendRequest(&interfaces.SwInterfaceSetFlags{SwIfIndex: 77}).ReceiveReply(&interfaces.SwInterfaceSetFlagsReply{})
	if !errors.Is(err, govppapi.INVALID_SW_IF_INDEX) {
		t.Errorf("interface 77: %v", err)
	}
	err = ch.SendRequest(&interfaces.SwInterfaceSetRxMode{}).ReceiveReply(&interfaces.SwInterfaceSetRxModeReply{})
	if !errors.Is(err, govppapi.UNIMPLEMENTED) {
		t.Errorf("what gvpp does not do: %v", err)
	}
}

func TestEvents(t *testing.T) {
	r := newRig(t)
	conn := r.connect()
	watch, err := conn.WatchEvent(t.Context(), &interfaces.SwInterfaceEvent{})
	r.ok(err)
	defer watch.Close()
	client := interfaces.NewServiceClient(conn)
	_, err = client.WantInterfaceEvents(t.Context(), &interfaces.WantInterfaceEvents{EnableDisable: 1, PID: 42})
	r.ok(err)
	_, err = client.SwInterfaceSetFlags(t.Context(), &interfaces.SwInterfaceSetFlags{SwIfIndex: 2})
	r.ok(err)
	select {
	case e := <-watch.Events():
		if e := e.(*interfaces.SwInterfaceEvent); e.SwIfIndex != 2 || e.PID != 42 || e.Flags != 0 || e.Deleted {
			t.Errorf("%+v", e)
		}
	case <-time.After(10 * time.Second):
		t.Error("no event")
	}
	if _, err = client.WantInterfaceEvents(t.Context(), &interfaces.WantInterfaceEvents{EnableDisable: 1, PID: 42}); !errors.Is(err, govppapi.INVALID_REGISTRATION) {
		t.Errorf("a second time: %v", err)
	}
}

// A connection that GoVPP keeps up finds the server again when that has been started anew.
func TestReconnect(t *testing.T) {
	r := newRig(t)
	conn, states, err := govpp.AsyncConnect(r.path("api"), 100, 50*time.Millisecond)
	r.ok(err)
	defer conn.Disconnect()
	await := func(want core.ConnectionState) {
		t.Helper()
		for end := time.After(20 * time.Second); ; {
			select {
			case e := <-states:
				if e.State == want {
					return
				}
			case <-end:
				t.Fatalf("never %v", want)
			}
		}
	}
	await(core.Connected)
	r.stop()
	await(core.Disconnected)
	r.start()
	await(core.Connected)
	if _, err := vpe.NewServiceClient(conn).ShowVersion(t.Context(), &vpe.ShowVersion{}); err != nil {
		t.Error(err)
	}
}
