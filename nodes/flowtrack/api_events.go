package flowtrack

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// subscriptions is which clients are told of events. Each has a goroutine of its own, which looks as any other watcher does, and
// ends when the client takes that back, or goes, or the dataplane ends.
type subscriptions struct {
	mu sync.Mutex
	of map[api.Caller]*subscription // guarded by mu
}

// subscription is a client's.
type subscription struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when no event comes any more
}

// maxSubscriptions is how many clients may be told of events: each gets a copy of all of them, which costs time in a flood.
const maxSubscriptions = 64

// kindsOnWire are the events that a client may ask for, by EventKind.
const kindsOnWire = wire.FLOWTRACK_API_EVENT_NEW | wire.FLOWTRACK_API_EVENT_UPDATE | wire.FLOWTRACK_API_EVENT_DESTROY

// WantFlowtrackEvents implements wire.Service.
func (f front) WantFlowtrackEvents(ctx context.Context, m *wire.WantFlowtrackEvents) (*wire.WantFlowtrackEventsReply, error) {
	caller := api.CallerOf(ctx)
	if caller == nil {
		return nil, api.Wrap(api.InvalidRegistration, fmt.Errorf("flowtrack: nobody to send events to"))
	}
	if !m.Enable {
		return &wire.WantFlowtrackEventsReply{}, f.p.told.end(caller)
	}
	filter, err := f.filter(&m.Filter)
	if err != nil {
		return nil, err
	}
	if m.Kinds&^kindsOnWire != 0 {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: events %v: want of %v", m.Kinds, kindsOnWire))
	}
	var kinds []EventKind
	for k := EventNew; k <= EventDestroy; k++ {
		if m.Kinds>>k&1 != 0 {
			kinds = append(kinds, k)
		}
	}
	return &wire.WantFlowtrackEventsReply{}, f.p.tellEvents(caller, m.PID, filter, kinds)
}

// end ends a subscription. No event comes behind it.
func (s *subscriptions) end(caller api.Caller) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.of[caller]
	if now == nil {
		return api.Wrap(api.InvalidRegistration, fmt.Errorf("flowtrack: %s is not told of events", caller.Name()))
	}
	now.cancel()
	<-now.ended // it waits for nobody
	delete(s.of, caller)
	return nil
}

// tellEvents begins to tell a client what happens from now on.
func (p *Plugin) tellEvents(caller api.Caller, pid uint32, f Filter, kinds []EventKind) error {
	s := &p.told
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[caller] != nil {
		return api.Wrap(api.InvalidRegistration, fmt.Errorf("flowtrack: %s is told of events already", caller.Name()))
	}
	if len(s.of) >= maxSubscriptions {
		return api.Wrap(api.LimitExceeded, fmt.Errorf("flowtrack: %d clients are told of events already, which is the most", len(s.of)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	if s.of == nil {
		s.of = map[api.Caller]*subscription{}
	}
	ended := make(chan struct{})
	s.of[caller] = &subscription{cancel, ended}
	w := newWatcher(kinds)
	p.watch(w)
	go func() {
		select {
		case <-caller.Done():
			s.end(caller) //nolint:errcheck // unless it has ended
		case <-ended:
		}
	}()
	go func() {
		defer cancel()
		defer close(ended)
		defer p.unwatch(w)
		defer p.survive("telling a client of events")
		t := teller{caller: caller, pid: pid}
		p.follow(ctx, func(over bool) bool {
			p.give(w, &f, over, t.tell)
			t.tellLost()
			return true
		})
	}()
	return nil
}

// survive, deferred, keeps a panic beside the workers away from them.
func (p *Plugin) survive(what string) {
	if v := recover(); v != nil {
		p.dp.Log().Error("flowtrack: a panic; the workers go on", "work", what, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	}
}

// teller sends events to a client.
type teller struct {
	caller api.Caller
	pid    uint32
	lost   uint64 // events for which there was no room, and that the client does not know of yet
}

// tell sends an event.
func (t *teller) tell(e Event) bool {
	if e.Kind == EventLost {
		t.lost += e.Lost
		return true
	}
	m := &wire.FlowtrackEvent{PID: t.pid, Kind: 1 << e.Kind, Time: uint64(e.Time.UnixMicro()), Session: e.Session.wire()}
	for why := range numOvers {
		if e.Kind == EventDestroy && why.String() == e.Reason {
			m.Reason = wire.FlowtrackReason(why) + 1
		}
	}
	if t.tellLost(); t.lost != 0 || !t.caller.Send(m) {
		t.lost++
	}
	return true
}

// tellLost tells how many events were lost, once there is room.
func (t *teller) tellLost() {
	if t.lost != 0 && t.caller.Send(&wire.FlowtrackEvent{PID: t.pid, Kind: wire.FLOWTRACK_API_EVENT_LOST, Lost: t.lost}) {
		t.lost = 0
	}
}
