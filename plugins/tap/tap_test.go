package tap_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/tapv2"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/tap"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newHost is a host for the taps' other ends, and how a tap names its namespace.
func newHost(t *testing.T) (h *netlab.Host, ns string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("%s: not root: TAP devices and network namespaces need it", t.Name())
	}
	lab, err := netlab.New()
	ok(t, err)
	t.Cleanup(func() { ok(t, lab.Close()) })
	h, err = lab.Host("host")
	ok(t, err)
	return h, fmt.Sprintf("/proc/self/fd/%d", h.FD())
}

func newHarness(t *testing.T) (*gvpptest.Harness, *tap.Plugin) {
	p := tap.New()
	return gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{p}}), p
}

func TestCommands(t *testing.T) {
	host, ns := newHost(t)
	h, p := newHarness(t)
	line := "create tap id 5 host-if-name gv5 host-mac-addr 02:00:00:00:00:01 host-ip4-addr 10.0.0.1/24 host-ip6-addr fd00::1/64 rx-ring-size 256 no-gso host-ns " + ns
	if got := strings.TrimSpace(h.Exec(line)); got != "tap5" {
		t.Errorf("made %q", got)
	}
	if got := strings.TrimSpace(h.Exec("create tap host-ns " + ns)); got != "tap0" {
		t.Errorf("made %q", got)
	}
	want := "  name \"gv5\"\n  host-ns \"" + ns + "\"\n  host-mac-addr: 02:00:00:00:00:01\n  host-ip4-addr: 10.0.0.1/24\n  host-ip6-addr: fd00::1/64\n"
	if got := h.Exec("show tap tap5"); !strings.HasPrefix(got, "Interface: tap5 (ifindex ") || !strings.HasSuffix(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if list := p.All(); len(list) != 2 || list[0].Name != "tap5" || list[1].ID != 0 || list[1].HostIf != "tap0" || list[1].HostIndex == 0 {
		t.Errorf("%+v", list)
	}
	h.Refused("create tap id 5", "no other tap has")
	h.Refused("create tap host-if-name gv5 host-ns "+ns, "another one with host-if-name")
	h.Refused("create tap tun", "leave it out")
	h.Refused("create tap num-rx-queues 2", "one queue")
	h.Refused("create tap host-mtu-size 9000", "want 68 to")
	h.Exec("delete tap tap5")
	if _, err := host.Link("gv5"); err == nil {
		t.Error("the host device is still there")
	}
	h.Refused("delete tap tap5", "tap5")
	if got := h.Exec("show tap"); strings.Contains(got, "tap5") || !strings.Contains(got, "tap0") {
		t.Errorf("deleted, but\n%s", got)
	}
	h.Exec("delete interface tap0")
	if got := h.Exec("show tap"); got != "" {
		t.Errorf("deleted, but\n%s", got)
	}
}

// A frame from the host goes through the graph, and one that leaves by the tap arrives.
func TestPacketsThroughTheGraph(t *testing.T) {
	host, ns := newHost(t)
	h, _ := newHarness(t)
	h.Exec("create tap id 0 hw-addr 02:00:00:00:00:02 host-mac-addr 02:00:00:00:00:01 host-ip4-addr 10.0.0.1/24 host-ns " + ns)
	h.Exec("set interface state tap0 up\nset interface ip address tap0 10.0.0.2/24")
	done := make(chan error, 1)
	go func() {
		r, err := host.Ping("10.0.0.2", 2, netlab.PingOptions{})
		if err == nil && r.Lost() != 0 {
			err = fmt.Errorf("%d of %d lost", r.Lost(), r.Sent)
		}
		done <- err
	}()
	for {
		select {
		case err := <-done:
			ok(t, err)
			for _, i := range h.DP.Interfaces() {
				if i.Name == "tap0" && (i.Packets.RxPackets < 2 || i.Packets.TxPackets < 2 || i.Device.Driver != "tap") {
					t.Errorf("%+v", i)
				}
			}
			return
		default:
			h.Run()
		}
	}
}

func TestMessages(t *testing.T) {
	host, ns := newHost(t)
	h, _ := newHarness(t)
	c := h.API()
	m := &tapv2.TapCreateV3{
		ID: 3, MacAddress: [6]byte{2, 0, 0, 0, 0, 2}, NumRxQueues: 1, NumTxQueues: 1, HostMacAddrSet: true, HostMacAddr: [6]byte{2, 0, 0, 0, 0, 1}, HostMtuSet: true,
		HostMtuSize: 1400, HostIP4PrefixSet: true, HostNamespaceSet: true, HostNamespace: ns, HostIfNameSet: true, HostIfName: "gv3", Tag: "host's",
	}
	m.HostIP4Prefix.Address, m.HostIP4Prefix.Len = [4]byte{10, 0, 0, 1}, 24
	created, err := tapv2.NewClient(c).TapCreateV3(t.Context(), m)
	ok(t, err)
	l, err := host.Link("gv3")
	ok(t, err)
	if l.MTU != 1400 || l.HardwareAddr.String() != "02:00:00:00:00:01" || l.Flags&net.FlagUp == 0 {
		t.Errorf("%+v", l)
	}
	n := 0
	for range tapv2.NewClient(c).SwInterfaceTapV2Dump(t.Context(), &tapv2.SwInterfaceTapV2Dump{SwIfIndex: created.SwIfIndex + 1}) {
		t.Error("a tap that is none")
	}
	for d, err := range tapv2.NewClient(c).SwInterfaceTapV2Dump(t.Context(), &tapv2.SwInterfaceTapV2Dump{SwIfIndex: 1<<32 - 1}) {
		ok(t, err)
		if d.ID != 3 || d.DevName != "tap3" || d.HostIfName != "gv3" || d.HostNamespace != ns || d.HostMtuSize != 1400 || d.HostMacAddr != m.HostMacAddr || d.HostIP4Prefix != m.HostIP4Prefix || d.SwIfIndex != uint32(created.SwIfIndex) {
			t.Errorf("%+v", d)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d taps", n)
	}
	for want, change := range map[api.Errno]func(m *tapv2.TapCreateV3){
		-71:               func(*tapv2.TapCreateV3) {},
		-12:               func(m *tapv2.TapCreateV3) { m.ID = 4 },
		api.InvalidValue:  func(m *tapv2.TapCreateV3) { m.ID, m.HostMtuSize = 4, 10 },
		api.Unimplemented: func(m *tapv2.TapCreateV3) { m.TapFlags = tapv2.TAP_API_FLAG_TUN },
	} {
		x := *m
		change(&x)
		r, err := tapv2.NewClient(c).TapCreateV3(t.Context(), &x)
		if got := api.ErrnoOf(err); got != want || r != nil && r.SwIfIndex != 1<<32-1 {
			t.Errorf("%v (%v), %+v; want %v", got, err, r, want)
		}
	}
	_, err = tapv2.NewClient(c).TapDeleteV2(t.Context(), &tapv2.TapDeleteV2{SwIfIndex: created.SwIfIndex})
	ok(t, err)
	if _, err := host.Link("gv3"); err == nil {
		t.Error("the host device is still there")
	}
	if _, err = tapv2.NewClient(c).TapDeleteV2(t.Context(), &tapv2.TapDeleteV2{SwIfIndex: created.SwIfIndex}); api.ErrnoOf(err) != api.InvalidSwIfIndex {
		t.Error(err)
	}
}

// A stanza of startup.conf makes taps that are up.
func TestStanza(t *testing.T) {
	host, ns := newHost(t)
	stanzas, err := config.ParseArgs(strings.Fields("tap { interface { id 2 host-if-name gv2 host-ns " + ns + " } }"))
	ok(t, err)
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{tap.New()}, Stanzas: stanzas})
	ok(t, err)
	if i := dp.Interfaces(); len(i) != 1 || i[0].Name != "tap2" || !i[0].Up {
		t.Errorf("%+v", i)
	}
	ok(t, dp.Close())
	if _, err := host.Link("gv2"); err == nil {
		t.Error("the host device is still there")
	}
	stanzas, err = config.ParseArgs(strings.Fields("tap { interface { id x } }"))
	ok(t, err)
	if _, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{tap.New()}, Stanzas: stanzas}); err == nil || !strings.Contains(err.Error(), "word 3") {
		t.Error(err)
	}
}
