package ip

import (
	"context"
	"fmt"
	"iter"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/binapi/punt"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// AddDelIPPuntRedirectV2 implements ip.Service. Without a path it adds nothing.
func (a ipAPI) AddDelIPPuntRedirectV2(ctx context.Context, m *ipapi.AddDelIPPuntRedirectV2) (*ipapi.AddDelIPPuntRedirectV2Reply, error) {
	v6 := m.Punt.Af == ip_types.ADDRESS_IP6
	var paths []fib.Path
	for i := range m.Punt.Paths {
		path, err := pathOf(&m.Punt.Paths[i])
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return nil, a.redirect(ctx, v6, m.Punt.RxSwIfIndex, paths, m.IsAdd)
}

// IPPuntRedirect implements ip.Service.
func (a ipAPI) IPPuntRedirect(ctx context.Context, m *ipapi.IPPuntRedirect) (*ipapi.IPPuntRedirectReply, error) {
	via, err := m.Punt.Nh.Netip()
	if err != nil {
		return nil, err
	}
	path := fib.Path{SwIf: uint32(m.Punt.TxSwIfIndex), Via: via}
	if via.IsUnspecified() {
		path = fib.Path{Kind: fib.ToLink, SwIf: path.SwIf}
	}
	return nil, a.redirect(ctx, via.Is6(), m.Punt.RxSwIfIndex, []fib.Path{path}, m.IsAdd)
}

func (a ipAPI) redirect(ctx context.Context, v6 bool, rx interface_types.InterfaceIndex, paths []fib.Path, add bool) error {
	switch {
	case !add:
		return Retval(a.p.DeletePuntRedirect(v6, uint32(rx)))
	case len(paths) == 0:
		return nil
	}
	if err := a.p.SetPuntRedirect(v6, uint32(rx), paths); err != nil {
		return Retval(err)
	}
	return a.p.Asked(ctx)
}

// IPPuntRedirectV2Dump implements ip.Service.
func (a ipAPI) IPPuntRedirectV2Dump(_ context.Context, m *ipapi.IPPuntRedirectV2Dump) iter.Seq2[*ipapi.IPPuntRedirectV2Details, error] {
	v6 := m.Af == ip_types.ADDRESS_IP6
	return func(yield func(*ipapi.IPPuntRedirectV2Details, error) bool) {
		a.redirectsOf(v6, uint32(m.SwIfIndex), func(r *PuntRedirect) bool {
			return yield(&ipapi.IPPuntRedirectV2Details{Punt: ipapi.PuntRedirectV2{RxSwIfIndex: interface_types.InterfaceIndex(r.RxIf), Af: m.Af, Paths: wirePaths(r.Paths, v6)}}, nil)
		})
	}
}

// IPPuntRedirectDump implements ip.Service. It tells the first path of each.
func (a ipAPI) IPPuntRedirectDump(_ context.Context, m *ipapi.IPPuntRedirectDump) iter.Seq2[*ipapi.IPPuntRedirectDetails, error] {
	return func(yield func(*ipapi.IPPuntRedirectDetails, error) bool) {
		a.redirectsOf(m.IsIPv6, uint32(m.SwIfIndex), func(r *PuntRedirect) bool {
			d := ipapi.PuntRedirect{RxSwIfIndex: interface_types.InterfaceIndex(r.RxIf), TxSwIfIndex: interface_types.InterfaceIndex(r.Paths[0].SwIf)}
			switch via := r.Paths[0].Via; {
			case via.IsValid():
				d.Nh = ip_types.AddressOf(via)
			case m.IsIPv6:
				d.Nh.Af = ip_types.ADDRESS_IP6
			}
			return yield(&ipapi.IPPuntRedirectDetails{Punt: d}, nil)
		})
	}
}

func (a ipAPI) redirectsOf(v6 bool, rx uint32, yield func(r *PuntRedirect) bool) {
	for _, r := range a.p.PuntRedirects(v6) {
		if (rx == none || rx == r.RxIf) && !yield(&r) {
			return
		}
	}
}

// puntAPI serves VPP's module punt, but for sockets and reasons.
type puntAPI struct {
	punt.Unimplemented
	p *Plugin
}

// SetPunt implements punt.Service, for UDP ports as in VPP: of other kinds of packets nobody is told anything anyway.
func (a puntAPI) SetPunt(_ context.Context, m *punt.SetPunt) (*punt.SetPuntReply, error) {
	l4 := m.Punt.Punt.L4()
	if m.Punt.Type != punt.PUNT_API_TYPE_L4 || l4.Protocol != ip_types.IP_API_PROTO_UDP || l4.Af > ip_types.ADDRESS_IP6 {
		return nil, api.Wrap(api.Unimplemented, fmt.Errorf("ip: set_punt of type %v, protocol %v: want UDP ports, of IPv4 or IPv6", m.Punt.Type, l4.Protocol))
	}
	a.p.SetPunt(l4.Af == ip_types.ADDRESS_IP6, l4.Port, m.IsAdd)
	return nil, nil
}
