package ip_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ip_neighbor"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/gvpptest"
)

// neighborsTold is what has come: "+" or "-" (v2), or "=" (v1), the interface, the address and the end of its MAC address.
func neighborsTold(events <-chan api.Message) (out string) {
	for {
		select {
		case m := <-events:
			sign, n := "=", ip_neighbor.IPNeighbor{}
			switch m := m.(type) {
			case *ip_neighbor.IPNeighborEvent:
				n = m.Neighbor
			case *ip_neighbor.IPNeighborEventV2:
				n, sign = m.Neighbor, map[ip_neighbor.IPNeighborEventFlags]string{1: "+", 2: "-"}[m.Flags]
			}
			a, _ := n.IPAddress.Netip()
			out += fmt.Sprintf("%s%d %v %x, ", sign, n.SwIfIndex, a, n.MacAddress[5])
		default:
			return out
		}
	}
}

// Clients are told of neighbours that are found, move and go: of all, of an interface's, of one.
func TestNeighborEvents(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Interfaces: []string{"a", "b"}})
	h.Exec("set interface ip address a 10.0.1.1/24\nset interface ip address b 10.0.2.1/24")
	conn, ctx := h.API(), t.Context()
	all, some := conn.Events(ctx, (*ip_neighbor.IPNeighborEventV2)(nil).Desc()), conn.Events(ctx, (*ip_neighbor.IPNeighborEvent)(nil).Desc())
	c := ip_neighbor.NewClient(conn)
	v2 := func(on bool) error {
		_, err := c.WantIPNeighborEventsV2(ctx, &ip_neighbor.WantIPNeighborEventsV2{Enable: on, SwIfIndex: 1<<32 - 1})
		return err
	}
	v1 := func(on bool, swIf uint32, addr string) error {
		m := &ip_neighbor.WantIPNeighborEvents{Enable: on, PID: 7, SwIfIndex: interfaceIndex(swIf)}
		if addr != "" {
			m.IP = ip_types.AddressOf(netip.MustParseAddr(addr))
		}
		_, err := c.WantIPNeighborEvents(ctx, m)
		return err
	}
	expect := func(what, v2, v1 string) {
		t.Helper()
		h.Advance(20 * time.Millisecond)
		if got := neighborsTold(all); got != v2 {
			t.Errorf("%s: of all %q, want %q", what, got, v2)
		}
		if got := neighborsTold(some); got != v1 {
			t.Errorf("%s: of some %q, want %q", what, got, v1)
		}
	}
	h.Exec("set ip neighbor a 10.0.1.9 02:00:00:00:00:09")
	expect("nobody wants to know", "", "")
	retval(t, "v2", v2(true), 0)
	retval(t, "v2 again", v2(true), api.InvalidRegistration)
	retval(t, "an interface", v1(true, 2, ""), 0)
	retval(t, "an address", v1(true, 1<<32-1, "10.0.2.5"), 0)
	retval(t, "none such", v1(true, 9, ""), api.InvalidSwIfIndex)
	h.Exec("set ip neighbor b 10.0.2.5 02:00:00:00:00:05\nset ip neighbor b 10.0.2.6 02:00:00:00:00:06\nset ip neighbor a 10.0.1.7 02:00:00:00:00:07")
	expect("found", "+2 10.0.2.5 5, +2 10.0.2.6 6, +1 10.0.1.7 7, ", "=2 10.0.2.5 5, =2 10.0.2.5 5, =2 10.0.2.6 6, ")
	h.Exec("set ip neighbor b 10.0.2.6 02:00:00:00:00:66\nset ip neighbor del b 10.0.2.6")
	retval(t, "an address no more", v1(false, 1<<32-1, "10.0.2.5"), 0)
	expect("moved and gone", "+2 10.0.2.6 66, -2 10.0.2.6 66, ", "=2 10.0.2.6 66, =2 10.0.2.6 66, ")
	retval(t, "an interface no more", v1(false, 2, ""), 0)
	retval(t, "again", v1(false, 2, ""), api.InvalidRegistration)
	h.Exec("ip neighbor-flush")
	expect("flushed", "-1 10.0.1.7 7, -1 10.0.1.9 9, -2 10.0.2.5 5, ", "")
	retval(t, "v2 no more", v2(false), 0)
	h.Exec("set ip neighbor a 10.0.1.9 02:00:00:00:00:09")
	expect("nobody wants to know", "", "")
}

// Watches are bounded.
func TestWatchesAreBounded(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Interfaces: []string{"a"}})
	want := func(c ip_neighbor.Client, n int) error {
		_, err := c.WantIPNeighborEventsV2(t.Context(), &ip_neighbor.WantIPNeighborEventsV2{Enable: true, SwIfIndex: 1, IP: ip_types.AddressOf(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}))})
		return err
	}
	c := ip_neighbor.NewClient(h.API())
	for n := range 1024 {
		retval(t, "a watch", want(c, n), 0)
	}
	retval(t, "one too many", want(c, 1024), api.LimitExceeded)
}
