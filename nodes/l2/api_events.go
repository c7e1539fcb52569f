package l2

import (
	"context"
	"fmt"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ethernet_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	l2api "github.com/gvpp/gvpp/api/binapi/l2"
)

// macWants is what a client of l2_macs_event has asked for.
type macWants struct {
	pid uint32
	max int // addresses in an event
}

// Messages makes the service, which tells clients of addresses. It is to be called once.
func (p *Plugin) Messages() Messages {
	a := Messages{p: p, macs: new(api.Subscribers[macWants])}
	p.OnMACs(a.tellMACs)
	return a
}

// WantL2MacsEvents implements l2.Service. As in VPP it bounds what all domains learn together, and forgets what they have learned.
func (a Messages) WantL2MacsEvents(ctx context.Context, m *l2api.WantL2MacsEvents) (*l2api.WantL2MacsEventsReply, error) {
	if m.EnableDisable && (m.LearnLimit == 0 || m.LearnLimit > DefaultLearnLimit || m.ScanDelay == 0) {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("l2: learn_limit %d, scan_delay %d: want 1 to %d, and no 0", m.LearnLimit, m.ScanDelay, DefaultLearnLimit))
	}
	if err := a.wantMACs(ctx, m.EnableDisable, m.PID, m.MaxMacsInEvent); err != nil {
		return nil, err
	}
	if !m.EnableDisable {
		return nil, nil
	}
	a.p.SetScanDelay(time.Duration(m.ScanDelay) * 10 * time.Millisecond)
	a.p.SetLearnLimit(m.LearnLimit)
	return nil, a.p.Flush(0, 0)
}

// WantL2MacsEvents2 implements l2.Service.
func (a Messages) WantL2MacsEvents2(ctx context.Context, m *l2api.WantL2MacsEvents2) (*l2api.WantL2MacsEvents2Reply, error) {
	return nil, a.wantMACs(ctx, m.EnableDisable, m.PID, m.MaxMacsInEvent)
}

// L2fibSetScanDelay implements l2.Service. As in VPP what was learned is forgotten.
func (a Messages) L2fibSetScanDelay(_ context.Context, m *l2api.L2fibSetScanDelay) (*l2api.L2fibSetScanDelayReply, error) {
	if m.ScanDelay == 0 {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("l2: scan_delay 0: want 1 or more, in 10 ms"))
	}
	a.p.SetScanDelay(time.Duration(m.ScanDelay) * 10 * time.Millisecond)
	return nil, a.p.Flush(0, 0)
}

// wantMACs begins a client's subscription, anew if it has one, or ends it, if it has one. tens is how many addresses an event may
// have, in tens.
func (a Messages) wantMACs(ctx context.Context, on bool, pid uint32, tens uint8) error {
	if on && tens == 0 {
		return api.Wrap(api.InvalidValue, fmt.Errorf("l2: max_macs_in_event 0: want 1 or more, in tens"))
	}
	c := api.CallerOf(ctx)
	_ = a.macs.Set(c, false, macWants{}) // it may have none
	if !on {
		return nil // the next look finds out whether anybody is left
	}
	if err := a.macs.Set(c, true, macWants{pid, int(tens) * 10}); err != nil {
		return err
	}
	return a.p.TellMACs(ctx, true)
}

// tellMACs tells clients of addresses; wanted is whether there are any.
func (a Messages) tellMACs(list []MACChange) (wanted bool) {
	n := len(list)
	for _, w := range a.macs.All() {
		wanted, n = true, min(n, w.max)
	}
	for wanted && len(list) > 0 {
		macs := make([]l2api.MacEntry, min(n, len(list)))
		for i, x := range list[:len(macs)] {
			macs[i] = l2api.MacEntry{SwIfIndex: interface_types.InterfaceIndex(x.Port), MacAddr: ethernet_types.MacAddress(x.Address), Action: l2api.MacEventAction(x.Action)}
		}
		list = list[len(macs):]
		a.macs.Send(func(w macWants) api.Message { return &l2api.L2MacsEvent{PID: w.pid, Mac: macs} })
	}
	return wanted
}
