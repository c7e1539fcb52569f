package tap

import (
	"context"
	"fmt"
	"iter"
	"net"
	"net/netip"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ethernet_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/binapi/tapv2"
	"github.com/gvpp/gvpp/dataplane/tap"
)

// front serves VPP's messages by the plugin's operations.
type front struct {
	tapv2.Unimplemented
	*Plugin
}

const none = ^uint32(0)

// TapCreateV3 implements tapv2.Service. Sizes of rings are read and change nothing.
func (f front) TapCreateV3(ctx context.Context, m *tapv2.TapCreateV3) (*tapv2.TapCreateV3Reply, error) {
	swIf, err := f.make(ctx, m)
	if swIf == 0 {
		swIf = none
	}
	return &tapv2.TapCreateV3Reply{SwIfIndex: interface_types.InterfaceIndex(swIf)}, err
}

// TapCreateV2 implements tapv2.Service.
func (f front) TapCreateV2(ctx context.Context, m *tapv2.TapCreateV2) (*tapv2.TapCreateV2Reply, error) {
	r, err := f.TapCreateV3(ctx, &tapv2.TapCreateV3{
		ID: m.ID, UseRandomMac: m.UseRandomMac, MacAddress: m.MacAddress, NumRxQueues: uint16(m.NumRxQueues), NumTxQueues: 1,
		HostMtuSet: m.HostMtuSet, HostMtuSize: m.HostMtuSize, HostMacAddrSet: m.HostMacAddrSet, HostMacAddr: m.HostMacAddr,
		HostIP4PrefixSet: m.HostIP4PrefixSet, HostIP4Prefix: m.HostIP4Prefix, HostIP6PrefixSet: m.HostIP6PrefixSet, HostIP6Prefix: m.HostIP6Prefix,
		HostIP4GwSet: m.HostIP4GwSet, HostIP4Gw: m.HostIP4Gw, HostIP6GwSet: m.HostIP6GwSet, HostIP6Gw: m.HostIP6Gw, TapFlags: m.TapFlags,
		HostNamespaceSet: m.HostNamespaceSet, HostNamespace: m.HostNamespace, HostIfNameSet: m.HostIfNameSet, HostIfName: m.HostIfName,
		HostBridgeSet: m.HostBridgeSet, HostBridge: m.HostBridge, Tag: m.Tag,
	})
	return &tapv2.TapCreateV2Reply{SwIfIndex: r.SwIfIndex}, err
}

func (f front) make(ctx context.Context, m *tapv2.TapCreateV3) (swIf uint32, err error) {
	if m.NumRxQueues != 1 || m.NumTxQueues > 1 {
		return 0, api.Wrap(api.InvalidValue, fmt.Errorf("tap: %d and %d queues: want one to receive and one to send", m.NumRxQueues, m.NumTxQueues))
	}
	if m.TapFlags != 0 {
		return 0, api.Wrap(api.Unimplemented, fmt.Errorf("tap: flags %#x: %s; leave them out", uint32(m.TapFlags), unsupported))
	}
	c := tap.Config{HostMTU: 0}
	if auto := m.ID == none; !auto {
		c.ID = m.ID
	}
	set(!m.UseRandomMac, &c.MAC, net.HardwareAddr(m.MacAddress[:]))
	set(m.HostMtuSet, &c.HostMTU, int(m.HostMtuSize))
	set(m.HostMacAddrSet, &c.HostMAC, net.HardwareAddr(m.HostMacAddr[:]))
	set(m.HostIP4PrefixSet, &c.HostIP4, netip.PrefixFrom(netip.AddrFrom4(m.HostIP4Prefix.Address), int(m.HostIP4Prefix.Len)))
	set(m.HostIP6PrefixSet, &c.HostIP6, netip.PrefixFrom(netip.AddrFrom16(m.HostIP6Prefix.Address), int(m.HostIP6Prefix.Len)))
	set(m.HostIP4GwSet, &c.HostGW4, netip.AddrFrom4(m.HostIP4Gw))
	set(m.HostIP6GwSet, &c.HostGW6, netip.AddrFrom16(m.HostIP6Gw))
	set(m.HostNamespaceSet, &c.HostNS, m.HostNamespace)
	set(m.HostIfNameSet, &c.HostIf, m.HostIfName)
	set(m.HostBridgeSet, &c.HostBridge, m.HostBridge)
	if m.HostIP4PrefixSet && !c.HostIP4.IsValid() || m.HostIP6PrefixSet && !c.HostIP6.IsValid() {
		return 0, api.Wrap(api.InvalidValue, fmt.Errorf("tap: network lengths %d and %d: want at most 32 and 128", m.HostIP4Prefix.Len, m.HostIP6Prefix.Len))
	}
	if swIf, err = f.Create(ctx, c, m.ID == none); err == nil && m.Tag != "" {
		err = f.dp.SetTag(swIf, m.Tag)
	}
	return swIf, err
}

// set is *to = v if it was said.
func set[T any](said bool, to *T, v T) {
	if said {
		*to = v
	}
}

// TapDeleteV2 implements tapv2.Service.
func (f front) TapDeleteV2(ctx context.Context, m *tapv2.TapDeleteV2) (*tapv2.TapDeleteV2Reply, error) {
	return nil, f.Delete(ctx, uint32(m.SwIfIndex))
}

// SwInterfaceTapV2Dump implements tapv2.Service.
func (f front) SwInterfaceTapV2Dump(_ context.Context, m *tapv2.SwInterfaceTapV2Dump) iter.Seq2[*tapv2.SwInterfaceTapV2Details, error] {
	return func(yield func(*tapv2.SwInterfaceTapV2Details, error) bool) {
		for _, s := range f.All() {
			if want := uint32(m.SwIfIndex); (want == none || want == s.Index) && !yield(details(s), nil) {
				return
			}
		}
	}
}

func details(s Status) *tapv2.SwInterfaceTapV2Details {
	d := &tapv2.SwInterfaceTapV2Details{
		SwIfIndex: s.Index, ID: s.ID, HostMtuSize: uint32(s.HostMTU), DevName: s.Name, HostIfName: s.HostIf, HostNamespace: s.HostNS, HostBridge: s.HostBridge,
	}
	if mac, err := net.ParseMAC(s.HostMAC); err == nil && len(mac) == 6 {
		d.HostMacAddr = ethernet_types.MacAddress(mac)
	}
	if p := s.config.HostIP4; p.IsValid() {
		d.HostIP4Prefix = ip_types.IP4AddressWithPrefix{Address: p.Addr().As4(), Len: uint8(p.Bits())}
	}
	if p := s.config.HostIP6; p.IsValid() {
		d.HostIP6Prefix = ip_types.IP6AddressWithPrefix{Address: p.Addr().As16(), Len: uint8(p.Bits())}
	}
	return d
}
