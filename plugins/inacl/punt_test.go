package inacl_test

import (
	"errors"
	"testing"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/classify"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/inacl"
)

// A punt ACL is asked about what is for this host, by interfaces of then and later, and about nothing else. What passes is answered here:
// nobody listens.
func TestPunt(t *testing.T) {
	p := inacl.New()
	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{p}, Interfaces: []string{"a"}})
	c := wire.NewClient(h.API())
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a := h.Interface("a")
	h.Exec("set interface mac address a 02:00:00:00:00:02\nset interface ip address a 10.0.0.254/24\nset ip neighbor a 10.0.0.1 02:00:00:00:00:01")
	table, err := p.Add(t.Context(), inacl.Table{Mask: vectors(t, beforeSrc+full), Next: inacl.None, Deny: true, Current: true})
	ok(err)
	_, err = c.PuntACLAddDel(t.Context(), &wire.PuntACLAddDel{IP4TableIndex: table, IP6TableIndex: inacl.None, IsAdd: true})
	ok(err)
	got, err := c.PuntACLGet(t.Context(), &wire.PuntACLGet{})
	ok(err)
	if got.IP4TableIndex != table || got.IP6TableIndex != inacl.None {
		t.Errorf("%+v", got)
	}
	const denied, allowed, ping = "udp 10.0.0.1:1 > 10.0.0.254:99", "udp 10.0.0.2:1 > 10.0.0.254:99", "icmp 10.0.0.1 > 10.0.0.254"
	ok(p.AddSession(t.Context(), table, vectors(t, beforeSrc+"0a000002"), false, 0))
	h.Exec("set ip neighbor a 10.0.0.2 02:00:00:00:00:01")
	h.SendAndAssertNoReplies(a, gvpptest.Lines(denied))
	h.SendAndExpect(a, gvpptest.Lines(allowed), a)
	h.SendAndExpect(a, gvpptest.Lines(ping), a) // wanted here
	h.ExpectCounter("ip4-punt-acl", "punt ACL table-miss drops", 1)
	h.ExpectCounter("ip4-punt-acl", "punt ACL hits", 1)
	later := h.PG(1)[0]
	h.Exec("set interface state pg0 up\nset interface mac address pg0 02:00:00:00:00:02\nset interface ip address pg0 10.0.1.254/24\nset ip neighbor pg0 10.0.1.1 02:00:00:00:00:01")
	h.SendAndAssertNoReplies(later, gvpptest.Lines("udp 10.0.1.1:1 > 10.0.1.254:99"))
	h.ExpectCounter("ip4-punt-acl", "punt ACL table-miss drops", 2)
	_, err = c.PuntACLAddDel(t.Context(), &wire.PuntACLAddDel{IP4TableIndex: table, IP6TableIndex: inacl.None})
	ok(err)
	h.SendAndExpect(a, gvpptest.Lines(denied), a)
	if got, err = c.PuntACLGet(t.Context(), &wire.PuntACLGet{}); err != nil || got.IP4TableIndex != inacl.None {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err = c.PuntACLAddDel(t.Context(), &wire.PuntACLAddDel{IP4TableIndex: 9, IP6TableIndex: inacl.None, IsAdd: true}); !errors.Is(err, api.Errno(-65)) {
		t.Errorf("%v", err)
	}
	if err := p.Set(t.Context(), inacl.Punt, 1, [3]uint32{table, inacl.None, inacl.None}, true); api.ErrnoOf(err) != api.InvalidValue {
		t.Errorf("%v", err)
	}
}
