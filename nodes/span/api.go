package span

import (
	"context"
	"errors"
	"iter"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	spanapi "github.com/gvpp/gvpp/api/binapi/span"
)

const invalidInterface api.Errno = -71 // VNET_API_ERROR_INVALID_INTERFACE

// service serves VPP's module span.
type service struct {
	spanapi.Unimplemented
	p *Plugin
}

// SwInterfaceSpanEnableDisable implements spanapi.Service.
func (s service) SwInterfaceSpanEnableDisable(ctx context.Context, m *spanapi.SwInterfaceSpanEnableDisable) (*spanapi.SwInterfaceSpanEnableDisableReply, error) {
	layer := Device
	if m.IsL2 {
		layer = L2
	}
	err := s.p.Set(ctx, uint32(m.SwIfIndexFrom), uint32(m.SwIfIndexTo), layer, State(m.State))
	switch {
	case errors.Is(err, ErrState):
		err = api.Wrap(api.Unimplemented, err)
	case errors.Is(err, ErrInterface):
		err = api.Wrap(invalidInterface, err)
	}
	return nil, err
}

// SwInterfaceSpanDump implements spanapi.Service: of one layer.
func (s service) SwInterfaceSpanDump(_ context.Context, q *spanapi.SwInterfaceSpanDump) iter.Seq2[*spanapi.SwInterfaceSpanDetails, error] {
	return func(yield func(*spanapi.SwInterfaceSpanDetails, error) bool) {
		for _, m := range s.p.All() {
			state := m.Device
			if q.IsL2 {
				state = m.L2
			}
			d := &spanapi.SwInterfaceSpanDetails{SwIfIndexFrom: interface_types.InterfaceIndex(m.From), SwIfIndexTo: interface_types.InterfaceIndex(m.To),
				State: spanapi.SpanState(state), IsL2: q.IsL2}
			if state != Off && !yield(d, nil) {
				return
			}
		}
	}
}
