package l2

import (
	"context"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/nodes/l2/fib"
)

type (
	key   = fib.Key
	entry = fib.Entry
)

// state is the domains as workers see them: an immutable snapshot, but for the table.
type state struct {
	table   *fib.Table
	ports   []bridgePort // by sw_if_index
	domains []bridge     // by index
	watches []*watch     // by sw_if_index
	echoes  *echoes
	learned *atomic.Int64
	limit   *atomic.Int64 // addresses, of all domains
	ages    bool          // some domain forgets addresses
	fresh   entry         // flags of what is learned: fib.Fresh while somebody wants to be told, else none
	moved   entry         // flags of what has moved
}

// bridgePort is an interface as the packet path sees it: the domain's flags are here, too.
type bridgePort struct {
	domain uint16 // index; 0: in none
	shg    uint8
	flags  portFlags
}

type portFlags uint8

const (
	portLearns portFlags = 1 << iota
	portForwards
	portFloods
	portUUFloods
	portBVI
	portAges
	portChecks
)

// has reports whether a flag is set.
func (b bridgePort) has(f portFlags) bool { return b.flags&f != 0 }

// bridge is a domain as the packet path sees it.
type bridge struct {
	members []flood // whom broadcasts go to
	uu      uint32  // whom unknown unicast goes to alone; 0: nobody
	age     uint8
	limit   int64
	learned *atomic.Int64 // nil: no such domain
	echo    *atomic.Int64 // clock: the last echo, 0 for none
	// interval and burst are the flood limit: nanoseconds between two frames, 0 for none, and how many may come at once.
	interval, burst int64
}

// flood is a member that frames are flooded to.
type flood struct {
	swIf uint32
	shg  uint8
}

// port is an interface, in no domain where there is none.
func (s *state) port(swIf uint32) bridgePort {
	if int(swIf) < len(s.ports) {
		return s.ports[swIf]
	}
	return bridgePort{}
}

// publish makes the domains as they are effective. It waits whatever ctx does: what an operation has begun it ends. p.mu is held.
func (p *Plugin) publish(ctx context.Context) error {
	s := &state{table: p.macs(), domains: make([]bridge, len(p.byIndex)), learned: &p.learned, limit: &p.limit, echoes: p.recent}
	for index, d := range p.byIndex {
		if d != nil {
			s.domains[index] = s.add(d)
		}
	}
	if p.telling {
		s.fresh, s.moved = fib.Fresh, fib.Fresh|fib.Moved
	}
	p.state.Store(s)
	return p.dp.Published(context.WithoutCancel(ctx))
}

// add enters the members of a domain.
func (s *state) add(d *domain) bridge {
	b := bridge{age: d.MACAge, limit: int64(d.LearnLimit), learned: d.learned, echo: &d.echo}
	if d.FloodLimit != 0 {
		b.interval, b.burst = int64(time.Second)/int64(d.FloodLimit), max(leastBurst, int64(d.FloodLimit)/10)
	}
	s.ages = s.ages || d.MACAge != 0
	for _, m := range d.Members {
		for int(m.Index) >= len(s.ports) {
			s.ports, s.watches = append(s.ports, bridgePort{}), append(s.watches, nil)
		}
		s.ports[m.Index], s.watches[m.Index] = bridgePort{d.Index, m.SHG, d.flagsOf(m)}, d.watches[m.Index]
		if m.Kind == UUForward {
			b.uu = m.Index
		} else {
			b.members = append(b.members, flood{m.Index, m.SHG})
		}
	}
	return b
}

func (d *domain) flagsOf(m Member) (f portFlags) {
	for _, x := range []struct {
		on   bool
		flag portFlags
	}{
		{d.Learn && m.Kind != BVI, portLearns}, {d.Forward, portForwards}, {d.Flood, portFloods}, {d.UUFlood, portUUFloods},
		{m.Kind == BVI, portBVI}, {d.MACAge != 0, portAges}, {d.LoopCheck, portChecks},
	} {
		if x.on {
			f |= x.flag
		}
	}
	return f
}

// macs is the table, which is made along with the first domain. p.mu is held.
func (p *Plugin) macs() *fib.Table {
	if p.table == nil {
		seed := uint64(0)
		if p.dp.Deterministic() {
			seed = 1
		}
		p.table = fib.New(seed)
		p.recent = &echoes{seed: maphash.MakeSeed()} // which frames share a slot matters to nobody
	}
	return p.table
}
