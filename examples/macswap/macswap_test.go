package macswap_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"

	"example.com/macswap"
	"example.com/macswap/macswapapi"
)

// kinds is a packet of each kind that an interface may receive.
var kinds = gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53", "tcp [2001:db8::1]:1 > [2001:db8::2]:80 [S] vlan 7", "eth 0x0806 len 46")

func newHarness(t *testing.T) (h *gvpptest.Harness, a, b *gvpptest.Interface) {
	h = gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{macswap.New()}, Interfaces: []string{"a", "b"}})
	a, b = h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	return h, a, b
}

// What the command switches on goes back by the interface that it came from, with nothing changed but the addresses; what it switches
// off goes its way again.
func TestSwap(t *testing.T) {
	h, a, b := newHarness(t)
	h.SendAndExpect(a, kinds, b)
	h.Exec("macswap enable-disable a")
	for _, p := range kinds {
		got := h.SendAndExpect(a, []gvpptest.Packet{p}, a)
		if len(got) != 1 || !bytes.Equal(got[0][:6], p[6:12]) || !bytes.Equal(got[0][6:12], p[:6]) || !bytes.HasPrefix(got[0][12:], p[12:]) {
			t.Errorf("%x became %x", p, got)
		}
	}
	if want, got := "sw_if_index 1: new source 02:00:00:00:00:02, new destination 02:00:00:00:00:01", h.Trace(); !strings.Contains(got, want) {
		t.Errorf("want %q in\n%s", want, got)
	}
	h.ExpectCounter("macswap", "packets sent back", 3)
	h.ExpectNoAllocs(a, kinds)
	h.SendAndExpect(b, kinds, a) // not enabled
	h.Exec("macswap enable-disable a disable")
	h.SendAndExpect(a, kinds, b)
	h.Refused("macswap enable-disable", "an interface name")
	h.Refused("macswap enable-disable c", `no interface "c"; there are a, b`)
	h.Refused("macswap enable-disable a enable", "enable")
}

func TestMessage(t *testing.T) {
	h, a, b := newHarness(t)
	client := macswapapi.NewClient(h.API())
	for _, c := range []struct {
		swIf uint32
		on   bool
		want error
	}{{a.Index, true, nil}, {b.Index, true, nil}, {b.Index, false, nil}, {0, true, api.InvalidSwIfIndex}, {3, true, api.InvalidSwIfIndex}} {
		m := &macswapapi.MacswapEnableDisable{SwIfIndex: interface_types.InterfaceIndex(c.swIf), EnableDisable: c.on}
		if _, err := client.MacswapEnableDisable(t.Context(), m); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", m, err, c.want)
		}
	}
	h.SendAndExpect(a, kinds, a)
	h.SendAndExpect(b, kinds, a)
}

// The packet of VPP's setup.pg begins its way at the node, and leaves by the interface that it is said to come from.
func TestSetupPG(t *testing.T) {
	h, _, _ := newHarness(t)
	h.Exec("exec testdata/setup.pg")
	h.Exec("trace add pg-input 1")
	h.Exec("packet-generator enable")
	h.Run()
	h.ExpectCounter("macswap", "packets sent back", 1)
	if got := h.Exec("show interface loop0"); !regexp.MustCompile(`tx packets +1\n`).MatchString(got) {
		t.Errorf("loop0 has not sent it:\n%s", got)
	}
	if want, got := "sw_if_index 3: new source 00:de:ad:be:ef:00, new destination 01:ba:db:ab:be:01", h.Trace(); !strings.Contains(got, want) {
		t.Errorf("want %q in\n%s", want, got)
	}
}
