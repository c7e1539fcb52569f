package acl_test

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/acl_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
)

// client calls the rig's services in the same process.
func (r *rig) client() wire.Client {
	c := api.Direct(r.dp.API()...)
	r.t.Cleanup(func() { _ = c.Close() })
	return wire.NewClient(c)
}

// rule is a rule on the wire, from any to a prefix.
func rule(action acl_types.ACLAction, dst string, proto ip_types.IPProto, lo, hi uint16) acl_types.ACLRule {
	p := netip.MustParsePrefix(dst)
	src := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	if p.Addr().Is6() {
		src = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	return acl_types.ACLRule{IsPermit: action, SrcPrefix: ip_types.PrefixOf(src), DstPrefix: ip_types.PrefixOf(p), Proto: proto,
		SrcportOrIcmptypeLast: 65535, DstportOrIcmpcodeFirst: lo, DstportOrIcmpcodeLast: hi}
}

const none = ^uint32(0)

// A control plane's day: lists made, applied, replaced, dumped, taken off.
func TestMessages(t *testing.T) {
	r := newRig(t)
	c := r.client()
	rules := []acl_types.ACLRule{rule(acl_types.ACL_ACTION_API_PERMIT_REFLECT, "10.0.0.0/8", 17, 53, 53), rule(acl_types.ACL_ACTION_API_DENY, "fd00::/8", 0, 0, 65535)}
	made, err := c.ACLAddReplace(r.ctx, &wire.ACLAddReplace{ACLIndex: none, Tag: "web", R: rules})
	r.ok(err)
	other, err := c.ACLAddReplace(r.ctx, &wire.ACLAddReplace{ACLIndex: none, Tag: "none"})
	r.ok(err)
	if made.ACLIndex != 0 || other.ACLIndex != 1 {
		t.Errorf("indices %d and %d", made.ACLIndex, other.ACLIndex)
	}
	_, err = c.ACLInterfaceSetACLList(r.ctx, &wire.ACLInterfaceSetACLList{SwIfIndex: 1, NInput: 1, Acls: []uint32{0, 1}})
	r.ok(err)
	r.want("-< udp 10.0.0.2:53 > 10.0.0.1:9", "+ udp 10.0.0.1:9 > 10.0.0.2:53", "+< udp 10.0.0.2:53 > 10.0.0.1:9", "- udp 10.0.0.1:9 > 10.0.0.2:54")

	var lists []wire.ACLDetails
	for d, err := range c.ACLDump(r.ctx, &wire.ACLDump{ACLIndex: none}) {
		r.ok(err)
		lists = append(lists, *d)
	}
	if len(lists) != 2 || lists[0].Tag != "web" || !reflect.DeepEqual(lists[0].R, rules) || lists[1].ACLIndex != 1 || len(lists[1].R) != 0 {
		t.Errorf("%+v", lists)
	}
	for range c.ACLDump(r.ctx, &wire.ACLDump{ACLIndex: 7}) {
		t.Error("list 7 is dumped")
	}
	var applied []wire.ACLInterfaceListDetails
	for d, err := range c.ACLInterfaceListDump(r.ctx, &wire.ACLInterfaceListDump{SwIfIndex: ^interface_types.InterfaceIndex(0)}) {
		r.ok(err)
		applied = append(applied, *d)
	}
	if len(applied) != 2 || applied[0].SwIfIndex != 1 || applied[0].NInput != 1 || !slices.Equal(applied[0].Acls, []uint32{0, 1}) || len(applied[1].Acls) != 0 {
		t.Errorf("%+v", applied)
	}
	if _, err := c.ACLDel(r.ctx, &wire.ACLDel{ACLIndex: 1}); !errors.Is(err, api.Errno(-143)) {
		t.Errorf("in use: %v", err)
	}
	_, err = c.ACLInterfaceAddDel(r.ctx, &wire.ACLInterfaceAddDel{SwIfIndex: 1, ACLIndex: 1})
	r.ok(err)
	_, err = c.ACLDel(r.ctx, &wire.ACLDel{ACLIndex: 1})
	r.ok(err)
	r.want("+< udp 10.0.0.2:77 > 10.0.0.1:9")
}

func TestWrongMessages(t *testing.T) {
	r := newRig(t)
	c := r.client()
	add := func(change func(*acl_types.ACLRule)) error {
		l := rule(1, "10.0.0.0/8", 6, 0, 65535)
		change(&l)
		_, err := c.ACLAddReplace(r.ctx, &wire.ACLAddReplace{ACLIndex: none, R: []acl_types.ACLRule{l}})
		return err
	}
	_, list := c.ACLInterfaceSetACLList(r.ctx, &wire.ACLInterfaceSetACLList{SwIfIndex: 1, NInput: 2, Acls: []uint32{0}})
	_, mac := c.MacipACLAdd(r.ctx, &wire.MacipACLAdd{R: []acl_types.MacipACLRule{{IsPermit: 2}}})
	for what, c := range map[string]struct {
		err  error
		want api.Errno
	}{
		"length 33": {add(func(l *acl_types.ACLRule) { l.SrcPrefix.Len = 33 }), -57},
		"family 2":  {add(func(l *acl_types.ACLRule) { l.DstPrefix.Address.Af = 2 }), -58},
		"families":  {add(func(l *acl_types.ACLRule) { l.SrcPrefix.Address.Af = 1 }), -57},
		"n_input":   {list, -7},
		"MAC lists": {mac, -7},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", what, c.err, c.want)
		}
	}
	if n := len(r.acl.Lists()); n != 0 {
		t.Errorf("%d lists", n)
	}
}
