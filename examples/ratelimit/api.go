package ratelimit

import (
	"context"
	"iter"

	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/examples/ratelimit/ratelimitapi"
	"github.com/gvpp/gvpp/plugin"
)

// service serves the messages of ratelimit.api. What it has begun it ends, also where the client goes meanwhile.
type service struct{ *Plugin }

// RatelimitSet implements ratelimitapi.Service.
func (s service) RatelimitSet(ctx context.Context, m *ratelimitapi.RatelimitSet) (*ratelimitapi.RatelimitSetReply, error) {
	return nil, s.Set(context.WithoutCancel(ctx), uint32(m.SwIfIndex), Limit{Rate(m.Packets), Rate(m.Bytes)})
}

// RatelimitDel implements ratelimitapi.Service.
func (s service) RatelimitDel(ctx context.Context, m *ratelimitapi.RatelimitDel) (*ratelimitapi.RatelimitDelReply, error) {
	return nil, s.Delete(context.WithoutCancel(ctx), uint32(m.SwIfIndex))
}

// RatelimitDump implements ratelimitapi.Service.
func (s service) RatelimitDump(context.Context, *ratelimitapi.RatelimitDump) iter.Seq2[*ratelimitapi.RatelimitDetails, error] {
	return func(yield func(*ratelimitapi.RatelimitDetails, error) bool) {
		for l := range s.All() {
			d := &ratelimitapi.RatelimitDetails{
				SwIfIndex: interface_types.InterfaceIndex(l.SwIf),
				Packets:   ratelimitapi.RatelimitRate(l.Limit.Packets), Bytes: ratelimitapi.RatelimitRate(l.Limit.Bytes),
				PassedPackets: l.Passed.Packets, PassedBytes: l.Passed.Bytes,
				DroppedPackets: l.Dropped.Packets, DroppedBytes: l.Dropped.Bytes,
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// RatelimitStats implements ratelimitapi.Service.
func (s service) RatelimitStats(context.Context, *ratelimitapi.RatelimitStats) (*ratelimitapi.RatelimitStatsReply, error) {
	sources, room := s.Stats()
	return &ratelimitapi.RatelimitStatsReply{Sources: sources, Room: room}, nil
}

// tell tells readers of the statistics segment the same: /ratelimit/passed and /ratelimit/dropped are by sw_if_index.
func (p *Plugin) tell(s plugin.Stats) {
	list := *p.limits.Load()
	all := make([]Limited, len(list))
	for i, l := range list {
		if l != nil {
			all[i] = p.limited(uint32(i), l)
		}
	}
	sources, _ := p.Stats()
	s.Number("/ratelimit/sources", sources)
	s.Counters("/ratelimit/passed", len(all), func(i int) (packets, bytes uint64) { return all[i].Passed.Packets, all[i].Passed.Bytes })
	s.Counters("/ratelimit/dropped", len(all), func(i int) (packets, bytes uint64) { return all[i].Dropped.Packets, all[i].Dropped.Bytes })
}
