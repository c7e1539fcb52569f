package ip

import (
	"context"
	"errors"
	"fmt"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ip6_nd"
)

// discoveryAPI serves VPP's module ip6_nd.
type discoveryAPI struct {
	ip6_nd.Unimplemented
	p *Plugin
}

// errNoAdvertisements is what is said to who wants some.
var errNoAdvertisements = api.Wrap(api.Unimplemented, errors.New("ip: router advertisements are not sent here: run radvd on the host, or leave them suppressed"))

// SwInterfaceIP6ndRaConfig implements ip6_nd.Service. This router advertises nothing, which may be said again; all else is refused.
func (a discoveryAPI) SwInterfaceIP6ndRaConfig(_ context.Context, m *ip6_nd.SwInterfaceIP6ndRaConfig) (*ip6_nd.SwInterfaceIP6ndRaConfigReply, error) {
	swIf := uint32(m.SwIfIndex)
	if _, ok := a.p.dp.Link(swIf); !ok {
		return nil, Retval(fmt.Errorf("ip: no interface with sw_if_index %d: %w", swIf, ErrNoInterface))
	}
	quiet := *m
	quiet.Suppress, quiet.Cease, quiet.IsNo = 0, 0, false
	if m.IsNo && (m.Suppress != 0 || m.Cease != 0) || quiet != (ip6_nd.SwInterfaceIP6ndRaConfig{SwIfIndex: m.SwIfIndex}) {
		return nil, errNoAdvertisements
	}
	return nil, nil
}
