package l2

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/nodes/l2/fib"
)

// Clients may be told of addresses that are learned, moved and forgotten. Workers mark what they learn, the control goroutine looks
// for marks again and again, and takes them off.

const (
	// DefaultScanDelay is the delay, unless somebody says otherwise.
	DefaultScanDelay = 100 * time.Millisecond
	// maxRemoved bounds what waits to be told. Lower, and who flushes a large table does not hear of all; higher, and more memory.
	maxRemoved = 1 << 16
)

// Action is what has become of an address.
type Action uint8

// The actions, by VPP's numbers.
const (
	MACAdded Action = iota
	MACRemoved
	MACMoved
)

// MACChange is an address that was learned, has moved or was forgotten.
type MACChange struct {
	Address [6]byte
	Domain  uint16 // index
	Port    uint32 // sw_if_index
	Action  Action
}

// macEvents is what is to be told, and to whom.
type macEvents struct {
	to     func([]MACChange) (wanted bool) // set before there are workers
	delay  atomic.Int64                    // nanoseconds between two looks
	cursor fib.Cursor                      // the control goroutine's, as due
	due    int64                           // clock

	mu   sync.Mutex
	gone []MACChange // guarded by mu: removed since they were told last
	lost int         // guarded by mu: those that were one too many
}

// OnMACs sets whom TellMACs tells: to gets what has changed, perhaps nothing, and says whether anybody still wants to know. It must
// not call operations of the plugin. It is called before there are workers.
func (p *Plugin) OnMACs(to func([]MACChange) (wanted bool)) { p.events.to = to }

// TellMACs begins to tell of addresses, or ends that.
func (p *Plugin) TellMACs(ctx context.Context, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.telling = on
	return p.publish(ctx)
}

// SetScanDelay is how long an address that was learned may wait to be told, give or take lookEvery.
func (p *Plugin) SetScanDelay(d time.Duration) { p.events.delay.Store(int64(d)) }

// removed notes an address that was learned and is no more, if somebody wants to know.
func (e *macEvents) removed(s *state, k key, old entry) {
	if s.fresh == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.gone) >= maxRemoved {
		e.lost++
		return
	}
	e.gone = append(e.gone, MACChange{k.MAC(), k.Domain(), old.Port(), MACRemoved})
}

// take is what was removed.
func (e *macEvents) take() (list []MACChange, lost int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	list, lost = e.gone, e.lost
	e.gone, e.lost = nil, 0
	return list, lost
}

// tell looks for what is to be told, a part of the table at each call.
func (p *Plugin) tell(now int64) (more bool) {
	s, e := p.state.Load(), &p.events
	if s.fresh == 0 {
		e.due = 0
		return false
	}
	if now < e.due {
		return false
	}
	list, lost := e.take()
	if lost > 0 {
		p.dp.Log().Warn("l2: more MAC addresses were forgotten at once than are told of", "untold", lost)
	}
	for range sweepRun {
		if s.table.Sweep(&e.cursor, func(k key, x entry) entry {
			if !x.Is(fib.Fresh) {
				return x
			}
			list = append(list, change(k, x))
			return x &^ (fib.Fresh | fib.Moved)
		}) {
			e.due = now + e.delay.Load()
			break
		}
		runtime.Gosched()
	}
	if e.to == nil || !e.to(list) {
		p.quiet()
		return false
	}
	return now >= e.due
}

// change is a Fresh entry as it is told.
func change(k key, e entry) MACChange {
	c := MACChange{k.MAC(), k.Domain(), e.Port(), MACAdded}
	if e.Is(fib.Moved) {
		c.Action = MACMoved
	}
	return c
}

// quiet ends the telling when nobody listens any more: what a client has set along with its subscription ends with it.
func (p *Plugin) quiet() {
	p.SetLearnLimit(DefaultLearnLimit)
	if err := p.TellMACs(context.Background(), false); err != nil {
		p.dp.Log().Error("l2: telling of MAC addresses does not end", "error", err)
	}
}
