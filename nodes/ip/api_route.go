package ip

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/fib_types"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// IPRouteAddDel implements ip.Service. As in VPP, a route or path that is not there has been deleted.
func (a ipAPI) IPRouteAddDel(ctx context.Context, m *ipapi.IPRouteAddDel) (*ipapi.IPRouteAddDelReply, error) {
	return &ipapi.IPRouteAddDelReply{StatsIndex: none}, a.route(ctx, m.Route.TableID, &m.Route.Prefix, m.Route.Paths, m.IsAdd, m.IsMultipath)
}

// IPRouteAddDelV2 implements ip.Service.
func (a ipAPI) IPRouteAddDelV2(ctx context.Context, m *ipapi.IPRouteAddDelV2) (*ipapi.IPRouteAddDelV2Reply, error) {
	return &ipapi.IPRouteAddDelV2Reply{StatsIndex: none}, a.route(ctx, m.Route.TableID, &m.Route.Prefix, m.Route.Paths, m.IsAdd, m.IsMultipath)
}

func (a ipAPI) route(ctx context.Context, table uint32, prefix *ip_types.Prefix, paths []fib_types.FibPath, add, multipath bool) error {
	p, err := prefix.Netip()
	if err != nil {
		return err
	}
	c := fib.Change{Prefix: p, Delete: !add, Replace: !multipath}
	if add && len(paths) == 0 {
		return api.Wrap(noPaths, fmt.Errorf("ip: route to %v without a path", p))
	}
	if add || multipath {
		for i := range paths {
			path, err := pathOf(&paths[i])
			if err != nil {
				return err
			}
			c.Paths = append(c.Paths, path)
		}
	}
	_, err = a.p.ChangeRoutes(p.Addr().Is6(), table, c)
	if !add && errors.Is(err, fib.ErrNoRoute) {
		return nil
	}
	if err == nil {
		return a.p.Asked(ctx)
	}
	return Retval(err)
}

// pathOf reads a path. One of type normal is, by what it has, a next hop, a link, or without both another table.
func pathOf(m *fib_types.FibPath) (p fib.Path, err error) {
	p = fib.Path{SwIf: m.SwIfIndex, Table: m.TableID, Weight: m.Weight, Preference: m.Preference}
	if p.SwIf == none {
		p.SwIf = 0
	}
	if m.Flags&fib_types.FIB_API_PATH_FLAG_POP_PW_CW != 0 || m.NLabels != 0 || m.Proto > fib_types.FIB_API_PATH_NH_PROTO_IP6 {
		return p, api.Wrap(pathProto, fmt.Errorf("ip: path with MPLS labels, or of a family that is neither IPv4 nor IPv6"))
	}
	switch m.Type {
	case fib_types.FIB_API_PATH_TYPE_NORMAL:
		via := netip.AddrFrom4(m.Nh.Address.IP4())
		if m.Proto == fib_types.FIB_API_PATH_NH_PROTO_IP6 {
			via = netip.AddrFrom16(m.Nh.Address.IP6())
		}
		switch {
		case !via.IsUnspecified():
			p.Via = via
		case p.SwIf != 0:
			p.Kind = fib.ToLink
		default:
			p.Kind = fib.ToTable
		}
	case fib_types.FIB_API_PATH_TYPE_SOURCE_LOOKUP:
		p.Kind = fib.ToSourceTable
	case fib_types.FIB_API_PATH_TYPE_INTERFACE_RX:
		p.Kind = fib.ToReceive
	case fib_types.FIB_API_PATH_TYPE_LOCAL:
		p.Kind = fib.ToLocal
	case fib_types.FIB_API_PATH_TYPE_DROP:
		p.Kind = fib.ToDrop
	case fib_types.FIB_API_PATH_TYPE_ICMP_UNREACH:
		p.Kind = fib.ToUnreachable
	case fib_types.FIB_API_PATH_TYPE_ICMP_PROHIBIT:
		p.Kind = fib.ToProhibit
	default:
		return p, api.Wrap(api.Unimplemented, fmt.Errorf("ip: paths of type %v are not supported", m.Type))
	}
	return p, nil
}

// pathTypes is what paths are in the API.
var pathTypes = map[fib.PathKind]fib_types.FibPathType{fib.ToLocal: fib_types.FIB_API_PATH_TYPE_LOCAL, fib.ToDrop: fib_types.FIB_API_PATH_TYPE_DROP,
	fib.ToSourceTable: fib_types.FIB_API_PATH_TYPE_SOURCE_LOOKUP, fib.ToReceive: fib_types.FIB_API_PATH_TYPE_INTERFACE_RX,
	fib.ToUnreachable: fib_types.FIB_API_PATH_TYPE_ICMP_UNREACH, fib.ToProhibit: fib_types.FIB_API_PATH_TYPE_ICMP_PROHIBIT}

// wirePaths writes paths.
func wirePaths(paths []fib.Path, v6 bool) []fib_types.FibPath {
	out := make([]fib_types.FibPath, 0, len(paths))
	for _, p := range paths {
		m := fib_types.FibPath{SwIfIndex: p.SwIf, TableID: p.Table, RpfID: none, Weight: max(1, p.Weight), Preference: p.Preference, Type: pathTypes[p.Kind]}
		if p.SwIf == 0 {
			m.SwIfIndex = none
		}
		m.Nh.ViaLabel, m.Nh.ObjID, m.Nh.ClassifyTableIndex = 1<<20, none, none
		if v6 {
			m.Proto = fib_types.FIB_API_PATH_NH_PROTO_IP6
		}
		if p.Kind == fib.ToNeighbor {
			m.Nh.Address = ip_types.AddressOf(p.Via).Un
		}
		out = append(out, m)
	}
	return out
}

// dump calls yield with each route of a table; where there is none, as in VPP, with none.
func (a ipAPI) dump(t *ipapi.IPTable, yield func(*fib.Route) bool) {
	found, err := a.p.table(t.IsIP6, t.TableID)
	if err != nil {
		return
	}
	for r := range a.p.fib.Snapshot().Routes(t.IsIP6, found.Place) {
		if !yield(&r) {
			return
		}
	}
}

// IPRouteDump implements ip.Service.
func (a ipAPI) IPRouteDump(_ context.Context, m *ipapi.IPRouteDump) iter.Seq2[*ipapi.IPRouteDetails, error] {
	return func(yield func(*ipapi.IPRouteDetails, error) bool) {
		a.dump(&m.Table, func(r *fib.Route) bool {
			return yield(&ipapi.IPRouteDetails{Route: wireRoute(m.Table.TableID, r)}, nil)
		})
	}
}

// IPRouteV2Dump implements ip.Service: of all sources, or of one as fib_source_dump numbers them, which is not served.
func (a ipAPI) IPRouteV2Dump(_ context.Context, m *ipapi.IPRouteV2Dump) iter.Seq2[*ipapi.IPRouteV2Details, error] {
	return func(yield func(*ipapi.IPRouteV2Details, error) bool) {
		a.dump(&m.Table, func(r *fib.Route) bool {
			w := wireRoute(m.Table.TableID, r)
			return yield(&ipapi.IPRouteV2Details{Route: ipapi.IPRouteV2{TableID: w.TableID, StatsIndex: w.StatsIndex, Prefix: w.Prefix, Src: uint8(r.Source), Paths: w.Paths}}, nil)
		})
	}
}

func wireRoute(table uint32, r *fib.Route) ipapi.IPRoute {
	return ipapi.IPRoute{TableID: table, StatsIndex: none, Prefix: ip_types.PrefixOf(r.Prefix), Paths: wirePaths(r.Paths, r.Prefix.Addr().Is6())}
}

// IPRouteLookup implements ip.Service.
func (a ipAPI) IPRouteLookup(_ context.Context, m *ipapi.IPRouteLookup) (*ipapi.IPRouteLookupReply, error) {
	r, err := a.lookup(m.TableID, &m.Prefix, m.Exact != 0)
	if err != nil {
		return nil, err
	}
	return &ipapi.IPRouteLookupReply{Route: wireRoute(m.TableID, r)}, nil
}

// IPRouteLookupV2 implements ip.Service.
func (a ipAPI) IPRouteLookupV2(_ context.Context, m *ipapi.IPRouteLookupV2) (*ipapi.IPRouteLookupV2Reply, error) {
	r, err := a.lookup(m.TableID, &m.Prefix, m.Exact != 0)
	if err != nil {
		return nil, err
	}
	w := wireRoute(m.TableID, r)
	return &ipapi.IPRouteLookupV2Reply{Route: ipapi.IPRouteV2{TableID: w.TableID, StatsIndex: none, Prefix: w.Prefix, Src: uint8(r.Source), Paths: w.Paths}}, nil
}

func (a ipAPI) lookup(table uint32, prefix *ip_types.Prefix, exact bool) (*fib.Route, error) {
	p, err := prefix.Netip()
	if err != nil {
		return nil, err
	}
	t, err := a.p.table(p.Addr().Is6(), table)
	if err != nil {
		return nil, Retval(err)
	}
	r, ok := a.p.fib.Snapshot().Get(p.Addr().Is6(), t.Place, p.Masked(), !exact)
	if !ok {
		return nil, api.Wrap(api.NoSuchEntry, fmt.Errorf("ip: no route to %v in table %d", p, table))
	}
	return &r, nil
}
