package l2

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	l2api "github.com/gvpp/gvpp/api/binapi/l2"
)

// Messages serves VPP's module l2, but for what is not about cross-connects and bridge domains: the root package has that.
// api_fib.go and api_events.go have the messages about addresses.
type Messages struct {
	l2api.Unimplemented
	p    *Plugin
	macs *api.Subscribers[macWants]
}

// there says whether an interface is there.
func (a Messages) there(swIf interface_types.InterfaceIndex) error {
	if _, ok := a.p.dp.Link(uint32(swIf)); !ok {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("l2: no interface with sw_if_index %d: see `show interface`", uint32(swIf)))
	}
	return nil
}

// Retvals about bridge domains.
const (
	bdAlreadyExists api.Errno = -119
	bdInUse         api.Errno = -120
	bdNotModifiable api.Errno = -121
	bdIDExceedMax   api.Errno = -122
	bdHasBVI        api.Errno = -152
)

// retval gives an error of an operation its retval.
func retval(err error) error {
	for _, x := range []struct {
		err  error
		code api.Errno
	}{
		{ErrNoDomain, api.NoSuchEntry}, {ErrNoEntry, api.NoSuchEntry}, {ErrDomainExists, bdAlreadyExists}, {ErrDomainInUse, bdInUse},
		{ErrDomainZero, bdNotModifiable}, {ErrDomainID, bdIDExceedMax}, {ErrHasBVI, bdHasBVI}, {ErrNotBridged, api.InvalidSwIfIndex},
		{ErrNotServed, api.Unimplemented},
	} {
		if errors.Is(err, x.err) {
			return api.Wrap(x.code, err)
		}
	}
	return err
}

// SwInterfaceSetL2Xconnect implements l2.Service. It is about one way only; without a cross-connect there is nothing to end.
func (a Messages) SwInterfaceSetL2Xconnect(ctx context.Context, m *l2api.SwInterfaceSetL2Xconnect) (*l2api.SwInterfaceSetL2XconnectReply, error) {
	rx, tx := uint32(m.RxSwIfIndex), uint32(m.TxSwIfIndex)
	if err := a.there(m.RxSwIfIndex); err != nil {
		return nil, err
	}
	if !m.Enable {
		return nil, a.p.DisconnectOneWay(ctx, rx)
	}
	if err := a.there(m.TxSwIfIndex); err != nil {
		return nil, err
	}
	if rx == tx {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("l2: interface %q cannot be cross-connected to itself", a.p.dp.InterfaceName(rx)))
	}
	return nil, a.p.CrossConnectOneWay(ctx, rx, tx)
}

// L2XconnectDump implements l2.Service.
func (a Messages) L2XconnectDump(context.Context, *l2api.L2XconnectDump) iter.Seq2[*l2api.L2XconnectDetails, error] {
	return func(yield func(*l2api.L2XconnectDetails, error) bool) {
		for rx, tx := range a.p.All() {
			if !yield(&l2api.L2XconnectDetails{RxSwIfIndex: interface_types.InterfaceIndex(rx), TxSwIfIndex: interface_types.InterfaceIndex(tx)}, nil) {
				return
			}
		}
	}
}

// SwInterfaceSetL2Bridge implements l2.Service.
func (a Messages) SwInterfaceSetL2Bridge(ctx context.Context, m *l2api.SwInterfaceSetL2Bridge) (*l2api.SwInterfaceSetL2BridgeReply, error) {
	swIf := uint32(m.RxSwIfIndex)
	if err := a.there(m.RxSwIfIndex); err != nil {
		return nil, err
	}
	kind, ok := map[l2api.L2PortType]Kind{l2api.L2_API_PORT_TYPE_NORMAL: Normal, l2api.L2_API_PORT_TYPE_BVI: BVI, l2api.L2_API_PORT_TYPE_UU_FWD: UUForward}[m.PortType]
	if !ok {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("l2: port type %d: want 0 to 2", m.PortType))
	}
	if !m.Enable {
		return nil, a.p.Route(ctx, swIf)
	}
	return nil, retval(a.p.Bridge(ctx, swIf, m.BdID, kind, m.Shg))
}

// BridgeDomainAddDel implements l2.Service.
func (a Messages) BridgeDomainAddDel(ctx context.Context, m *l2api.BridgeDomainAddDel) (*l2api.BridgeDomainAddDelReply, error) {
	_, err := a.addDel(ctx, (*l2api.BridgeDomainAddDelV2)(m))
	return nil, err
}

// BridgeDomainAddDelV2 implements l2.Service.
func (a Messages) BridgeDomainAddDelV2(ctx context.Context, m *l2api.BridgeDomainAddDelV2) (*l2api.BridgeDomainAddDelV2Reply, error) {
	id, err := a.addDel(ctx, m)
	return &l2api.BridgeDomainAddDelV2Reply{BdID: id}, err
}

// anyID asks for a domain that nobody has yet, or for all.
const anyID = ^uint32(0)

func (a Messages) addDel(ctx context.Context, m *l2api.BridgeDomainAddDelV2) (id uint32, err error) {
	id = m.BdID
	if !m.IsAdd {
		return id, retval(a.p.DeleteDomain(ctx, id))
	}
	if id == anyID {
		id = a.p.FreeDomainID()
	}
	return id, retval(a.p.CreateDomain(ctx, id, Settings{
		Learn: m.Learn, Forward: m.Forward, UUFlood: m.UuFlood, Flood: m.Flood, ARPTerm: m.ArpTerm, ARPUfwd: m.ArpUfwd, MACAge: m.MacAge, Tag: m.BdTag, LoopCheck: true,
	}))
}

// BridgeDomainDump implements l2.Service.
func (a Messages) BridgeDomainDump(_ context.Context, m *l2api.BridgeDomainDump) iter.Seq2[*l2api.BridgeDomainDetails, error] {
	return func(yield func(*l2api.BridgeDomainDetails, error) bool) {
		for _, d := range a.p.Domains() {
			if m.BdID != anyID && m.BdID != d.ID || uint32(m.SwIfIndex) != anyID { // VPP too answers nothing to who asks for an interface's
				continue
			}
			if !yield(details(&d), nil) {
				return
			}
		}
	}
}

func details(d *Domain) *l2api.BridgeDomainDetails {
	of := func(k Kind) interface_types.InterfaceIndex {
		if swIf, ok := d.Of(k); ok {
			return interface_types.InterfaceIndex(swIf)
		}
		return ^interface_types.InterfaceIndex(0)
	}
	m := &l2api.BridgeDomainDetails{BdID: d.ID, Flood: d.Flood, UuFlood: d.UUFlood, Forward: d.Forward, Learn: d.Learn, ArpTerm: d.ARPTerm, ArpUfwd: d.ARPUfwd,
		MacAge: d.MACAge, BdTag: d.Tag, BviSwIfIndex: of(BVI), UuFwdSwIfIndex: of(UUForward)}
	for _, x := range d.Members {
		if x.Kind != UUForward {
			m.SwIfDetails = append(m.SwIfDetails, l2api.BridgeDomainSwIf{SwIfIndex: interface_types.InterfaceIndex(x.Index), Shg: x.SHG})
		}
	}
	return m
}

// bridgeFlags are the switches of a domain, by the words that the CLI has for them.
var bridgeFlags = []struct {
	flag l2api.BdFlags
	word string
	on   func(*Domain) bool
}{
	{l2api.BRIDGE_API_FLAG_LEARN, "learn", func(d *Domain) bool { return d.Learn }},
	{l2api.BRIDGE_API_FLAG_FWD, "forward", func(d *Domain) bool { return d.Forward }},
	{l2api.BRIDGE_API_FLAG_FLOOD, "flood", func(d *Domain) bool { return d.Flood }},
	{l2api.BRIDGE_API_FLAG_UU_FLOOD, "uu-flood", func(d *Domain) bool { return d.UUFlood }},
	{l2api.BRIDGE_API_FLAG_ARP_TERM, "arp-term", func(d *Domain) bool { return d.ARPTerm }},
}

// BridgeFlags implements l2.Service. The bitmap that it answers is of the same flags, where VPP's is of its own nodes.
func (a Messages) BridgeFlags(ctx context.Context, m *l2api.BridgeFlags) (*l2api.BridgeFlagsReply, error) {
	var words []string
	for _, f := range bridgeFlags {
		if m.Flags&f.flag != 0 {
			words = append(words, f.word)
		}
	}
	if err := a.p.SetFlags(ctx, m.BdID, m.IsSet, words...); err != nil {
		return nil, retval(err)
	}
	d, err := a.p.Domain(m.BdID)
	r := &l2api.BridgeFlagsReply{}
	for _, f := range bridgeFlags {
		if f.on(&d) {
			r.ResultingFeatureBitmap |= uint32(f.flag)
		}
	}
	return r, retval(err)
}

// BridgeDomainSetMacAge implements l2.Service.
func (a Messages) BridgeDomainSetMacAge(ctx context.Context, m *l2api.BridgeDomainSetMacAge) (*l2api.BridgeDomainSetMacAgeReply, error) {
	return nil, retval(a.p.ChangeDomain(ctx, m.BdID, func(s *Settings) { s.MACAge = m.MacAge }))
}

// BridgeDomainSetLearnLimit implements l2.Service.
func (a Messages) BridgeDomainSetLearnLimit(ctx context.Context, m *l2api.BridgeDomainSetLearnLimit) (*l2api.BridgeDomainSetLearnLimitReply, error) {
	return nil, retval(a.p.ChangeDomain(ctx, m.BdID, func(s *Settings) { s.LearnLimit = m.LearnLimit }))
}

// BridgeDomainSetDefaultLearnLimit implements l2.Service.
func (a Messages) BridgeDomainSetDefaultLearnLimit(_ context.Context, m *l2api.BridgeDomainSetDefaultLearnLimit) (*l2api.BridgeDomainSetDefaultLearnLimitReply, error) {
	a.p.SetDefaultLearnLimit(m.LearnLimit)
	return nil, nil
}
