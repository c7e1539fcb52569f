package ip_test

import (
	"context"
	"testing"

	"github.com/gvpp/gvpp/api"
	arpapi "github.com/gvpp/gvpp/api/binapi/arp"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
)

// ARP is answered in others' place where the operator says so: for a range, in a table, on an interface.
func TestProxyARP(t *testing.T) {
	r := addressed(t)
	c, ctx := arpapi.NewClient(api.Direct(r.API()...)), context.Background()
	set := func(add bool, low, high byte) error {
		_, err := c.ProxyArpAddDel(ctx, &arpapi.ProxyArpAddDel{IsAdd: add, Proxy: arpapi.ProxyArp{Low: [4]byte{10, 9, 0, low}, Hi: [4]byte{10, 9, 0, high}}})
		return err
	}
	on := func(swIf uint32, enable bool) error {
		_, err := c.ProxyArpIntfcEnableDisable(ctx, &arpapi.ProxyArpIntfcEnableDisable{SwIfIndex: interfaceIndex(swIf), Enable: enable})
		return err
	}
	ask := "arp who-has 10.9.0.3 tell 10.0.1.2 12"
	retval(t, "range", set(true, 2, 9), 0)
	r.expect("not on that interface", r.send("a", ask))
	retval(t, "on", on(1, true), 0)
	r.expect("in his place", r.send("a", ask), "a: 12 arp is-at 10.9.0.3 02aa00000001 to 10.0.1.2")
	r.expect("by who has our address", r.send("a", "arp who-has 10.9.0.3 tell 10.0.1.1 12"), "a: 12 arp is-at 10.9.0.3 02aa00000001 to 10.0.1.1")
	r.expect("others, probes, and who says it is he", r.send("a", "arp who-has 10.9.0.1 tell 10.0.1.2 12", "arp who-has 10.9.0.10 tell 10.0.1.2 12", "arp who-has 10.9.0.3 tell 0.0.0.0 13",
		"arp who-has 10.9.0.3 tell 10.9.0.3 13", "arp who-has 10.9.0.3 tell 10.0.9.9 13"))
	n := 0
	for d, err := range c.ProxyArpDump(ctx, &arpapi.ProxyArpDump{}) {
		if n++; err != nil || d.Proxy.Low != [4]byte{10, 9, 0, 2} {
			t.Errorf("%+v %v", d, err)
		}
	}
	for d := range c.ProxyArpIntfcDump(ctx, &arpapi.ProxyArpIntfcDump{}) {
		if n++; d.SwIfIndex != 1 {
			t.Errorf("%+v", d)
		}
	}
	if n != 2 {
		t.Errorf("%d listed", n)
	}
	retval(t, "off", on(1, false), 0)
	r.expect("off", r.send("a", ask))
	r.cli("set arp proxy del 10.9.0.2 - 10.9.0.9\nset interface proxy-arp a\nip table add 7\nset arp proxy table-id 7 10.9.0.0 - 10.9.0.9")
	r.expect("another table's", r.send("a", ask))
	retval(t, "the wrong way", set(true, 9, 2), api.InvalidValue)
	retval(t, "none", set(false, 2, 9), api.NoSuchEntry)
	retval(t, "nobody", on(9, true), api.InvalidSwIfIndex)
	r.refused("set arp proxy table-id 8 10.9.0.0 - 10.9.0.9", "no IPv4 table 8")
}

// A request with a priority and no VLAN is answered without: the tag is not that of the interface's own frames.
func TestARPWithPriority(t *testing.T) {
	r := addressed(t)
	p := arp("arp who-has 10.0.1.1 tell 10.0.1.2 12")
	tagged := append(append(append([]byte{}, p[:12]...), 0x81, 0, 0xe0, 0), p[12:]...)
	r.mems["a"].Inject(0, tagged)
	r.expect("answered", r.step(), "a: 12 arp is-at 10.0.1.1 02aa00000001 to 10.0.1.2")
}

// An unnumbered interface routes by the addresses of another one.
func TestUnnumbered(t *testing.T) {
	r := addressed(t)
	conn, ctx := api.Direct(r.API()...), context.Background()
	c := interfaces.NewClient(conn)
	set := func(swIf, lender uint32, add bool) error {
		_, err := c.SwInterfaceSetUnnumbered(ctx, &interfaces.SwInterfaceSetUnnumbered{SwIfIndex: interfaceIndex(lender), UnnumberedSwIfIndex: interfaceIndex(swIf), IsAdd: add})
		return err
	}
	r.expect("no IP there", r.send("c", "arp who-has 10.0.2.1 tell 10.0.2.7 37"))
	retval(t, "set", set(3, 2, true), 0)
	r.expect("answers", r.send("c", "arp who-has 10.0.2.1 tell 10.0.2.7 37"), "c: 37 arp is-at 10.0.2.1 02aa00000003 to 10.0.2.7")
	r.send("a", "arp who-has 10.0.1.1 tell 10.0.1.2 12")
	r.expect("and knows him there", r.send("a", "udp 10.0.1.2:1 > 10.0.2.7:2"), "c: 37 udp 10.0.1.2:1 > 10.0.2.7:2 ttl 63")
	r.expect("forwards", r.send("c", "udp 10.0.2.7:1 > 10.0.1.2:2"), "a: 12 udp 10.0.2.7:1 > 10.0.1.2:2 ttl 63")
	r.cli("ip route add 10.0.2.8/32 via c")
	r.expect("asks by the address that it has", r.send("a", "udp 10.0.1.2:1 > 10.0.2.8:2"), "c: all arp who-has 10.0.2.8 tell 10.0.2.1")
	r.expect("others go where the network is", r.send("a", "udp 10.0.1.2:1 > 10.0.2.9:2"), "b: all arp who-has 10.0.2.9 tell 10.0.2.1")
	n := 0
	for d := range ipapi.NewClient(conn).IPUnnumberedDump(ctx, &ipapi.IPUnnumberedDump{SwIfIndex: ^interfaceIndex(0)}) {
		if n++; d.SwIfIndex != 3 || d.IPSwIfIndex != 2 {
			t.Errorf("%+v", d)
		}
	}
	if n != 1 {
		t.Errorf("%d listed", n)
	}
	r.cli("set interface ip address del b 10.0.2.1/24")
	r.expect("the address is gone", r.send("c", "arp who-has 10.0.2.1 tell 10.0.2.7 37"))
	retval(t, "of an unnumbered one", set(1, 3, true), api.InvalidValue)
	retval(t, "of itself", set(1, 1, true), api.InvalidValue)
	retval(t, "of nobody", set(1, 9, true), api.InvalidSwIfIndex)
	r.cli("set interface unnumbered del c\nset interface ip address b 10.0.2.1/24")
	r.expect("off", r.send("c", "arp who-has 10.0.2.1 tell 10.0.2.7 37"))
}
