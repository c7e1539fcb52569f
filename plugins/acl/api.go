package acl

import (
	"context"
	"fmt"
	"iter"
	"os"
	"slices"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/acl_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/nodes/classify"
)

// front serves VPP's messages by the plugin's operations.
type front struct {
	wire.Unimplemented
	*Plugin
}

// all is an index that means every list, or every interface.
const all = ^uint32(0)

// ACLPluginGetVersion implements acl.Service: the version of the messages, which is VPP's.
func (front) ACLPluginGetVersion(context.Context, *wire.ACLPluginGetVersion) (*wire.ACLPluginGetVersionReply, error) {
	return &wire.ACLPluginGetVersionReply{Major: 1, Minor: 4}, nil
}

// ACLPluginControlPing implements acl.Service.
func (front) ACLPluginControlPing(context.Context, *wire.ACLPluginControlPing) (*wire.ACLPluginControlPingReply, error) {
	return &wire.ACLPluginControlPingReply{VpePID: uint32(os.Getpid())}, nil
}

// ACLPluginUseHashLookupGet implements acl.Service: rules are always found by hash.
func (front) ACLPluginUseHashLookupGet(context.Context, *wire.ACLPluginUseHashLookupGet) (*wire.ACLPluginUseHashLookupGetReply, error) {
	return &wire.ACLPluginUseHashLookupGetReply{Enable: true}, nil
}

// ACLAddReplace implements acl.Service.
func (f front) ACLAddReplace(ctx context.Context, m *wire.ACLAddReplace) (*wire.ACLAddReplaceReply, error) {
	rules := make([]Rule, len(m.R))
	for i := range m.R {
		rules[i] = ruleOf(&m.R[i])
	}
	index, err := f.AddReplace(ctx, m.ACLIndex, m.Tag, rules)
	return &wire.ACLAddReplaceReply{ACLIndex: index}, err
}

// ruleOf is a rule for the plugin. A prefix that is none stays without value, for check to find.
func ruleOf(m *acl_types.ACLRule) Rule {
	src, _ := m.SrcPrefix.Netip()
	dst, _ := m.DstPrefix.Netip()
	return Rule{
		Action: Action(m.IsPermit), Src: src, Dst: dst, Proto: uint8(m.Proto),
		Src4:    Range{m.SrcportOrIcmptypeFirst, m.SrcportOrIcmptypeLast},
		Dst4:    Range{m.DstportOrIcmpcodeFirst, m.DstportOrIcmpcodeLast},
		TCPMask: m.TCPFlagsMask, TCPValue: m.TCPFlagsValue,
	}
}

func (r *Rule) wire() acl_types.ACLRule {
	return acl_types.ACLRule{
		IsPermit: acl_types.ACLAction(r.Action), SrcPrefix: ip_types.PrefixOf(r.Src), DstPrefix: ip_types.PrefixOf(r.Dst), Proto: ip_types.IPProto(r.Proto),
		SrcportOrIcmptypeFirst: r.Src4.First, SrcportOrIcmptypeLast: r.Src4.Last,
		DstportOrIcmpcodeFirst: r.Dst4.First, DstportOrIcmpcodeLast: r.Dst4.Last,
		TCPFlagsMask: r.TCPMask, TCPFlagsValue: r.TCPValue,
	}
}

// ACLDel implements acl.Service.
func (f front) ACLDel(_ context.Context, m *wire.ACLDel) (*wire.ACLDelReply, error) {
	return &wire.ACLDelReply{}, f.Delete(m.ACLIndex)
}

// ACLInterfaceAddDel implements acl.Service.
func (f front) ACLInterfaceAddDel(ctx context.Context, m *wire.ACLInterfaceAddDel) (*wire.ACLInterfaceAddDelReply, error) {
	d := classify.Out
	if m.IsInput {
		d = classify.In
	}
	return &wire.ACLInterfaceAddDelReply{}, f.ApplyOne(ctx, uint32(m.SwIfIndex), m.ACLIndex, d, m.IsAdd)
}

// ACLInterfaceSetACLList implements acl.Service.
func (f front) ACLInterfaceSetACLList(ctx context.Context, m *wire.ACLInterfaceSetACLList) (*wire.ACLInterfaceSetACLListReply, error) {
	if int(m.NInput) > len(m.Acls) {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("acl: n_input is %d, of %d lists: want no more than there are", m.NInput, len(m.Acls)))
	}
	return &wire.ACLInterfaceSetACLListReply{}, f.Apply(ctx, uint32(m.SwIfIndex), m.Acls[:m.NInput], m.Acls[m.NInput:])
}

// ACLDump implements acl.Service. A list that is not there gives nothing.
func (f front) ACLDump(_ context.Context, m *wire.ACLDump) iter.Seq2[*wire.ACLDetails, error] {
	return func(yield func(*wire.ACLDetails, error) bool) {
		for _, l := range f.Lists() {
			if m.ACLIndex != all && m.ACLIndex != l.Index {
				continue
			}
			d := &wire.ACLDetails{ACLIndex: l.Index, Tag: l.Tag}
			for i := range l.Rules {
				d.R = append(d.R, l.Rules[i].wire())
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// ACLInterfaceListDump implements acl.Service: all interfaces, those without lists too, or one.
func (f front) ACLInterfaceListDump(_ context.Context, m *wire.ACLInterfaceListDump) iter.Seq2[*wire.ACLInterfaceListDetails, error] {
	return func(yield func(*wire.ACLInterfaceListDetails, error) bool) {
		for _, name := range f.dp.InterfaceNames() {
			swIf, err := f.dp.Interface(name)
			if err != nil || uint32(m.SwIfIndex) != all && uint32(m.SwIfIndex) != swIf {
				continue
			}
			a := f.Applied(swIf)
			d := &wire.ACLInterfaceListDetails{SwIfIndex: interface_types.InterfaceIndex(swIf), NInput: uint8(len(a.In)), Acls: append(append([]uint32{}, a.In...), a.Out...)}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// ACLStatsIntfCountersEnable implements acl.Service.
func (f front) ACLStatsIntfCountersEnable(_ context.Context, m *wire.ACLStatsIntfCountersEnable) (*wire.ACLStatsIntfCountersEnableReply, error) {
	f.EnableCounters(m.Enable)
	return &wire.ACLStatsIntfCountersEnableReply{}, nil
}

// ACLInterfaceSetEtypeWhitelist implements acl.Service.
func (f front) ACLInterfaceSetEtypeWhitelist(ctx context.Context, m *wire.ACLInterfaceSetEtypeWhitelist) (*wire.ACLInterfaceSetEtypeWhitelistReply, error) {
	if int(m.NInput) > len(m.Whitelist) {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("acl: n_input is %d, of %d ethertypes: want no more than there are", m.NInput, len(m.Whitelist)))
	}
	return nil, f.SetEtypes(ctx, uint32(m.SwIfIndex), m.Whitelist[:m.NInput], m.Whitelist[m.NInput:])
}

// ACLInterfaceEtypeWhitelistDump implements acl.Service: interfaces that have ethertypes, or one that does.
func (f front) ACLInterfaceEtypeWhitelistDump(_ context.Context, m *wire.ACLInterfaceEtypeWhitelistDump) iter.Seq2[*wire.ACLInterfaceEtypeWhitelistDetails, error] {
	return func(yield func(*wire.ACLInterfaceEtypeWhitelistDetails, error) bool) {
		for _, name := range f.dp.InterfaceNames() {
			swIf, err := f.dp.Interface(name)
			if err != nil || uint32(m.SwIfIndex) != all && uint32(m.SwIfIndex) != swIf {
				continue
			}
			in, out := f.Etypes(swIf)
			if len(in)+len(out) == 0 {
				continue
			}
			d := &wire.ACLInterfaceEtypeWhitelistDetails{SwIfIndex: interface_types.InterfaceIndex(swIf), NInput: uint8(len(in)), Whitelist: slices.Concat(in, out)}
			if !yield(d, nil) {
				return
			}
		}
	}
}
