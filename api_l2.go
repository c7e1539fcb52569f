package gvpp

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/l2"
	l2node "github.com/gvpp/gvpp/nodes/l2"
)

// l2API serves cross-connects and bridge domains; api_l2fib.go and api_l2events.go have the messages about their addresses.
type l2API struct {
	l2.Unimplemented
	dp   *Dataplane
	macs *api.Subscribers[macWants]
}

// Retvals about bridge domains.
const (
	bdAlreadyExists api.Errno = -119
	bdInUse         api.Errno = -120
	bdNotModifiable api.Errno = -121
	bdIDExceedMax   api.Errno = -122
	bdHasBVI        api.Errno = -152
)

// l2Error gives an error of an operation its retval.
func l2Error(err error) error {
	for _, x := range []struct {
		err    error
		retval api.Errno
	}{
		{l2node.ErrNoDomain, api.NoSuchEntry}, {l2node.ErrNoEntry, api.NoSuchEntry}, {l2node.ErrDomainExists, bdAlreadyExists}, {l2node.ErrDomainInUse, bdInUse},
		{l2node.ErrDomainZero, bdNotModifiable}, {l2node.ErrDomainID, bdIDExceedMax}, {l2node.ErrHasBVI, bdHasBVI}, {l2node.ErrNotBridged, api.InvalidSwIfIndex},
		{l2node.ErrNotServed, api.Unimplemented},
	} {
		if errors.Is(err, x.err) {
			return api.Wrap(x.retval, err)
		}
	}
	return err
}

// SwInterfaceSetL2Xconnect implements l2.Service. It is about one way only; without a cross-connect there is nothing to end.
func (a l2API) SwInterfaceSetL2Xconnect(ctx context.Context, m *l2.SwInterfaceSetL2Xconnect) (*l2.SwInterfaceSetL2XconnectReply, error) {
	rx, tx := uint32(m.RxSwIfIndex), uint32(m.TxSwIfIndex)
	if _, err := a.dp.InterfaceStatus(rx); err != nil {
		return nil, ifError(err)
	}
	if !m.Enable {
		return nil, a.dp.l2.DisconnectOneWay(ctx, rx)
	}
	if _, err := a.dp.InterfaceStatus(tx); err != nil {
		return nil, ifError(err)
	}
	if rx == tx {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: interface %q cannot be cross-connected to itself", a.dp.InterfaceName(rx)))
	}
	return nil, a.dp.l2.CrossConnectOneWay(ctx, rx, tx)
}

// L2XconnectDump implements l2.Service.
func (a l2API) L2XconnectDump(context.Context, *l2.L2XconnectDump) iter.Seq2[*l2.L2XconnectDetails, error] {
	return func(yield func(*l2.L2XconnectDetails, error) bool) {
		for rx, tx := range a.dp.l2.All() {
			if !yield(&l2.L2XconnectDetails{RxSwIfIndex: interface_types.InterfaceIndex(rx), TxSwIfIndex: interface_types.InterfaceIndex(tx)}, nil) {
				return
			}
		}
	}
}

// SwInterfaceSetL2Bridge implements l2.Service.
func (a l2API) SwInterfaceSetL2Bridge(ctx context.Context, m *l2.SwInterfaceSetL2Bridge) (*l2.SwInterfaceSetL2BridgeReply, error) {
	swIf := uint32(m.RxSwIfIndex)
	if _, err := a.dp.InterfaceStatus(swIf); err != nil {
		return nil, ifError(err)
	}
	kind, ok := map[l2.L2PortType]l2node.Kind{l2.L2_API_PORT_TYPE_NORMAL: l2node.Normal, l2.L2_API_PORT_TYPE_BVI: l2node.BVI, l2.L2_API_PORT_TYPE_UU_FWD: l2node.UUForward}[m.PortType]
	if !ok {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: port type %d: want 0 to 2", m.PortType))
	}
	if !m.Enable {
		return nil, a.dp.l2.Route(ctx, swIf)
	}
	return nil, l2Error(a.dp.l2.Bridge(ctx, swIf, m.BdID, kind, m.Shg))
}

// BridgeDomainAddDel implements l2.Service.
func (a l2API) BridgeDomainAddDel(ctx context.Context, m *l2.BridgeDomainAddDel) (*l2.BridgeDomainAddDelReply, error) {
	_, err := a.addDel(ctx, (*l2.BridgeDomainAddDelV2)(m))
	return nil, err
}

// BridgeDomainAddDelV2 implements l2.Service.
func (a l2API) BridgeDomainAddDelV2(ctx context.Context, m *l2.BridgeDomainAddDelV2) (*l2.BridgeDomainAddDelV2Reply, error) {
	id, err := a.addDel(ctx, m)
	return &l2.BridgeDomainAddDelV2Reply{BdID: id}, err
}

// anyID asks for a domain that nobody has yet, or for all.
const anyID = ^uint32(0)

func (a l2API) addDel(ctx context.Context, m *l2.BridgeDomainAddDelV2) (id uint32, err error) {
	id = m.BdID
	if !m.IsAdd {
		return id, l2Error(a.dp.l2.DeleteDomain(ctx, id))
	}
	if id == anyID {
		id = a.dp.l2.FreeDomainID()
	}
	return id, l2Error(a.dp.l2.CreateDomain(ctx, id, l2node.Settings{
		Learn: m.Learn, Forward: m.Forward, UUFlood: m.UuFlood, Flood: m.Flood, ARPTerm: m.ArpTerm, ARPUfwd: m.ArpUfwd, MACAge: m.MacAge, Tag: m.BdTag, LoopCheck: true,
	}))
}

// BridgeDomainDump implements l2.Service.
func (a l2API) BridgeDomainDump(_ context.Context, m *l2.BridgeDomainDump) iter.Seq2[*l2.BridgeDomainDetails, error] {
	return func(yield func(*l2.BridgeDomainDetails, error) bool) {
		for _, d := range a.dp.l2.Domains() {
			if m.BdID != anyID && m.BdID != d.ID || uint32(m.SwIfIndex) != anyID { // VPP too answers nothing to who asks for an interface's
				continue
			}
			if !yield(details(&d), nil) {
				return
			}
		}
	}
}

func details(d *l2node.Domain) *l2.BridgeDomainDetails {
	of := func(k l2node.Kind) interface_types.InterfaceIndex {
		if swIf, ok := d.Of(k); ok {
			return interface_types.InterfaceIndex(swIf)
		}
		return ^interface_types.InterfaceIndex(0)
	}
	m := &l2.BridgeDomainDetails{BdID: d.ID, Flood: d.Flood, UuFlood: d.UUFlood, Forward: d.Forward, Learn: d.Learn, ArpTerm: d.ARPTerm, ArpUfwd: d.ARPUfwd,
		MacAge: d.MACAge, BdTag: d.Tag, BviSwIfIndex: of(l2node.BVI), UuFwdSwIfIndex: of(l2node.UUForward)}
	for _, x := range d.Members {
		if x.Kind != l2node.UUForward {
			m.SwIfDetails = append(m.SwIfDetails, l2.BridgeDomainSwIf{SwIfIndex: interface_types.InterfaceIndex(x.Index), Shg: x.SHG})
		}
	}
	return m
}

// bridgeFlags are the switches of a domain, by the words that the CLI has for them.
var bridgeFlags = []struct {
	flag l2.BdFlags
	word string
	on   func(*l2node.Domain) bool
}{
	{l2.BRIDGE_API_FLAG_LEARN, "learn", func(d *l2node.Domain) bool { return d.Learn }},
	{l2.BRIDGE_API_FLAG_FWD, "forward", func(d *l2node.Domain) bool { return d.Forward }},
	{l2.BRIDGE_API_FLAG_FLOOD, "flood", func(d *l2node.Domain) bool { return d.Flood }},
	{l2.BRIDGE_API_FLAG_UU_FLOOD, "uu-flood", func(d *l2node.Domain) bool { return d.UUFlood }},
	{l2.BRIDGE_API_FLAG_ARP_TERM, "arp-term", func(d *l2node.Domain) bool { return d.ARPTerm }},
}

// BridgeFlags implements l2.Service. The bitmap that it answers is of the same flags, where VPP's is of its own nodes.
func (a l2API) BridgeFlags(ctx context.Context, m *l2.BridgeFlags) (*l2.BridgeFlagsReply, error) {
	var words []string
	for _, f := range bridgeFlags {
		if m.Flags&f.flag != 0 {
			words = append(words, f.word)
		}
	}
	if err := a.dp.l2.SetFlags(ctx, m.BdID, m.IsSet, words...); err != nil {
		return nil, l2Error(err)
	}
	d, err := a.dp.l2.Domain(m.BdID)
	r := &l2.BridgeFlagsReply{}
	for _, f := range bridgeFlags {
		if f.on(&d) {
			r.ResultingFeatureBitmap |= uint32(f.flag)
		}
	}
	return r, l2Error(err)
}

// BridgeDomainSetMacAge implements l2.Service.
func (a l2API) BridgeDomainSetMacAge(ctx context.Context, m *l2.BridgeDomainSetMacAge) (*l2.BridgeDomainSetMacAgeReply, error) {
	return nil, l2Error(a.dp.l2.ChangeDomain(ctx, m.BdID, func(s *l2node.Settings) { s.MACAge = m.MacAge }))
}

// BridgeDomainSetLearnLimit implements l2.Service.
func (a l2API) BridgeDomainSetLearnLimit(ctx context.Context, m *l2.BridgeDomainSetLearnLimit) (*l2.BridgeDomainSetLearnLimitReply, error) {
	return nil, l2Error(a.dp.l2.ChangeDomain(ctx, m.BdID, func(s *l2node.Settings) { s.LearnLimit = m.LearnLimit }))
}

// BridgeDomainSetDefaultLearnLimit implements l2.Service.
func (a l2API) BridgeDomainSetDefaultLearnLimit(_ context.Context, m *l2.BridgeDomainSetDefaultLearnLimit) (*l2.BridgeDomainSetDefaultLearnLimitReply, error) {
	a.dp.l2.SetDefaultLearnLimit(m.LearnLimit)
	return nil, nil
}
