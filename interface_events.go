package gvpp

import (
	"context"
	"iter"
	"sync"
)

// InterfaceEventKind is what has happened to an interface.
type InterfaceEventKind uint8

// The kinds of events.
const (
	InterfaceAdded InterfaceEventKind = iota + 1
	InterfaceRemoved
	InterfaceUp   // the operator has brought it up
	InterfaceDown // or down
	InterfaceLinkUp
	InterfaceLinkDown
)

var interfaceEventNames = [...]string{InterfaceAdded: "added", InterfaceRemoved: "removed", InterfaceUp: "up", InterfaceDown: "down",
	InterfaceLinkUp: "link up", InterfaceLinkDown: "link down"}

// String is the kind in words.
func (k InterfaceEventKind) String() string {
	if int(k) >= len(interfaceEventNames) {
		return "?"
	}
	return interfaceEventNames[k]
}

// InterfaceEvent is something that has happened to an interface, and how that is now.
type InterfaceEvent struct {
	Kind   InterfaceEventKind
	Index  uint32 // its sw_if_index
	Name   string
	Up     bool   // as the operator wants it
	LinkUp bool   // packets can flow; without a wire they can while the interface is up, of which there is no event of its own
	Lost   uint64 // how many events before this one were lost, because nobody took them
}

// interfaceEvents is who wants to know.
type interfaceEvents struct {
	mu   sync.Mutex
	next uint64                          // guarded by mu
	subs map[uint64]func(InterfaceEvent) // guarded by mu
}

// OnInterfaceEvent has f called with each event from now on until stop returns, in their order, before the operation that has
// made it returns. f must not wait for anything and must not call the Dataplane.
func (dp *Dataplane) OnInterfaceEvent(f func(InterfaceEvent)) (stop func()) {
	e := &dp.events
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.subs == nil {
		e.subs = map[uint64]func(InterfaceEvent){}
	}
	id := e.next
	e.next++
	e.subs[id] = f
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.subs, id)
	}
}

// interfaceBacklog bounds the events that wait for one who takes them slowly.
const interfaceBacklog = 1024

// InterfaceEvents is the events from now on, as they happen, until ctx or the loop over them ends; there can be one loop. No
// operation waits for it: who takes them too slowly loses some, which the next one says.
func (dp *Dataplane) InterfaceEvents(ctx context.Context) iter.Seq[InterfaceEvent] {
	queue := make(chan InterfaceEvent, interfaceBacklog)
	lost := uint64(0) // guarded by dp.events.mu
	stop := dp.OnInterfaceEvent(func(e InterfaceEvent) {
		e.Lost = lost
		select {
		case queue <- e:
			lost = 0
		default:
			lost++
		}
	})
	context.AfterFunc(ctx, stop)
	return func(yield func(InterfaceEvent) bool) {
		defer stop()
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-queue:
				if !yield(e) {
					return
				}
			}
		}
	}
}

// tell gives an event to all who want it. dp.mu is held.
func (dp *Dataplane) tell(i *iface, kind InterfaceEventKind) {
	dp.events.mu.Lock()
	defer dp.events.mu.Unlock()
	e := InterfaceEvent{Kind: kind, Index: i.swIf, Name: i.spec.Name(), Up: i.up, LinkUp: i.linkUp()}
	for _, f := range dp.events.subs {
		f(e)
	}
}

// setLink notes whether packets can flow, and tells where that is new. dp.mu is held.
func (dp *Dataplane) setLink(i *iface, up bool) {
	if i.link == up || i.leaves {
		return
	}
	i.link = up
	dp.relink()
	dp.tell(i, map[bool]InterfaceEventKind{true: InterfaceLinkUp, false: InterfaceLinkDown}[up])
}
