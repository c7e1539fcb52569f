package l2

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// A bridge domain is interfaces between which frames are sent by their MAC addresses. Its operator's number is its ID, the one in
// tables its index.

// Bounds of domains.
const (
	MaxDomainID = 1<<24 - 1
	maxDomains  = 1<<16 - 1 // indices, of which 0 is none
	maxTag      = 63
	// maxFloodLimit is one frame in 10 ns, more than a worker floods. leastBurst is how many frames may come at once whatever the limit;
	// else it is what the limit allows in 100 ms. Less, and a host that asks for several others at once loses some.
	maxFloodLimit = 100_000_000
	leastBurst    = 32
	// DefaultLearnLimit is how many addresses are learned at most, by a domain and by all together, unless somebody says otherwise:
	// memory for them is some 30 to 90 MB.
	DefaultLearnLimit = 1 << 20
)

// What operations on domains refuse, for callers that test for it.
var (
	ErrNoDomain     = errors.New("see `show bridge-domain`")
	ErrDomainExists = errors.New("see `show bridge-domain`")
	ErrDomainInUse  = errors.New("take its interfaces out first, with `set interface l3`")
	ErrDomainZero   = errors.New("domain 0 cannot be changed")
	ErrDomainID     = fmt.Errorf("want 1 to %d", MaxDomainID)
	ErrHasBVI       = errors.New("a domain has one at most")
	ErrNotBridged   = errors.New("put it into a domain with `set interface l2 bridge`")
	ErrNoEntry      = errors.New("see `show l2fib verbose`")
	ErrNotServed    = errors.New("gvpp does not have that yet")
)

// Settings is how a domain treats frames.
type Settings struct {
	Learn      bool   `json:"learn"`    // note where addresses are
	Forward    bool   `json:"forward"`  // look them up; else unicast is flooded like unknown one
	UUFlood    bool   `json:"uu_flood"` // send frames to unknown addresses to all
	Flood      bool   `json:"flood"`    // send broadcasts and multicasts to all
	ARPTerm    bool   `json:"arp_term"` // not served yet, nor the next
	ARPUfwd    bool   `json:"arp_ufwd"`
	MACAge     uint8  `json:"mac_age"` // minutes without a frame after which a learned address is forgotten; 0: never
	Tag        string `json:"tag,omitempty"`
	LearnLimit uint32 `json:"learn_limit"` // addresses
	LoopCheck  bool   `json:"loop_check"`  // drop frames that come back
	FloodLimit uint32 `json:"flood_limit"` // frames a second that are flooded from each member; 0: no limit
}

// DefaultSettings is what a domain has that is made along with its first interface.
func (p *Plugin) DefaultSettings() Settings {
	return Settings{Learn: true, Forward: true, UUFlood: true, Flood: true, LoopCheck: true, LearnLimit: p.defaultLimit.Load()}
}

// Kind is what an interface is in its domain.
type Kind uint8

// The kinds of members.
const (
	Normal    Kind = iota
	BVI            // the interface by which the domain's hosts reach the router
	UUForward      // frames to unknown addresses go to it alone
)

// Member is an interface of a domain.
type Member struct {
	Index uint32 `json:"sw_if_index"`
	SHG   uint8  `json:"shg"` // members of one group other than 0 get nothing from each other
	Kind  Kind   `json:"-"`
	// What it was watched for, where that is described.
	Echoes uint64 `json:"loop_drops"`        // frames that came back by it
	Over   uint64 `json:"flood_limit_drops"` // frames from it that were over the flood limit
}

// Domain is a bridge domain, as it is at the moment.
type Domain struct {
	ID    uint32 `json:"bd_id"`
	Index uint16 `json:"bd_index"`
	Settings
	Learned int `json:"learned"`
	// LoopAge is how many seconds ago a frame came back; -1: never.
	LoopAge int      `json:"loop_age_seconds"`
	Members []Member `json:"members"` // in the order in which they came
}

// Of finds a member of a kind; ok is false where there is none.
func (d *Domain) Of(k Kind) (swIf uint32, ok bool) {
	for _, m := range d.Members {
		if m.Kind == k {
			return m.Index, true
		}
	}
	return 0, false
}

// domain is a Domain that lives; p.mu guards all but learned.
type domain struct {
	Domain
	learned *atomic.Int64     // addresses; workers and the control side change it
	echo    atomic.Int64      // clock: the last echo, 0 for none; workers change it
	watches map[uint32]*watch // of members
	due     int64             // clock: when the log may have more of its echoes and floods
}

// CreateDomain makes a domain. A LearnLimit of 0 takes the default.
func (p *Plugin) CreateDomain(ctx context.Context, id uint32, s Settings) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.create(id, s)
	if err != nil {
		return err
	}
	return p.publish(ctx)
}

// create is CreateDomain without its publication. p.mu is held.
func (p *Plugin) create(id uint32, s Settings) (*domain, error) {
	switch {
	case id == 0:
		return nil, fmt.Errorf("l2: bridge domain 0: %w", ErrDomainZero)
	case id > MaxDomainID:
		return nil, fmt.Errorf("l2: bridge domain %d: %w", id, ErrDomainID)
	case p.domains[id] != nil:
		return nil, fmt.Errorf("l2: bridge domain %d exists already: %w", id, ErrDomainExists)
	case s.ARPTerm || s.ARPUfwd:
		return nil, fmt.Errorf("l2: ARP termination: %w", ErrNotServed)
	case len(s.Tag) > maxTag:
		return nil, fmt.Errorf("l2: tag of %d bytes: want %d at most", len(s.Tag), maxTag)
	}
	if s.LearnLimit == 0 {
		s.LearnLimit = p.defaultLimit.Load()
	}
	for index := 1; index <= maxDomains; index++ {
		if index < len(p.byIndex) && p.byIndex[index] != nil {
			continue
		}
		if index >= len(p.byIndex) {
			p.byIndex = append(p.byIndex, make([]*domain, index+1-len(p.byIndex))...)
		}
		d := &domain{Domain: Domain{ID: id, Index: uint16(index), Settings: s, Members: []Member{}}, learned: new(atomic.Int64), watches: map[uint32]*watch{}}
		p.byIndex[index], p.domains[id] = d, d
		return d, nil
	}
	return nil, fmt.Errorf("l2: there are %d bridge domains, which is the most", maxDomains)
}

// DeleteDomain deletes a domain without interfaces, and its addresses.
func (p *Plugin) DeleteDomain(ctx context.Context, id uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.domain(id)
	if err != nil {
		return err
	}
	if len(d.Members) > 0 {
		return fmt.Errorf("l2: bridge domain %d has %d interfaces: %w", id, len(d.Members), ErrDomainInUse)
	}
	p.flush(func(k key, _ entry) bool { return k.Domain() == d.Index }) // nobody learns for it: it has had no interfaces for a while
	delete(p.domains, id)
	p.byIndex[d.Index] = nil
	return p.publish(ctx)
}

// domain finds a domain. p.mu is held.
func (p *Plugin) domain(id uint32) (*domain, error) {
	if id == 0 {
		return nil, fmt.Errorf("l2: bridge domain 0: %w", ErrDomainZero)
	}
	if d := p.domains[id]; d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("l2: no bridge domain %d: %w", id, ErrNoDomain)
}

// ChangeDomain changes a domain's settings: change gets those that there are.
func (p *Plugin) ChangeDomain(ctx context.Context, id uint32, change func(*Settings)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.domain(id)
	if err != nil {
		return err
	}
	s := d.Settings
	change(&s)
	if s.ARPTerm || s.ARPUfwd {
		return fmt.Errorf("l2: ARP termination: %w", ErrNotServed)
	}
	if s.MACAge != 0 && d.MACAge == 0 {
		p.touchAll(d.Index) // nobody has noted their ages
	}
	d.Settings = s
	return p.publish(ctx)
}

// SetDefaultLearnLimit is about domains to be made.
func (p *Plugin) SetDefaultLearnLimit(addresses uint32) { p.defaultLimit.Store(addresses) }

// FreeDomainID is the lowest ID that no domain has.
func (p *Plugin) FreeDomainID() uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := uint32(1)
	for p.domains[id] != nil {
		id++
	}
	return id
}

// Domains describes all domains, by index.
func (p *Plugin) Domains() []Domain {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := []Domain{}
	for _, d := range p.byIndex {
		if d != nil {
			out = append(out, d.describe(p.dp.Clock()))
		}
	}
	return out
}

// Domain describes a domain.
func (p *Plugin) Domain(id uint32) (Domain, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.domain(id)
	if err != nil {
		return Domain{}, err
	}
	return d.describe(p.dp.Clock()), nil
}

func (d *domain) describe(now int64) Domain {
	out := d.Domain
	out.Learned, out.Members, out.LoopAge = int(d.learned.Load()), slices.Clone(d.Members), -1
	if last := d.echo.Load(); last != 0 {
		out.LoopAge = int(max(0, now-last) / int64(time.Second))
	}
	for i := range out.Members {
		w := d.watches[out.Members[i].Index]
		out.Members[i].Echoes, out.Members[i].Over = w.echoes.Load(), w.over.Load()
	}
	return out
}
