package portblock

import (
	"context"
	"iter"

	"github.com/gvpp/gvpp/examples/portblock/portblockapi"
)

// service serves the messages of portblock.api.
type service struct{ *Plugin }

// PortblockAdd implements portblockapi.Service.
func (s service) PortblockAdd(ctx context.Context, m *portblockapi.PortblockAdd) (*portblockapi.PortblockAddReply, error) {
	return nil, s.Add(ctx, m.Port)
}

// PortblockDump implements portblockapi.Service.
func (s service) PortblockDump(context.Context, *portblockapi.PortblockDump) iter.Seq2[*portblockapi.PortblockDetails, error] {
	return func(yield func(*portblockapi.PortblockDetails, error) bool) {
		for port := range s.Blocked() {
			if !yield(&portblockapi.PortblockDetails{Port: port}, nil) {
				return
			}
		}
	}
}
