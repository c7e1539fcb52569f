package flowtrack

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// FlowtrackTimeoutSet implements wire.Service.
func (f front) FlowtrackTimeoutSet(ctx context.Context, m *wire.FlowtrackTimeoutSet) (*wire.FlowtrackTimeoutSetReply, error) {
	if int(m.Timeout) >= len(Timeouts) {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: no timeout %d", m.Timeout))
	}
	name, d := Timeouts[m.Timeout].Name, time.Duration(m.Value)*time.Millisecond
	if m.Zone == 0 {
		return &wire.FlowtrackTimeoutSetReply{}, f.p.SetTimeout(name, d)
	}
	return &wire.FlowtrackTimeoutSetReply{}, f.p.SetZoneTimeout(context.WithoutCancel(ctx), name, d, m.Zone)
}

// FlowtrackTimeoutDel implements wire.Service.
func (f front) FlowtrackTimeoutDel(ctx context.Context, m *wire.FlowtrackTimeoutDel) (*wire.FlowtrackTimeoutDelReply, error) {
	return &wire.FlowtrackTimeoutDelReply{}, f.p.DeleteZoneTimeouts(context.WithoutCancel(ctx), m.Zone)
}

// FlowtrackTimeoutDump implements wire.Service.
func (f front) FlowtrackTimeoutDump(context.Context, *wire.FlowtrackTimeoutDump) iter.Seq2[*wire.FlowtrackTimeoutDetails, error] {
	return func(yield func(*wire.FlowtrackTimeoutDetails, error) bool) {
		zones := f.p.ZoneTimeouts()
		zones[0] = map[string]time.Duration{}
		for _, k := range Timeouts {
			zones[0][k.Name] = f.p.timeouts.get(0, k)
		}
		for _, zone := range slices.Sorted(maps.Keys(zones)) {
			for i, k := range Timeouts {
				d, has := zones[zone][k.Name]
				if has && !yield(&wire.FlowtrackTimeoutDetails{
					Timeout: wire.FlowtrackTimeout(i), Zone: zone, Value: uint32(d.Milliseconds()), DefaultValue: uint32(k.Default.Milliseconds()), Name: k.Name,
				}, nil) {
					return
				}
			}
		}
	}
}

// FlowtrackZoneSet implements wire.Service.
func (f front) FlowtrackZoneSet(ctx context.Context, m *wire.FlowtrackZoneSet) (*wire.FlowtrackZoneSetReply, error) {
	return &wire.FlowtrackZoneSetReply{}, f.p.SetZone(context.WithoutCancel(ctx), Zone{uint32(m.SwIfIndex), m.Vlan, m.Zone})
}

// FlowtrackZoneDel implements wire.Service.
func (f front) FlowtrackZoneDel(ctx context.Context, m *wire.FlowtrackZoneDel) (*wire.FlowtrackZoneDelReply, error) {
	return &wire.FlowtrackZoneDelReply{}, f.p.DeleteZone(context.WithoutCancel(ctx), uint32(m.SwIfIndex), m.Vlan)
}

// FlowtrackZoneDump implements wire.Service.
func (f front) FlowtrackZoneDump(context.Context, *wire.FlowtrackZoneDump) iter.Seq2[*wire.FlowtrackZoneDetails, error] {
	return func(yield func(*wire.FlowtrackZoneDetails, error) bool) {
		for _, z := range f.p.Zones() {
			if !yield(&wire.FlowtrackZoneDetails{SwIfIndex: interface_types.InterfaceIndex(z.Interface), Vlan: z.VLAN, Zone: z.Zone}, nil) {
				return
			}
		}
	}
}

// FlowtrackSettingsSet implements wire.Service.
func (f front) FlowtrackSettingsSet(_ context.Context, m *wire.FlowtrackSettingsSet) (*wire.FlowtrackSettingsSetReply, error) {
	s := m.Settings
	f.p.Set(Settings{TCPLoose: s.TCPLoose, TCPLiberal: s.TCPBeLiberal, TCPIgnoreInvalidRST: s.TCPIgnoreInvalidRst, TCPMaxRetrans: s.TCPMaxRetrans, Checksum: s.Checksum})
	return &wire.FlowtrackSettingsSetReply{}, nil
}

// FlowtrackSettingsGet implements wire.Service.
func (f front) FlowtrackSettingsGet(context.Context, *wire.FlowtrackSettingsGet) (*wire.FlowtrackSettingsGetReply, error) {
	s := f.p.Settings()
	return &wire.FlowtrackSettingsGetReply{Settings: wire.FlowtrackSettings{
		TCPLoose: s.TCPLoose, TCPBeLiberal: s.TCPLiberal, TCPIgnoreInvalidRst: s.TCPIgnoreInvalidRST, TCPMaxRetrans: s.TCPMaxRetrans, Checksum: s.Checksum,
	}}, nil
}

// FlowtrackLimitSource implements wire.Service.
func (f front) FlowtrackLimitSource(ctx context.Context, m *wire.FlowtrackLimitSource) (*wire.FlowtrackLimitSourceReply, error) {
	if m.Sessions == 0 {
		m.IP4Len, m.IP6Len = 32, 128
	}
	return &wire.FlowtrackLimitSourceReply{}, f.p.LimitSources(context.WithoutCancel(ctx), m.Sessions, m.IP4Len, m.IP6Len)
}

// FlowtrackLimitZone implements wire.Service.
func (f front) FlowtrackLimitZone(ctx context.Context, m *wire.FlowtrackLimitZone) (*wire.FlowtrackLimitZoneReply, error) {
	ctx = context.WithoutCancel(ctx)
	_, err := checkRate(m.Rate, m.Burst)
	if err == nil {
		err = f.p.LimitZone(ctx, m.Zone, m.Sessions)
	}
	if err == nil {
		err = f.p.LimitZoneRate(ctx, m.Zone, m.Rate, m.Burst)
	}
	return &wire.FlowtrackLimitZoneReply{}, err
}

// FlowtrackLimitRate implements wire.Service.
func (f front) FlowtrackLimitRate(ctx context.Context, m *wire.FlowtrackLimitRate) (*wire.FlowtrackLimitRateReply, error) {
	return &wire.FlowtrackLimitRateReply{}, f.p.LimitRate(context.WithoutCancel(ctx), m.Rate, m.Burst)
}

// FlowtrackLimitGet implements wire.Service.
func (f front) FlowtrackLimitGet(context.Context, *wire.FlowtrackLimitGet) (*wire.FlowtrackLimitGetReply, error) {
	r := f.p.Limits()
	return &wire.FlowtrackLimitGetReply{
		SourceSessions: r.PerSource, IP4Len: r.Prefix4, IP6Len: r.Prefix6, Sources: uint32(r.Sources), Rate: r.Rate, Burst: r.Burst,
		RefusedSource: r.BySource, RefusedZone: r.ByZone, RefusedZoneRate: r.ByZoneRate, RefusedRate: r.ByRate,
	}, nil
}

// FlowtrackLimitZoneDump implements wire.Service.
func (f front) FlowtrackLimitZoneDump(context.Context, *wire.FlowtrackLimitZoneDump) iter.Seq2[*wire.FlowtrackLimitZoneDetails, error] {
	return func(yield func(*wire.FlowtrackLimitZoneDetails, error) bool) {
		for _, z := range f.p.Limits().Zones {
			if !yield(&wire.FlowtrackLimitZoneDetails{Zone: z.Zone, Sessions: z.Sessions, InUse: uint32(max(0, z.InUse)), Rate: z.Rate, Burst: z.Burst}, nil) {
				return
			}
		}
	}
}

// FlowtrackHelperAddDel implements wire.Service.
func (f front) FlowtrackHelperAddDel(ctx context.Context, m *wire.FlowtrackHelperAddDel) (*wire.FlowtrackHelperAddDelReply, error) {
	if m.IsAdd {
		return &wire.FlowtrackHelperAddDelReply{}, f.p.AttachHelper(context.WithoutCancel(ctx), m.Name, m.Port, m.Loose)
	}
	return &wire.FlowtrackHelperAddDelReply{}, f.p.DetachHelper(context.WithoutCancel(ctx), m.Name, m.Port)
}
