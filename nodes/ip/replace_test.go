package ip_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/fib_types"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
)

// Between begin and end all addresses are said again; one that is said for another interface moves there.
func TestAddressesReplaced(t *testing.T) {
	r := routed(t)
	c, ctx := interfaces.NewClient(api.Direct(r.API()...)), context.Background()
	begin := func() {
		_, err := c.SwInterfaceAddressReplaceBegin(ctx, &interfaces.SwInterfaceAddressReplaceBegin{})
		retval(t, "begin", err, 0)
	}
	end := func(want string) {
		t.Helper()
		_, err := c.SwInterfaceAddressReplaceEnd(ctx, &interfaces.SwInterfaceAddressReplaceEnd{})
		retval(t, "end", err, 0)
		got := ""
		for i := uint32(1); i < 4; i++ {
			got += fmt.Sprint(r.IP().Addresses(i))
		}
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	begin()
	r.expect("meanwhile", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
	r.cli("set interface ip address a 10.0.1.1/24\nset interface ip address b 10.0.3.1/24\nset interface ip address c 10.0.2.1/25\nset interface ip address b 2001:db8:7::1/64")
	r.refused("set interface ip address c 10.0.1.1/24", "conflicts")
	end("[10.0.1.1/24][10.0.3.1/24 2001:db8:7::1/64][10.0.2.1/25]")
	end("[10.0.1.1/24][10.0.3.1/24 2001:db8:7::1/64][10.0.2.1/25]")
	begin()
	end("[][][]")
}

func TestRoutesReplaced(t *testing.T) {
	r := routed(t)
	c, ctx := ipapi.NewClient(api.Direct(r.API()...)), context.Background()
	begin := func(table uint32) error {
		_, err := c.IPTableReplaceBegin(ctx, &ipapi.IPTableReplaceBegin{Table: ipapi.IPTable{TableID: table}})
		return err
	}
	end := func(table uint32) error {
		_, err := c.IPTableReplaceEnd(ctx, &ipapi.IPTableReplaceEnd{Table: ipapi.IPTable{TableID: table}})
		return err
	}
	there := func(want string) {
		t.Helper()
		got := ""
		for d := range c.IPRouteDump(ctx, &ipapi.IPRouteDump{}) {
			if p, _ := d.Route.Prefix.Netip(); p.Addr().As4()[0] == 20 {
				got += p.String() + " "
			}
		}
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	r.cli("ip route add 20.0.0.0/16 via 10.0.2.2 b\nip route add 20.1.0.0/16 via 10.0.2.2 b\nip route add 20.2.0.0/16 via 10.0.2.2 b")
	retval(t, "begin", begin(0), 0)
	r.cli("ip route add 20.1.0.0/16 via 10.0.2.2 b\nip route add 20.3.0.0/16 via 10.0.2.2 b")
	there("20.0.0.0/16 20.1.0.0/16 20.2.0.0/16 20.3.0.0/16 ")
	retval(t, "end", end(0), 0)
	there("20.1.0.0/16 20.3.0.0/16 ")
	retval(t, "end without begin", end(0), 0)
	there("20.1.0.0/16 20.3.0.0/16 ")
	r.expect("the interfaces' are there", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 ttl 63")
	retval(t, "no table", begin(7), -3)
	retval(t, "no table", end(7), -3)
}

func TestDirectedBroadcast(t *testing.T) {
	r := routed(t)
	c, udp := interfaces.NewClient(api.Direct(r.API()...)), "udp 10.0.1.2:1 > 10.0.2.255:2"
	set := func(swIf uint32, on bool) error {
		_, err := c.SwInterfaceSetIPDirectedBroadcast(context.Background(), &interfaces.SwInterfaceSetIPDirectedBroadcast{SwIfIndex: interfaceIndex(swIf), Enable: on})
		return err
	}
	r.expect("not", r.send("a", udp))
	retval(t, "on", set(2, true), 0)
	r.expect("to all", r.send("a", udp), "b: all "+udp+" ttl 63")
	r.expect("the network's address", r.send("a", "udp 10.0.1.2:1 > 10.0.2.0:2"))
	retval(t, "off", set(2, false), 0)
	r.expect("not any more", r.send("a", udp))
	r.cli("set interface ip directed-broadcast b\nset interface state b down")
	r.expect("down", r.send("a", udp))
	retval(t, "nobody", set(9, true), -2)
	r.refused("ip route add 20.0.0.0/8 via 255.255.255.255 b", "want a host's address")
}

// Routes that lead to a lookup of the source, or in the table of another interface.
func TestLookupRoutes(t *testing.T) {
	r := routed(t)
	c := ipapi.NewClient(api.Direct(r.API()...))
	add := func(p string, path fib_types.FibPath) {
		t.Helper()
		_, err := c.IPRouteAddDel(context.Background(), &ipapi.IPRouteAddDel{IsAdd: true, Route: ipapi.IPRoute{Prefix: prefix(p), Paths: []fib_types.FibPath{path}}})
		retval(t, p, err, 0)
	}
	r.cli("ip table add 7\nip table add 8\nip6 table add 7\nset interface ip address del c all\nset interface ip table c 8\nset interface ip address c 10.0.3.1/24")
	add("20.0.0.0/8", fib_types.FibPath{Type: fib_types.FIB_API_PATH_TYPE_SOURCE_LOOKUP, TableID: 7, SwIfIndex: ^uint32(0)})
	add("21.0.0.0/8", fib_types.FibPath{Type: fib_types.FIB_API_PATH_TYPE_INTERFACE_RX, SwIfIndex: 3})
	add("2001:db8:20::/48", fib_types.FibPath{Type: fib_types.FIB_API_PATH_TYPE_SOURCE_LOOKUP, TableID: 7, SwIfIndex: ^uint32(0), Proto: fib_types.FIB_API_PATH_NH_PROTO_IP6})
	both := []string{"udp 10.0.1.2:1 > 20.0.0.1:2", "udp 10.0.1.2:1 > 21.0.0.1:2", "udp [2001:db8:1::2]:1 > [2001:db8:20::1]:2"}
	r.expect("no way", r.send("a", both...))
	r.cli("ip route add table 7 10.0.1.2/32 via 10.0.2.2 b\nip route add table 8 21.0.0.1/32 via 10.0.2.2 b\nip route add table 7 2001:db8:1::2/128 via 2001:db8:2::2 b")
	r.expect("ways", r.send("a", both...), "b: 22 "+both[0]+" ttl 63", "b: 22 "+both[1]+" ttl 63", "b: 22 "+both[2]+" ttl 63")
	r.cli("set interface ip address del c all\nset interface ip table c 0\nset interface ip address c 10.0.3.1/24")
	r.expect("round and round", r.send("a", both[1]))
	r.counted("ip4-drop: no route, or one that drops", 3)
	for d := range c.IPRouteDump(context.Background(), &ipapi.IPRouteDump{}) {
		if d.Route.Prefix == prefix("21.0.0.0/8") && (d.Route.Paths[0].Type != fib_types.FIB_API_PATH_TYPE_INTERFACE_RX || d.Route.Paths[0].SwIfIndex != 3) {
			t.Errorf("%+v", d)
		}
	}
}
