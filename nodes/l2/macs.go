package l2

import (
	"fmt"
	"net"
	"runtime"
	"slices"
	"time"

	"github.com/gvpp/gvpp/nodes/l2/fib"
)

// MAC is an entry of a domain's table.
type MAC struct {
	Address net.HardwareAddr `json:"-"`
	Domain  uint32           `json:"bd_id"`
	Index   uint16           `json:"bd_index"`
	Port    uint32           `json:"sw_if_index"` // ^0 for a filter
	Static  bool             `json:"static"`
	Filter  bool             `json:"filter"`
	BVI     bool             `json:"bvi"`
	Learned bool             `json:"learned"`
	Age     int              `json:"age_seconds"` // since a frame of it was seen; -1: it does not age
}

// AddMAC enters an address of a domain by hand. A filter has no port; others have one that is in the domain. One that is neither
// static nor a filter does not age, but moves when it is heard elsewhere.
func (p *Plugin) AddMAC(id uint32, mac net.HardwareAddr, m MAC) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.domain(id)
	if err != nil {
		return err
	}
	e := fib.NewEntry(fib.NoPort, 0, fib.Filter|fib.Static)
	if !m.Filter {
		if err := p.exists(m.Port); err != nil {
			return err
		}
		if !slices.ContainsFunc(d.Members, func(x Member) bool { return x.Index == m.Port }) {
			return fmt.Errorf("l2: interface %q is not in bridge domain %d: %w", p.dp.InterfaceName(m.Port), id, ErrNotBridged)
		}
		e = fib.NewEntry(m.Port, 0, 0)
		if m.Static || m.BVI {
			e |= fib.Static
		}
		if m.BVI {
			e |= fib.BVI
		}
	}
	p.enter(fib.NewKey(d.Index, mac), e)
	return nil
}

// DeleteMAC takes an address out of a domain's table.
func (p *Plugin) DeleteMAC(id uint32, mac net.HardwareAddr) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.domain(id)
	if err != nil {
		return err
	}
	k := fib.NewKey(d.Index, mac)
	old := p.macs().Delete(k)
	if old == 0 {
		return fmt.Errorf("l2: bridge domain %d has no address %s: %w", id, mac, ErrNoEntry)
	}
	p.unlearned(k, old)
	return nil
}

// Flush forgets what was learned: by all domains if id is 0, at all interfaces if swIf is.
func (p *Plugin) Flush(id, swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	index := uint16(0)
	if id != 0 {
		d, err := p.domain(id)
		if err != nil {
			return err
		}
		index = d.Index
	}
	p.flush(func(k key, e entry) bool {
		return e.Is(fib.Learned) && (index == 0 || k.Domain() == index) && (swIf == 0 || e.Port() == swIf)
	})
	return nil
}

// Clear empties all tables, but for the BVIs' own addresses.
func (p *Plugin) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flush(func(_ key, e entry) bool { return !e.Is(fib.BVI) })
}

// MACs lists the addresses of a domain, or of all with id 0, by domain and address.
func (p *Plugin) MACs(id uint32) ([]MAC, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []MAC{}
	if id != 0 {
		if _, err := p.domain(id); err != nil {
			return nil, err
		}
	}
	if p.table == nil {
		return list, nil
	}
	var keys []key
	found := map[key]entry{}
	p.table.Each(func(k key, e entry) bool {
		if d := p.byIndex[k.Domain()]; d != nil && (id == 0 || d.ID == id) && found[k] == 0 {
			keys = append(keys, k)
			found[k] = e
		}
		return true
	})
	slices.Sort(keys)
	now := fib.At(p.dp.Clock())
	for _, k := range keys {
		d := p.byIndex[k.Domain()]
		list = append(list, describeMAC(d, k, found[k], now))
	}
	return list, nil
}

func describeMAC(d *domain, k key, e entry, now fib.Time) MAC {
	mac := k.MAC()
	m := MAC{Address: mac[:], Domain: d.ID, Index: d.Index, Port: e.Port(), Static: e.Is(fib.Static), Filter: e.Is(fib.Filter), BVI: e.Is(fib.BVI), Learned: e.Is(fib.Learned), Age: -1}
	if m.Filter {
		m.Port = ^uint32(0)
	}
	if m.Learned && d.MACAge != 0 {
		m.Age = int(e.Age(now))
	}
	return m
}

// Learned is how many addresses all domains have learned, and how many they may.
func (p *Plugin) Learned() (n, limit int) { return int(p.learned.Load()), int(p.limit.Load()) }

// SetLearnLimit bounds what all domains learn together.
func (p *Plugin) SetLearnLimit(addresses uint32) { p.limit.Store(int64(addresses)) }

// enter is Set of the table. p.mu is held.
func (p *Plugin) enter(k key, e entry) { p.unlearned(k, p.macs().Set(k, e)) }

// unlearned counts an entry that is gone, or is no learned one any more.
func (p *Plugin) unlearned(k key, old entry) {
	if !old.Is(fib.Learned) {
		return
	}
	p.events.removed(p.state.Load(), k, old)
	p.learned.Add(-1)
	if s := p.state.Load(); int(k.Domain()) < len(s.domains) && s.domains[k.Domain()].learned != nil {
		s.domains[k.Domain()].learned.Add(-1)
	}
}

// flush takes out all entries that gone says.
func (p *Plugin) flush(gone func(key, entry) bool) {
	p.walk(func(k key, e entry) entry {
		if !gone(k, e) {
			return e
		}
		p.unlearned(k, e)
		return 0
	})
}

// touchAll makes all addresses of a domain as old as if they had just been seen.
func (p *Plugin) touchAll(index uint16) {
	now := fib.At(p.dp.Clock())
	p.walk(func(k key, e entry) entry {
		if k.Domain() == index && e.Is(fib.Learned) {
			e = e.Refresh(now)
		}
		return e
	})
}

// walk shows see the whole table once, and lets others run in between.
func (p *Plugin) walk(see func(key, entry) entry) {
	if p.table == nil {
		return
	}
	var c fib.Cursor
	for !p.table.Sweep(&c, see) {
		runtime.Gosched()
	}
}

// Rhythm of the control side's work.
const (
	// sweepEvery is how often addresses are looked through for old ones, where they age.
	sweepEvery = 5 * time.Second
	// lookEvery is how long new addresses may find no room in a burst of them, and how exact the delay is with which clients are
	// told. Lower, and a program at rest is woken for nothing.
	lookEvery = 100 * time.Millisecond
	// sweepRun is how many slices of the table are looked at before other work has its turn: some milliseconds.
	sweepRun = 1024
)

// sweep forgets old addresses, a part of the table at each call.
func (p *Plugin) sweep(int64) (more bool) {
	s := p.state.Load()
	if !s.ages {
		p.cursor = fib.Cursor{}
		return false
	}
	now := fib.At(p.dp.Clock())
	for range sweepRun {
		if s.table.Sweep(&p.cursor, func(k key, e entry) entry { return p.aged(s, now, k, e) }) {
			return false
		}
		runtime.Gosched()
	}
	return true
}

// aged is an entry, or 0 if it is too old.
func (p *Plugin) aged(s *state, now fib.Time, k key, e entry) entry {
	if !e.Is(fib.Learned) || int(k.Domain()) >= len(s.domains) {
		return e
	}
	if age := s.domains[k.Domain()].age; age == 0 || !e.Expired(now, age) {
		return e
	}
	p.unlearned(k, e)
	return 0
}

// look makes room in the table, or gives some back, and tells of loops, unless an operation is under way just now.
func (p *Plugin) look(now int64) {
	if !p.mu.TryLock() {
		return
	}
	defer p.mu.Unlock()
	if p.table != nil {
		p.table.Resize()
	}
	for _, d := range p.domains {
		if now >= d.due && p.warn(d) {
			d.due = now + int64(warnEvery)
		}
	}
}
