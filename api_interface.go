package gvpp

import (
	"context"
	"errors"
	"iter"
	"math"
	"net"
	"strings"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ethernet_types"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/nodes/ip"
)

// interfaceAPI serves interfaces. sw_if_index 0 is local0, which does nothing: in VPP it is always there.
type interfaceAPI struct {
	interfaces.Unimplemented
	dp     *Dataplane
	wanted api.Subscribers[uint32] // events, by pid
}

// local0 is the interface that VPP always has.
var local0 = InterfaceStatus{Name: "local0"}

// SwInterfaceDump implements interfaces.Service: one interface, all, or those whose names contain a text in letters of either case.
func (a *interfaceAPI) SwInterfaceDump(_ context.Context, m *interfaces.SwInterfaceDump) iter.Seq2[*interfaces.SwInterfaceDetails, error] {
	var list []InterfaceStatus
	if m.NameFilterValid || m.SwIfIndex == 0 || uint32(m.SwIfIndex) == none {
		list = append([]InterfaceStatus{local0}, a.dp.Interfaces()...)
	} else if s, err := a.dp.InterfaceStatus(uint32(m.SwIfIndex)); err == nil {
		list = []InterfaceStatus{s}
	}
	return func(yield func(*interfaces.SwInterfaceDetails, error) bool) {
		for i := range list {
			s := &list[i]
			if m.NameFilterValid && !strings.Contains(strings.ToLower(s.Name), strings.ToLower(m.NameFilter)) {
				continue
			}
			d := s.details()
			a.subDetails(d, s)
			if !yield(d, nil) {
				return
			}
		}
	}
}

// details is an interface as VPP describes it.
func (s *InterfaceStatus) details() *interfaces.SwInterfaceDetails {
	d := &interfaces.SwInterfaceDetails{
		SwIfIndex: interface_types.InterfaceIndex(s.Index), SupSwIfIndex: s.Index, Flags: ifFlags(s.Up, s.LinkUp),
		InterfaceName: cut(s.Name, 64), Tag: s.Tag, InterfaceDevType: "local",
	}
	if s.Index == 0 {
		return d
	}
	d.InterfaceDevType = "gone"
	if s.Device != nil {
		copy(d.L2Address[:], s.Device.MAC)
		d.LinkMtu, d.Mtu = uint16(min(s.Device.MTU, math.MaxUint16)), s.MTUs
		d.InterfaceDevType = cut(deviceType(s.Device.Driver), 64)
	}
	return d
}

// deviceType is what VPP calls a driver.
func deviceType(driver string) string {
	switch driver {
	case "af_xdp":
		return "AF_XDP interface"
	case "loopback":
		return "Loopback"
	}
	return driver
}

func ifFlags(up, link bool) (f interface_types.IfStatusFlags) {
	if up {
		f |= interface_types.IF_STATUS_API_FLAG_ADMIN_UP
	}
	if link {
		f |= interface_types.IF_STATUS_API_FLAG_LINK_UP
	}
	return f
}

// SwInterfaceSetFlags implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceSetFlags(ctx context.Context, m *interfaces.SwInterfaceSetFlags) (*interfaces.SwInterfaceSetFlagsReply, error) {
	return nil, ifError(a.dp.SetState(ctx, uint32(m.SwIfIndex), m.Flags&interface_types.IF_STATUS_API_FLAG_ADMIN_UP != 0))
}

// SwInterfaceGetTable implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceGetTable(_ context.Context, m *interfaces.SwInterfaceGetTable) (*interfaces.SwInterfaceGetTableReply, error) {
	if m.SwIfIndex == 0 {
		return nil, nil
	}
	table, err := a.dp.ip.Table(uint32(m.SwIfIndex), m.IsIPv6)
	return &interfaces.SwInterfaceGetTableReply{VrfID: table}, ip.Retval(err)
}

// SwInterfaceSetTable implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceSetTable(_ context.Context, m *interfaces.SwInterfaceSetTable) (*interfaces.SwInterfaceSetTableReply, error) {
	return nil, ip.Retval(a.dp.ip.SetTable(uint32(m.SwIfIndex), m.IsIPv6, m.VrfID))
}

// SwInterfaceGetMacAddress implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceGetMacAddress(_ context.Context, m *interfaces.SwInterfaceGetMacAddress) (*interfaces.SwInterfaceGetMacAddressReply, error) {
	if m.SwIfIndex == 0 {
		return nil, nil
	}
	s, err := a.dp.InterfaceStatus(uint32(m.SwIfIndex))
	r := &interfaces.SwInterfaceGetMacAddressReply{}
	if s.Device != nil {
		copy(r.MacAddress[:], s.Device.MAC)
	}
	return r, ifError(err)
}

// SwInterfaceClearStats implements interfaces.Service; ~0 means all.
func (a *interfaceAPI) SwInterfaceClearStats(_ context.Context, m *interfaces.SwInterfaceClearStats) (*interfaces.SwInterfaceClearStatsReply, error) {
	if uint32(m.SwIfIndex) == none {
		a.dp.ClearInterfaces()
		return nil, nil
	}
	return nil, ifError(a.dp.ClearInterface(uint32(m.SwIfIndex)))
}

// SwInterfaceTagAddDel implements interfaces.Service.
func (a *interfaceAPI) SwInterfaceTagAddDel(_ context.Context, m *interfaces.SwInterfaceTagAddDel) (*interfaces.SwInterfaceTagAddDelReply, error) {
	tag := ""
	if m.IsAdd {
		if tag = m.Tag; tag == "" {
			return nil, api.Wrap(api.InvalidValue, errors.New("gvpp: an empty tag: give one, or delete it"))
		}
	}
	return nil, ifError(a.dp.SetTag(uint32(m.SwIfIndex), tag))
}

// SwInterfaceRxPlacementDump implements interfaces.Service: which worker has which queue; ~0 means all interfaces. Thread 0 is the
// main one, so that workers begin with 1.
func (a *interfaceAPI) SwInterfaceRxPlacementDump(_ context.Context, m *interfaces.SwInterfaceRxPlacementDump) iter.Seq2[*interfaces.SwInterfaceRxPlacementDetails, error] {
	return func(yield func(*interfaces.SwInterfaceRxPlacementDetails, error) bool) {
		for _, s := range a.dp.Interfaces() {
			if s.Device == nil || uint32(m.SwIfIndex) != none && uint32(m.SwIfIndex) != s.Index {
				continue
			}
			for q := range s.Device.Queues {
				d := &interfaces.SwInterfaceRxPlacementDetails{SwIfIndex: interface_types.InterfaceIndex(s.Index), QueueID: uint32(q),
					WorkerID: uint32(1 + q%a.dp.config.Workers), Mode: interface_types.RX_MODE_API_ADAPTIVE}
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

// CreateLoopback implements interfaces.Service.
func (a *interfaceAPI) CreateLoopback(ctx context.Context, m *interfaces.CreateLoopback) (*interfaces.CreateLoopbackReply, error) {
	swIf, err := a.loopback(ctx, m.MacAddress, nil)
	return &interfaces.CreateLoopbackReply{SwIfIndex: apiIndex(swIf, err)}, err
}

// CreateLoopbackInstance implements interfaces.Service.
func (a *interfaceAPI) CreateLoopbackInstance(ctx context.Context, m *interfaces.CreateLoopbackInstance) (*interfaces.CreateLoopbackInstanceReply, error) {
	var instance *uint32
	if m.IsSpecified {
		instance = &m.UserInstance
	}
	swIf, err := a.loopback(ctx, m.MacAddress, instance)
	return &interfaces.CreateLoopbackInstanceReply{SwIfIndex: apiIndex(swIf, err)}, err
}

// loopback makes a loopback; a zero address means none.
func (a *interfaceAPI) loopback(ctx context.Context, address ethernet_types.MacAddress, instance *uint32) (uint32, error) {
	swIf, err := a.dp.CreateLoopback(ctx, apiMAC(address), instance)
	if errors.Is(err, ErrInterfaceExists) {
		err = api.Wrap(api.InvalidRegistration, err)
	}
	return swIf, err
}

// apiMAC is an address, nil where it is zero, which means none.
func apiMAC(a ethernet_types.MacAddress) net.HardwareAddr {
	if a == (ethernet_types.MacAddress{}) {
		return nil
	}
	return a[:]
}

// DeleteLoopback implements interfaces.Service.
func (a *interfaceAPI) DeleteLoopback(ctx context.Context, m *interfaces.DeleteLoopback) (*interfaces.DeleteLoopbackReply, error) {
	return nil, ifError(a.dp.DeleteLoopback(ctx, uint32(m.SwIfIndex)))
}

// WantInterfaceEvents implements interfaces.Service.
func (a *interfaceAPI) WantInterfaceEvents(ctx context.Context, m *interfaces.WantInterfaceEvents) (*interfaces.WantInterfaceEventsReply, error) {
	return nil, a.wanted.Set(api.CallerOf(ctx), m.EnableDisable != 0, m.PID)
}

// event tells clients of an event.
func (a *interfaceAPI) event(e InterfaceEvent) {
	a.wanted.Send(func(pid uint32) api.Message {
		return &interfaces.SwInterfaceEvent{PID: pid, SwIfIndex: interface_types.InterfaceIndex(e.Index), Flags: ifFlags(e.Up, e.LinkUp), Deleted: e.Kind == InterfaceRemoved}
	})
}
