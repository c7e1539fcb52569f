package acl_test

import (
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/acl_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
)

// A control plane's day with MACIP lists.
func TestMacipMessages(t *testing.T) {
	r := newRig(t)
	c := r.client()
	one := []acl_types.MacipACLRule{{IsPermit: acl_types.ACL_ACTION_API_PERMIT, SrcMac: [6]byte{2}, SrcMacMask: [6]byte{0xff}, SrcPrefix: ip_types.PrefixOf(netip.MustParsePrefix("10.0.0.1/32"))}}
	made, err := c.MacipACLAdd(r.ctx, &wire.MacipACLAdd{Tag: "hosts", R: one})
	r.ok(err)
	other, err := c.MacipACLAddReplace(r.ctx, &wire.MacipACLAddReplace{ACLIndex: none, R: one})
	r.ok(err)
	if made.ACLIndex != 0 || other.ACLIndex != 1 {
		t.Errorf("indices %d and %d", made.ACLIndex, other.ACLIndex)
	}
	_, err = c.MacipACLInterfaceAddDel(r.ctx, &wire.MacipACLInterfaceAddDel{IsAdd: true, SwIfIndex: 1, ACLIndex: 1})
	r.ok(err)
	r.want("+ udp 10.0.0.1:1 > 1.0.0.1:9", "- udp 10.0.0.2:1 > 1.0.0.1:9", "+< udp 10.0.0.2:1 > 1.0.0.1:9")
	two := []acl_types.MacipACLRule{{IsPermit: acl_types.ACL_ACTION_API_PERMIT, SrcPrefix: ip_types.PrefixOf(netip.MustParsePrefix("10.0.0.2/32"))}}
	_, err = c.MacipACLAddReplace(r.ctx, &wire.MacipACLAddReplace{ACLIndex: 1, Tag: "new", R: two})
	r.ok(err)
	r.want("- udp 10.0.0.1:1 > 1.0.0.1:9", "+ udp 10.0.0.2:1 > 1.0.0.1:9")

	var lists []wire.MacipACLDetails
	for d, err := range c.MacipACLDump(r.ctx, &wire.MacipACLDump{ACLIndex: none}) {
		r.ok(err)
		lists = append(lists, *d)
	}
	if len(lists) != 2 || lists[0].Tag != "hosts" || !reflect.DeepEqual(lists[0].R, one) || lists[1].Tag != "new" || !reflect.DeepEqual(lists[1].R, two) {
		t.Errorf("%+v", lists)
	}
	got, err := c.MacipACLInterfaceGet(r.ctx, &wire.MacipACLInterfaceGet{})
	r.ok(err)
	if !reflect.DeepEqual(got.Acls, []uint32{none, 1}) {
		t.Errorf("%+v", got)
	}
	for swIf, want := range map[uint32]int{none: 1, 1: 1, 0: 1, 2: 0} { // one that is asked for by its number may have none
		n := 0
		for d, err := range c.MacipACLInterfaceListDump(r.ctx, &wire.MacipACLInterfaceListDump{SwIfIndex: interface_types.InterfaceIndex(swIf)}) {
			r.ok(err)
			if n++; len(d.Acls) != 1 || (d.Acls[0] == 1) != (d.SwIfIndex == 1) {
				t.Errorf("%+v", d)
			}
		}
		if n != want {
			t.Errorf("sw_if_index %d: %d details", swIf, n)
		}
	}
	_, err = c.MacipACLDel(r.ctx, &wire.MacipACLDel{ACLIndex: 1}) // from under the interface, as in VPP
	r.ok(err)
	r.want("+ udp 10.0.0.1:1 > 1.0.0.1:9")
	if _, err = c.MacipACLInterfaceAddDel(r.ctx, &wire.MacipACLInterfaceAddDel{SwIfIndex: 1}); !errors.Is(err, api.NoSuchEntry) {
		t.Errorf("%v", err)
	}
}
