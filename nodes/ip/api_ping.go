package ip

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ping"
)

// pingAPI serves VPP's module ping.
type pingAPI struct {
	ping.Unimplemented
	p    *Plugin
	room chan struct{} // one for each ping that runs
}

// Bounds of what a client may ask for.
const (
	maxPings  = 64 // at once, all clients together
	maxRepeat = 1 << 20
	maxPeriod = 3600.0 // s
)

// WantPingFinishedEvents implements ping.Service: it answers at once, and tells its client when it is done.
func (a pingAPI) WantPingFinishedEvents(ctx context.Context, m *ping.WantPingFinishedEvents) (*ping.WantPingFinishedEventsReply, error) {
	caller := api.CallerOf(ctx)
	if caller == nil {
		return nil, api.Wrap(api.InvalidRegistration, errors.New("ip: there is no client that could be told of the ping's end"))
	}
	to, err := m.Address.Netip()
	if err != nil {
		return nil, err
	}
	if m.Repeat < 1 || m.Repeat > maxRepeat || !(m.Interval >= 0.001 && m.Interval <= maxPeriod) {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("ip: %d echo requests %g s apart: want 1 to %d, 0.001 to %g s apart", m.Repeat, m.Interval, maxRepeat, maxPeriod))
	}
	select {
	case a.room <- struct{}{}:
	default:
		return nil, api.Wrap(api.LimitExceeded, fmt.Errorf("ip: %d pings run, which is the most; wait for some to end", maxPings))
	}
	w := pingPlan{to: to, size: defaultSize, repeat: int(m.Repeat), burst: 1, interval: time.Duration(m.Interval * float64(time.Second))}
	go func() {
		defer func() { <-a.room }()
		r, err := a.p.runPing(ctx, &w, func(*PingAnswer) {})
		if err != nil {
			a.p.dp.Log().Warn("ping ended early", "client", caller.Name(), "address", to, "cause", err)
		}
		caller.Send(&ping.PingFinishedEvent{RequestCount: uint32(r.Sent), ReplyCount: uint32(r.Received)})
	}()
	return nil, nil
}
