package gvpp_test

import (
	"context"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/l2"
)

// describe is what the API says of an interface.
func describe(t *testing.T, c interfaces.Client, swIf interface_types.InterfaceIndex) *interfaces.SwInterfaceDetails {
	t.Helper()
	for d, err := range c.SwInterfaceDump(context.Background(), &interfaces.SwInterfaceDump{SwIfIndex: swIf}) {
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	t.Fatalf("no interface %d", swIf)
	return nil
}

func TestSubInterfaceAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	c, ctx := interfaces.NewClient(api.Direct(r.API()...)), context.Background()
	vlan := func(parent interface_types.InterfaceIndex, id uint32, want api.Errno) interface_types.InterfaceIndex {
		t.Helper()
		got, err := c.CreateVlanSubif(ctx, &interfaces.CreateVlanSubif{SwIfIndex: parent, VlanID: id})
		retval(t, "create_vlan_subif", err, want)
		return got.SwIfIndex
	}
	first := vlan(1, 100, 0)
	for _, refused := range []struct {
		parent interface_types.InterfaceIndex
		id     uint32
		want   api.Errno
	}{{1, 100, -56}, {1, 0, -55}, {1, 4096, -55}, {9, 5, -2}, {first, 5, -2}} {
		if got := vlan(refused.parent, refused.id, refused.want); got != ^interface_types.InterfaceIndex(0) {
			t.Errorf("%+v: %d", refused, got)
		}
	}
	if d := describe(t, c, first); d.InterfaceName != "a.100" || d.SupSwIfIndex != 1 || d.Type != interface_types.IF_API_TYPE_SUB || d.SubID != 100 ||
		d.SubNumberOfTags != 1 || d.SubOuterVlanID != 100 || d.SubIfFlags != interface_types.SUB_IF_API_FLAG_ONE_TAG|interface_types.SUB_IF_API_FLAG_EXACT_MATCH || d.Flags&1 != 0 {
		t.Errorf("%+v", d)
	}
	sub := func(m *interfaces.CreateSubif, want api.Errno) interface_types.InterfaceIndex {
		t.Helper()
		m.SwIfIndex = 1
		got, err := c.CreateSubif(ctx, m)
		retval(t, "create_subif", err, want)
		return got.SwIfIndex
	}
	const one, two, ad, exact, other, outerAny, innerAny = 2, 4, 8, 16, 32, 64, 128
	qinq := sub(&interfaces.CreateSubif{SubID: 7, SubIfFlags: two | ad | exact, OuterVlanID: 300, InnerVlanID: 400}, 0)
	sub(&interfaces.CreateSubif{SubID: 8, SubIfFlags: two | ad, OuterVlanID: 300, InnerVlanID: 400}, -56)
	sub(&interfaces.CreateSubif{SubID: 7, SubIfFlags: one, OuterVlanID: 5}, -68)
	sub(&interfaces.CreateSubif{SubID: 8, SubIfFlags: one | outerAny}, api.Unimplemented)
	sub(&interfaces.CreateSubif{SubID: 9, SubIfFlags: two | innerAny, OuterVlanID: 300}, 0)
	sub(&interfaces.CreateSubif{SubID: 10, SubIfFlags: other}, 0)
	if d := describe(t, c, qinq); d.SubIfFlags != two|ad|exact || d.SubNumberOfTags != 2 || d.SubInnerVlanID != 400 || d.SubOuterVlanID != 300 {
		t.Errorf("%+v", d)
	}
	rewrite := func(m *l2.L2InterfaceVlanTagRewrite, want api.Errno) {
		t.Helper()
		_, err := l2.NewClient(api.Direct(r.API()...)).L2InterfaceVlanTagRewrite(ctx, m)
		retval(t, "l2_interface_vlan_tag_rewrite", err, want)
	}
	rewrite(&l2.L2InterfaceVlanTagRewrite{SwIfIndex: qinq, VtrOp: 4}, 0)
	rewrite(&l2.L2InterfaceVlanTagRewrite{SwIfIndex: first, VtrOp: 4}, -72)
	rewrite(&l2.L2InterfaceVlanTagRewrite{SwIfIndex: first, VtrOp: 9}, api.InvalidValue)
	rewrite(&l2.L2InterfaceVlanTagRewrite{SwIfIndex: first, VtrOp: 1, Tag1: 4096}, api.InvalidValue)
	rewrite(&l2.L2InterfaceVlanTagRewrite{SwIfIndex: 99, VtrOp: 0}, -2)
	rewrite(&l2.L2InterfaceVlanTagRewrite{SwIfIndex: first, VtrOp: 6, PushDot1q: 1, Tag1: 5, Tag2: 6}, 0)
	if d := describe(t, c, first); d.VtrOp != 6 || d.VtrPushDot1q != 1 || d.VtrTag1 != 5 || d.VtrTag2 != 6 {
		t.Errorf("%+v", d)
	}
	if d := describe(t, c, qinq); d.VtrOp != 4 {
		t.Errorf("%+v", d)
	}
	for swIf, want := range map[interface_types.InterfaceIndex]api.Errno{1: -98, 99: -2, first: 0} {
		_, err := c.DeleteSubif(ctx, &interfaces.DeleteSubif{SwIfIndex: swIf})
		retval(t, "delete_subif", err, want)
	}
}

func TestLinkAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	c, ctx := interfaces.NewClient(api.Direct(r.API()...)), context.Background()
	loop, err := c.CreateLoopback(ctx, &interfaces.CreateLoopback{})
	if err != nil {
		t.Fatal(err)
	}
	mac := func(swIf interface_types.InterfaceIndex, last byte, want api.Errno) {
		t.Helper()
		_, err := c.SwInterfaceSetMacAddress(ctx, &interfaces.SwInterfaceSetMacAddress{SwIfIndex: swIf, MacAddress: [6]byte{2, 0, 0, 0, 0, last}})
		retval(t, "sw_interface_set_mac_address", err, want)
	}
	mac(loop.SwIfIndex, 7, 0)
	mac(99, 7, -2)
	if m, err := c.SwInterfaceGetMacAddress(ctx, &interfaces.SwInterfaceGetMacAddress{SwIfIndex: loop.SwIfIndex}); err != nil || m.MacAddress[5] != 7 {
		t.Errorf("%v, %v", m, err)
	}
	sub, err := c.CreateVlanSubif(ctx, &interfaces.CreateVlanSubif{SwIfIndex: loop.SwIfIndex, VlanID: 5})
	retval(t, "create_vlan_subif", err, 0)
	mac(sub.SwIfIndex, 8, api.Unimplemented)
	set := func(swIf interface_types.InterfaceIndex, mtu [4]uint32, want api.Errno) {
		t.Helper()
		_, err := c.SwInterfaceSetMtu(ctx, &interfaces.SwInterfaceSetMtu{SwIfIndex: swIf, Mtu: mtu})
		retval(t, "sw_interface_set_mtu", err, want)
	}
	set(sub.SwIfIndex, [4]uint32{1400, 0, 1300, 0}, 0)
	set(99, [4]uint32{}, -2)
	set(sub.SwIfIndex, [4]uint32{5}, api.InvalidValue)
	if d := describe(t, c, sub.SwIfIndex); d.Mtu != [4]uint32{1400, 0, 1300, 0} || d.LinkMtu < 1500 {
		t.Errorf("%+v", d)
	}
	hw := func(swIf interface_types.InterfaceIndex, mtu uint16, want api.Errno) {
		t.Helper()
		_, err := c.HwInterfaceSetMtu(ctx, &interfaces.HwInterfaceSetMtu{SwIfIndex: swIf, Mtu: mtu})
		retval(t, "hw_interface_set_mtu", err, want)
	}
	hw(loop.SwIfIndex, 1500, 0)
	hw(loop.SwIfIndex, 60000, api.InvalidValue)
	hw(sub.SwIfIndex, 1500, api.InvalidValue)
	if d := describe(t, c, loop.SwIfIndex); d.Mtu[0] != 1500 || d.LinkMtu != 1500 {
		t.Errorf("%+v", d)
	}
}
