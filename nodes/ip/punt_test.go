package ip_test

import (
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/binapi/punt"
)

// What is for this host goes where it is redirected to: by who has received it, or else as for all; with a header of its own, and held
// until a neighbour is found.
func TestPuntRedirect(t *testing.T) {
	r := routed(t)
	before := r.IP().Sizes()
	toUs, toUs6 := "udp 10.0.1.2:9 > 10.0.1.1:53", "udp [2001:db8:1::2]:9 > [2001:db8:1::1]:53"
	r.cli("ip punt redirect add rx a via 10.0.2.2 b\nip punt redirect rx all via 10.0.3.2 c\nip6 punt redirect rx a via 2001:db8:3::2 c")
	syn := "tcp 10.0.2.2:9 > 10.0.1.1:22 [S]"
	r.expect("of a", r.send("a", toUs), "b: 22 "+toUs+" ttl 63")
	r.expect("of another", r.send("b", syn), "c: 32 "+syn+" ttl 63")
	r.expect("IPv6", r.send("a", toUs6), "c: 32 "+toUs6+" ttl 63")
	if got, want := r.cli("show ip punt redirect\nshow ip6 punt redirect"), " rx a via:\n  10.0.2.2 b\n rx all interfaces via:\n  10.0.3.2 c\n rx a via:\n  2001:db8:3::2 c\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.counted("ip4-punt-redirect: packets redirected", 2)
	r.cli("ip punt redirect rx a via c") // replaces: whoever it is for is on that link
	r.cli("ip punt redirect del rx a\nip punt redirect del rx all\nip6 punt redirect del rx a")
	if got := r.IP().Sizes(); got != before {
		t.Errorf("%+v are left, of %+v", got, before)
	}
	r.refused("ip punt redirect del rx a", "there is none")
	r.refused("ip punt redirect rx a via 10.0.2.2", "next hops on interfaces")
	r.refused("ip punt redirect rx a via drop", "next hops on interfaces")
	r.expect("not redirected", r.send("c", "tcp 10.0.3.2:9 > 10.0.1.1:22 [S]"))
	r.counted("ip4-punt-end: for this host, which takes no such packets", 1)
}

// An interface that is removed takes its redirections along; one that they lead to leaves packets without a way.
func TestPuntRedirectOfRemoved(t *testing.T) {
	r := routed(t)
	r.cli("ip punt redirect rx a via 10.0.2.2 b\nip punt redirect rx c via 10.0.2.2 b\nip6 punt redirect rx c via 2001:db8:2::2 b\ndelete interface c\ndelete interface b")
	for v6, want := range map[bool]int{false: 1, true: 0} {
		if got := len(r.IP().PuntRedirects(v6)); got != want {
			t.Errorf("%d redirections, want %d", got, want)
		}
	}
	r.expect("without a way", r.send("a", "udp 10.0.1.2:9 > 10.0.1.1:53"))
	r.cli("ip punt redirect del rx a")
}

func TestPuntMessages(t *testing.T) {
	r := routed(t)
	direct := api.Direct(r.API()...)
	defer direct.Close()
	c, ctx := ipapi.NewClient(direct), t.Context()
	old := ipapi.PuntRedirect{RxSwIfIndex: 1, TxSwIfIndex: 2}
	old.Nh.Un.SetIP4([4]byte{10, 0, 2, 2})
	if _, err := c.IPPuntRedirect(ctx, &ipapi.IPPuntRedirect{Punt: old, IsAdd: true}); err != nil {
		t.Error(err)
	}
	link := ipapi.PuntRedirect{RxSwIfIndex: interface_types.InterfaceIndex(^uint32(0)), TxSwIfIndex: 3}
	if _, err := c.IPPuntRedirect(ctx, &ipapi.IPPuntRedirect{Punt: link, IsAdd: true}); err != nil {
		t.Error(err)
	}
	var got []ipapi.PuntRedirect
	for d, err := range c.IPPuntRedirectDump(ctx, &ipapi.IPPuntRedirectDump{SwIfIndex: interface_types.InterfaceIndex(^uint32(0))}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.Punt)
	}
	if len(got) != 2 || got[0] != old || got[1] != link {
		t.Errorf("%+v, want %+v and %+v", got, old, link)
	}
	for d, err := range c.IPPuntRedirectV2Dump(ctx, &ipapi.IPPuntRedirectV2Dump{SwIfIndex: 1}) {
		if err != nil || len(d.Punt.Paths) != 1 || d.Punt.Paths[0].SwIfIndex != 2 {
			t.Errorf("%+v, %v", d, err)
		}
		add := &ipapi.AddDelIPPuntRedirectV2{IsAdd: true, Punt: d.Punt}
		add.Punt.RxSwIfIndex = 2
		if _, err := c.AddDelIPPuntRedirectV2(ctx, add); err != nil {
			t.Error(err)
		}
	}
	r.expect("of b", r.send("b", "udp 10.0.2.2:9 > 10.0.1.1:53"), "b: 22 udp 10.0.2.2:9 > 10.0.1.1:53 ttl 63")
	old.RxSwIfIndex = 9
	if _, err := c.IPPuntRedirect(ctx, &ipapi.IPPuntRedirect{Punt: old, IsAdd: true}); api.ErrnoOf(err) != api.InvalidSwIfIndex {
		t.Error(err)
	}
	if _, err := c.AddDelIPPuntRedirectV2(ctx, &ipapi.AddDelIPPuntRedirectV2{Punt: ipapi.PuntRedirectV2{RxSwIfIndex: 3}}); api.ErrnoOf(err) != api.NoSuchEntry {
		t.Error(err)
	}
}

// A port whose packets are punted is no port that nobody listens at.
func TestSetPunt(t *testing.T) {
	r := routed(t)
	direct := api.Direct(r.API()...)
	defer direct.Close()
	c, ctx := punt.NewClient(direct), t.Context()
	m := &punt.SetPunt{IsAdd: true}
	m.Punt.Punt.SetL4(punt.PuntL4{Protocol: ip_types.IP_API_PROTO_UDP, Port: 53})
	toUs := "udp 10.0.1.2:9 > 10.0.1.1:53"
	for _, on := range []bool{true, false} {
		m.IsAdd = on
		if _, err := c.SetPunt(ctx, m); err != nil {
			t.Error(err)
		}
		if got := len(r.send("a", toUs)); (got == 0) != on {
			t.Errorf("punted %v: %d answers", on, got)
		}
	}
	m.Punt.Punt.SetL4(punt.PuntL4{Protocol: ip_types.IP_API_PROTO_TCP, Port: 53})
	if _, err := c.SetPunt(ctx, m); api.ErrnoOf(err) != api.Unimplemented {
		t.Error(err)
	}
}
