package ip

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ip_neighbor"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
)

// watch is which neighbours a client wants to be told of: those of an interface, or with none of all; with an address, or with the
// zero value any.
type watch struct {
	swIf uint32
	addr netip.Addr
	v2   bool // with whether it has come or gone; without, VPP too tells of both alike
}

func (w *watch) wants(c *neighborChange) bool {
	return (w.swIf == none || w.swIf == c.SwIf) && (!w.addr.IsValid() || w.addr == c.Addr)
}

// neighborChange is a neighbour that is known by another MAC address than before, or not any more.
type neighborChange struct {
	neighbor.Entry
	gone bool
}

// watchers is who wants to be told of neighbours, and of what they have not been told yet. Workers note, control tells.
type watchers struct {
	any atomic.Bool // somebody wants it

	mu      sync.Mutex
	clients map[watch]*api.Subscribers[uint32] // guarded by mu: with their pids

	changes []neighborChange // guarded by Plugin.mu
	lost    int              // guarded by Plugin.mu
}

// Bounds of the watchers. Changes beyond are not told, and logged by number.
const (
	maxWatches = 1024
	maxChanges = 8192
	tellEvery  = 10 * time.Millisecond
)

// note keeps a change. Plugin.mu is held.
func (w *watchers) note(e *neighbor.Entry, gone bool) {
	switch {
	case !w.any.Load():
	case len(w.changes) == maxChanges:
		w.lost++
	default:
		w.changes = append(w.changes, neighborChange{*e, gone})
	}
}

// set begins a client's watch or ends it.
func (w *watchers) set(c api.Caller, on bool, of watch, pid uint32) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.clients[of]
	if s == nil {
		if on && len(w.clients) == maxWatches {
			return api.Wrap(api.LimitExceeded, fmt.Errorf("ip: %d different watches of neighbours are the most: end some", maxWatches))
		}
		s = new(api.Subscribers[uint32])
	}
	if err := s.Set(c, on, pid); err != nil || !on {
		return err // the next look finds out whether anybody is left
	}
	if w.clients == nil {
		w.clients = map[watch]*api.Subscribers[uint32]{}
	}
	w.clients[of] = s
	w.any.Store(true)
	return nil
}

// tellNeighbors tells clients what has changed since it was called last.
func (p *Plugin) tellNeighbors(int64) (more bool) {
	w := &p.watchers
	if !w.any.Load() {
		return false
	}
	p.mu.Lock()
	changes, lost := w.changes, w.lost
	w.changes, w.lost = nil, 0
	p.mu.Unlock()
	if lost > 0 {
		p.dp.Log().Warn("clients were not told of all neighbours", "lost", lost, "cause", fmt.Sprintf("more than %d changes in %v", maxChanges, tellEvery))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range changes {
		c := &changes[i]
		for of, s := range w.clients {
			if of.wants(c) {
				s.Send(func(pid uint32) api.Message { return c.event(of.v2, pid) })
			}
		}
	}
	for of, s := range w.clients {
		if !occupied(s) {
			delete(w.clients, of)
		}
	}
	w.any.Store(len(w.clients) > 0)
	return false
}

func occupied(s *api.Subscribers[uint32]) bool {
	for range s.All() {
		return true
	}
	return false
}

func (c *neighborChange) event(v2 bool, pid uint32) api.Message {
	if !v2 {
		return &ip_neighbor.IPNeighborEvent{PID: pid, Neighbor: wireNeighbor(&c.Entry)}
	}
	flags := ip_neighbor.IP_NEIGHBOR_API_EVENT_FLAG_ADDED
	if c.gone {
		flags = ip_neighbor.IP_NEIGHBOR_API_EVENT_FLAG_REMOVED
	}
	return &ip_neighbor.IPNeighborEventV2{PID: pid, Flags: flags, Neighbor: wireNeighbor(&c.Entry)}
}
