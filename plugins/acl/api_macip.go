package acl

import (
	"context"
	"iter"

	wire "github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/acl_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/plugins/acl/macip"
)

// macipRules are rules for the plugin. A prefix that is none stays without value, for it to find.
func macipRules(list []acl_types.MacipACLRule) []macip.Rule {
	rules := make([]macip.Rule, len(list))
	for i := range list {
		m := &list[i]
		src, _ := m.SrcPrefix.Netip()
		rules[i] = macip.Rule{Action: macip.Action(m.IsPermit), Src: src, MAC: m.SrcMac, Mask: m.SrcMacMask}
	}
	return rules
}

// MacipACLAdd implements acl.Service.
func (f front) MacipACLAdd(ctx context.Context, m *wire.MacipACLAdd) (*wire.MacipACLAddReply, error) {
	index, err := f.macip.AddReplace(ctx, macip.None, m.Tag, macipRules(m.R))
	return &wire.MacipACLAddReply{ACLIndex: index}, err
}

// MacipACLAddReplace implements acl.Service.
func (f front) MacipACLAddReplace(ctx context.Context, m *wire.MacipACLAddReplace) (*wire.MacipACLAddReplaceReply, error) {
	index, err := f.macip.AddReplace(ctx, m.ACLIndex, m.Tag, macipRules(m.R))
	return &wire.MacipACLAddReplaceReply{ACLIndex: index}, err
}

// MacipACLDel implements acl.Service.
func (f front) MacipACLDel(ctx context.Context, m *wire.MacipACLDel) (*wire.MacipACLDelReply, error) {
	return nil, f.macip.Delete(ctx, m.ACLIndex)
}

// MacipACLInterfaceAddDel implements acl.Service. As in VPP what is taken off is the list that the interface has.
func (f front) MacipACLInterfaceAddDel(ctx context.Context, m *wire.MacipACLInterfaceAddDel) (*wire.MacipACLInterfaceAddDelReply, error) {
	if m.IsAdd {
		return nil, f.macip.Apply(ctx, uint32(m.SwIfIndex), m.ACLIndex)
	}
	return nil, f.macip.Unapply(ctx, uint32(m.SwIfIndex))
}

// MacipACLDump implements acl.Service. A list that is not there gives nothing.
func (f front) MacipACLDump(_ context.Context, m *wire.MacipACLDump) iter.Seq2[*wire.MacipACLDetails, error] {
	return func(yield func(*wire.MacipACLDetails, error) bool) {
		for _, l := range f.macip.Lists() {
			if m.ACLIndex != all && m.ACLIndex != l.Index {
				continue
			}
			d := &wire.MacipACLDetails{ACLIndex: l.Index, Tag: l.Tag}
			for _, r := range l.Rules {
				d.R = append(d.R, acl_types.MacipACLRule{IsPermit: acl_types.ACLAction(r.Action), SrcMac: r.MAC, SrcMacMask: r.Mask, SrcPrefix: ip_types.PrefixOf(r.Src)})
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// MacipACLInterfaceGet implements acl.Service: by sw_if_index, as far as an interface has ever had a list.
func (f front) MacipACLInterfaceGet(context.Context, *wire.MacipACLInterfaceGet) (*wire.MacipACLInterfaceGetReply, error) {
	return &wire.MacipACLInterfaceGetReply{Acls: f.macip.Applied()}, nil
}

// MacipACLInterfaceListDump implements acl.Service: all interfaces that have a list, or one, whose list may be none.
func (f front) MacipACLInterfaceListDump(_ context.Context, m *wire.MacipACLInterfaceListDump) iter.Seq2[*wire.MacipACLInterfaceListDetails, error] {
	return func(yield func(*wire.MacipACLInterfaceListDetails, error) bool) {
		for swIf, index := range f.macip.Applied() {
			if one := uint32(m.SwIfIndex); one == all && index == macip.None || one != all && one != uint32(swIf) {
				continue
			}
			if !yield(&wire.MacipACLInterfaceListDetails{SwIfIndex: interface_types.InterfaceIndex(swIf), Acls: []uint32{index}}, nil) {
				return
			}
		}
	}
}
