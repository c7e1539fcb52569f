package ip_test

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/fib_types"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip6_nd"
	"github.com/gvpp/gvpp/api/binapi/ip_neighbor"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/binapi/ping"
)

func retval(t *testing.T, what string, err error, want api.Errno) {
	t.Helper()
	if got := api.ErrnoOf(err); got != want {
		t.Errorf("%s: %d (%v), want %d", what, got, err, want)
	}
}

func prefix(s string) ip_types.Prefix { return ip_types.PrefixOf(netip.MustParsePrefix(s)) }

// via is a path of a next hop.
func via(swIf uint32, a string) fib_types.FibPath {
	p := fib_types.FibPath{SwIfIndex: swIf, Weight: 1}
	addr := netip.MustParseAddr(a)
	p.Nh.Address = ip_types.AddressOf(addr).Un
	if addr.Is6() {
		p.Proto = fib_types.FIB_API_PATH_NH_PROTO_IP6
	}
	return p
}

func TestRoutesByMessages(t *testing.T) {
	r := routed(t)
	c, ctx := ipapi.NewClient(api.Direct(r.API()...)), context.Background()
	route := func(add, multi bool, table uint32, p string, paths ...fib_types.FibPath) error {
		_, err := c.IPRouteAddDel(ctx, &ipapi.IPRouteAddDel{IsAdd: add, IsMultipath: multi, Route: ipapi.IPRoute{TableID: table, Prefix: prefix(p), Paths: paths}})
		return err
	}
	udp := "udp 10.0.1.2:1 > 20.0.0.1:2"
	retval(t, "add", route(true, false, 0, "20.0.0.0/8", via(2, "10.0.2.2")), 0)
	r.expect("by it", r.send("a", udp), "b: 22 "+udp+" ttl 63")
	retval(t, "replace", route(true, false, 0, "20.0.0.0/8", via(3, "10.0.3.2")), 0)
	r.expect("by the other", r.send("a", udp), "c: 32 "+udp+" ttl 63")
	retval(t, "one path more", route(true, true, 0, "20.0.0.0/8", via(2, "10.0.2.2")), 0)
	l, err := c.IPRouteLookup(ctx, &ipapi.IPRouteLookup{Prefix: prefix("20.1.2.3/32")})
	if err != nil || len(l.Route.Paths) != 2 || l.Route.Prefix != prefix("20.0.0.0/8") || l.Route.Paths[0].SwIfIndex != 2 {
		t.Errorf("%+v %v", l, err)
	}
	_, err = c.IPRouteLookup(ctx, &ipapi.IPRouteLookup{Prefix: prefix("20.1.2.3/32"), Exact: 1})
	retval(t, "exactly", err, -6)
	retval(t, "one path less", route(false, true, 0, "20.0.0.0/8", via(3, "10.0.3.2")), 0)
	r.expect("by the first", r.send("a", udp), "b: 22 "+udp+" ttl 63")
	retval(t, "drop", route(true, false, 0, "20.0.0.0/16", fib_types.FibPath{Type: fib_types.FIB_API_PATH_TYPE_DROP, SwIfIndex: ^uint32(0)}), 0)
	r.expect("dropped", r.send("a", udp))
	retval(t, "link", route(true, false, 0, "20.0.0.0/16", fib_types.FibPath{SwIfIndex: 2}), 0)
	r.expect("asked for", r.send("a", udp), "b: all arp who-has 20.0.0.1 tell 10.0.2.1")
	seen := ""
	for d, err := range c.IPRouteDump(ctx, &ipapi.IPRouteDump{}) {
		if err != nil {
			t.Fatal(err)
		}
		p, _ := d.Route.Prefix.Netip()
		seen += p.String() + " "
	}
	if want := "0.0.0.0/0 0.0.0.0/32 10.0.1.0/24 10.0.1.0/32 10.0.1.1/32 10.0.1.2/32 10.0.1.255/32"; !strings.HasPrefix(seen, want) || !strings.Contains(seen, " 20.0.0.0/8 20.0.0.0/16 ") {
		t.Error(seen)
	}
	retval(t, "delete", route(false, false, 0, "20.0.0.0/8"), 0)
	retval(t, "delete what is not there", route(false, false, 0, "20.0.0.0/8"), 0)
	retval(t, "no table", route(true, false, 9, "20.0.0.0/8", via(2, "10.0.2.2")), -3)
	retval(t, "no path", route(true, false, 0, "20.0.0.0/8"), -52)
	retval(t, "no interface", route(true, false, 0, "20.0.0.0/8", via(9, "10.0.2.2")), -2)
	retval(t, "another family", route(true, false, 0, "2001:db8::/32", via(2, "10.0.2.2")), -7)
	retval(t, "labels", route(true, false, 0, "20.0.0.0/8", fib_types.FibPath{NLabels: 1}), -157)
	retval(t, "encapsulation", route(true, false, 0, "20.0.0.0/8", fib_types.FibPath{Type: fib_types.FIB_API_PATH_TYPE_UDP_ENCAP}), -9)
	bad := &ipapi.IPRouteAddDel{IsAdd: true, Route: ipapi.IPRoute{Prefix: prefix("20.0.0.0/8")}}
	bad.Route.Prefix.Len = 33
	_, err = c.IPRouteAddDel(ctx, bad)
	retval(t, "length", err, -7)
}

func TestTablesByMessages(t *testing.T) {
	r := routed(t)
	direct := api.Direct(r.API()...)
	c, i, ctx := ipapi.NewClient(direct), interfaces.NewClient(direct), context.Background()
	table := func(add bool, id uint32) error {
		_, err := c.IPTableAddDel(ctx, &ipapi.IPTableAddDel{IsAdd: add, Table: ipapi.IPTable{TableID: id, Name: "green"}})
		return err
	}
	set := func(swIf, id uint32) error {
		_, err := i.SwInterfaceSetTable(ctx, &interfaces.SwInterfaceSetTable{SwIfIndex: interfaceIndex(swIf), VrfID: id})
		return err
	}
	retval(t, "add", table(true, 5), 0)
	retval(t, "again", table(true, 5), 0)
	retval(t, "bind one with addresses", set(1, 5), -114)
	retval(t, "no table", set(1, 6), -3)
	retval(t, "no interface", set(9, 5), -2)
	r.cli("set interface ip address del a all")
	retval(t, "bind", set(1, 5), 0)
	r.cli("set interface ip address a 10.0.1.1/24")
	if g, err := i.SwInterfaceGetTable(ctx, &interfaces.SwInterfaceGetTable{SwIfIndex: 1}); err != nil || g.VrfID != 5 {
		t.Error(g, err)
	}
	retval(t, "delete one in use", table(false, 5), -147)
	a, err := c.IPTableAllocate(ctx, &ipapi.IPTableAllocate{Table: ipapi.IPTable{TableID: ^uint32(0), IsIP6: true}})
	if err != nil || a.Table.TableID != 1 {
		t.Error(a, err)
	}
	names := ""
	for d, err := range c.IPTableDump(ctx, &ipapi.IPTableDump{}) {
		names += fmt.Sprint(d.Table.TableID, d.Table.Name, d.Table.IsIP6, err, " ")
	}
	if names != "0ipv4-VRF:0false <nil> 5greenfalse <nil> 0ipv6-VRF:0true <nil> 1ipv6-VRF:1true <nil> " {
		t.Error(names)
	}
	r.cli("set interface ip address del a all")
	retval(t, "unbind", set(1, 0), 0)
	retval(t, "delete", table(false, 5), 0)
	retval(t, "delete what is not there", table(false, 5), 0)
	retval(t, "delete 0", table(false, 0), 0)
}

func TestNeighborsByMessages(t *testing.T) {
	r := routed(t)
	c, ctx := ip_neighbor.NewClient(api.Direct(r.API()...)), context.Background()
	set := func(add bool, swIf uint32, a string, flags ip_neighbor.IPNeighborFlags, mac byte) error {
		_, err := c.IPNeighborAddDel(ctx, &ip_neighbor.IPNeighborAddDel{IsAdd: add, Neighbor: ip_neighbor.IPNeighbor{
			SwIfIndex: interfaceIndex(swIf), Flags: flags, MacAddress: [6]byte{2, 5: mac}, IPAddress: ip_types.AddressOf(netip.MustParseAddr(a))}})
		return err
	}
	retval(t, "add", set(true, 2, "10.0.2.7", 1, 7), 0)
	retval(t, "add v6", set(true, 2, "2001:db8:2::7", 2, 7), 0)
	retval(t, "nobody's interface", set(true, 9, "10.0.2.7", 1, 7), -2)
	retval(t, "a group", set(true, 2, "224.0.0.1", 1, 7), -7)
	r.expect("used", r.send("a", "udp 10.0.1.2:1 > 10.0.2.7:2"), "b: 07 udp 10.0.1.2:1 > 10.0.2.7:2 ttl 63")
	list := ""
	for d, err := range c.IPNeighborDump(ctx, &ip_neighbor.IPNeighborDump{SwIfIndex: 2, Af: ip_types.ADDRESS_IP6}) {
		a, _ := d.Neighbor.IPAddress.Netip()
		list += fmt.Sprintf("%v %d %x %.0f %v; ", a, d.Neighbor.Flags, d.Neighbor.MacAddress, d.Age, err)
	}
	if list != "2001:db8:2::2 1 020000000022 0 <nil>; 2001:db8:2::7 2 020000000007 0 <nil>; " {
		t.Error(list)
	}
	retval(t, "delete", set(false, 2, "10.0.2.7", 0, 0), 0)
	retval(t, "delete again", set(false, 2, "10.0.2.7", 0, 0), -6)
	if _, err := c.IPNeighborFlush(ctx, &ip_neighbor.IPNeighborFlush{SwIfIndex: 1<<32 - 1}); err != nil {
		t.Error(err)
	}
	if got := r.cli("show ip4 neighbors"); got != "" {
		t.Error(got)
	}
	retval(t, "one", set(true, 2, "10.0.2.7", 1, 7), 0)
	retval(t, "two", set(true, 2, "10.0.2.8", 0, 8), 0)
	if _, err := c.IPNeighborReplaceBegin(ctx, &ip_neighbor.IPNeighborReplaceBegin{}); err != nil {
		t.Error(err)
	}
	r.send("b", "arp who-has 10.0.2.1 tell 10.0.2.8 8")
	if _, err := c.IPNeighborReplaceEnd(ctx, &ip_neighbor.IPNeighborReplaceEnd{}); err != nil {
		t.Error(err)
	}
	if got := r.cli("show ip4 neighbors"); strings.Contains(got, "10.0.2.7") || !strings.Contains(got, "10.0.2.8") {
		t.Error(got)
	}
}

func TestAddressesByMessages(t *testing.T) {
	r := routed(t)
	c, ctx := ipapi.NewClient(api.Direct(r.API()...)), context.Background()
	list := ""
	for d, err := range c.IPAddressDump(ctx, &ipapi.IPAddressDump{SwIfIndex: 2, IsIPv6: true}) {
		p, _ := d.Prefix.Netip()
		list += fmt.Sprint(p, err)
	}
	if list != "2001:db8:2::1/64 <nil>" {
		t.Error(list)
	}
	enable := func(swIf uint32, on bool) error {
		_, err := c.SwInterfaceIP6EnableDisable(ctx, &ipapi.SwInterfaceIP6EnableDisable{SwIfIndex: interfaceIndex(swIf), Enable: on})
		return err
	}
	retval(t, "on already", enable(2, true), -81)
	r.cli("set interface ip address del b all")
	retval(t, "on", enable(2, true), 0)
	if g, err := c.SwInterfaceIP6GetLinkLocalAddress(ctx, &ipapi.SwInterfaceIP6GetLinkLocalAddress{SwIfIndex: 2}); err != nil || netip.AddrFrom16(g.IP).String() != "fe80::aa:ff:fe00:2" {
		t.Error(g, err)
	}
	retval(t, "off", enable(2, false), 0)
	retval(t, "nobody", enable(9, true), -2)
	n := 0
	for range c.IPDump(ctx, &ipapi.IPDump{}) {
		n++
	}
	if n != 2 {
		t.Errorf("%d interfaces with IPv4", n)
	}
}

// The command waits for what another goroutine's worker receives.
func TestPingCommand(t *testing.T) {
	r := routed(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	for _, line := range []string{"ping 10.0.2.1 interval 0.2 repeat 3", "ping 2001:db8:2::1 source a repeat 3 interval 200ms size 10", "ping fe80::aa:ff:fe00:2 source b repeat 3 interval 200ms"} {
		if got := r.cli(line); !strings.HasSuffix(got, "\nStatistics: 3 sent, 3 received, 0% packet loss\n") || strings.Count(got, "icmp_seq=") != 3 {
			t.Errorf("%s: %s", line, got)
		}
	}
	if got := r.cli("ping 10.0.2.99 repeat 1 interval 1ms"); !strings.Contains(got, "1 sent, 0 received, 100% packet loss") {
		t.Error(got)
	}
	for line, want := range map[string]string{"ping": "expected an address", "ping x": "x", "ping 30.0.0.1": "no route to 30.0.0.1", "ping 10.0.9.9 source nope": `no interface "nope"`, "ping 10.0.2.1 what": "what"} {
		r.refused(line, want)
	}
}

// A client is told when its requests have been sent, and how many were answered.
func TestPingByMessages(t *testing.T) {
	r := routed(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	conn := api.Direct(r.API()...)
	events := conn.Events(ctx, new(ping.PingFinishedEvent).Desc())
	want := func(a string, repeat uint32, interval float64) error {
		_, err := ping.NewClient(conn).WantPingFinishedEvents(ctx, &ping.WantPingFinishedEvents{Address: ip_types.AddressOf(netip.MustParseAddr(a)), Repeat: repeat, Interval: interval})
		return err
	}
	retval(t, "ping", want("10.0.2.1", 3, 0.2), 0)
	if e := (<-events).(*ping.PingFinishedEvent); e.RequestCount != 3 || e.ReplyCount != 3 {
		t.Errorf("%+v", e)
	}
	retval(t, "no way", want("30.0.0.1", 3, 0.02), 0)
	if e := (<-events).(*ping.PingFinishedEvent); e.RequestCount != 0 || e.ReplyCount != 0 {
		t.Errorf("%+v", e)
	}
	retval(t, "none", want("10.0.2.1", 0, 1), api.InvalidValue)
	retval(t, "no time", want("10.0.2.1", 1, math.NaN()), api.InvalidValue)
}

// Routers are advertised by somebody else: that none are to be is true, all else is refused.
func TestNoAdvertisementsByMessages(t *testing.T) {
	r := routed(t)
	c := ip6_nd.NewClient(api.Direct(r.API()...))
	for _, x := range []struct {
		m    ip6_nd.SwInterfaceIP6ndRaConfig
		want api.Errno
	}{
		{ip6_nd.SwInterfaceIP6ndRaConfig{SwIfIndex: 1, Suppress: 1}, 0},
		{ip6_nd.SwInterfaceIP6ndRaConfig{SwIfIndex: 9, Suppress: 1}, api.InvalidSwIfIndex},
		{ip6_nd.SwInterfaceIP6ndRaConfig{SwIfIndex: 1, Suppress: 1, IsNo: true}, api.Unimplemented},
		{ip6_nd.SwInterfaceIP6ndRaConfig{SwIfIndex: 1, Lifetime: 1800}, api.Unimplemented},
	} {
		_, err := c.SwInterfaceIP6ndRaConfig(context.Background(), &x.m)
		retval(t, fmt.Sprintf("%+v", x.m), err, x.want)
	}
}

type interfaceIndex = interface_types.InterfaceIndex
