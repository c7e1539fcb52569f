package linuxcp

import (
	"fmt"

	"github.com/gvpp/gvpp/api"
)

// The features of a phy, and of its sub-interfaces.
var phyFeatures = [][2]string{{"ip4-punt", puntNode}, {"ip6-punt", puntNode}, {"l2-input", arpNode}}

// The ends of a tap's arcs.
var tapEnds = [][2]string{{"ip4-unicast", "linux-cp-xc-ip4"}, {"ip6-unicast", "linux-cp-xc-ip6"}, {"l2-input", "linux-cp-punt-xc"}}

// enable puts the nodes onto a pair's arcs, or takes them off.
func (p *Plugin) enable(pr *pair, on bool) error {
	for _, swIf := range append([]uint32{pr.phy}, pr.subs...) {
		if err := p.enablePhy(swIf, on); err != nil {
			return err
		}
	}
	for _, e := range tapEnds {
		node := e[1]
		if !on {
			node = ""
		}
		if err := p.dp.SetArcEnd(e[0], pr.tap, node); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plugin) enablePhy(swIf uint32, on bool) error {
	for _, f := range phyFeatures {
		if _, err := p.dp.SetFeature(f[0], f[1], swIf, on); err != nil {
			return err
		}
	}
	return nil
}

// table is where packets of pairs go, by the sw_if_index that they came from: an immutable snapshot.
type table []way

type way struct {
	to    uint32   // 0: nowhere
	limit *limiter // of a phy's
}

func (t table) at(swIf uint32) way {
	if int(swIf) < len(t) {
		return t[swIf]
	}
	return way{}
}

// publish makes the table anew. p.mu is held.
func (p *Plugin) publish() {
	var t table
	set := func(swIf uint32, w way) {
		if n := int(swIf) + 1 - len(t); n > 0 {
			t = append(t, make(table, n)...)
		}
		t[swIf] = w
	}
	for _, pr := range p.pairs {
		for _, swIf := range append([]uint32{pr.phy}, pr.subs...) {
			set(swIf, way{pr.tap, pr.limit})
		}
		set(pr.tap, way{to: pr.phy})
	}
	p.table.Store(&t)
}

// SetLimit bounds what a pair punts.
func (p *Plugin) SetLimit(phy uint32, l Limit) error {
	if l.Rate > maxRate || l.Burst > maxBurst || l.Rate != 0 && l.Burst == 0 {
		return api.Wrap(api.InvalidValue, fmt.Errorf("linuxcp: %d packets a second, %d at once: want at most %d and 1 to %d", l.Rate, l.Burst, maxRate, maxBurst))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pr := p.pairs[phy]
	if pr == nil {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("linuxcp: %s has no pair: %w", p.dp.InterfaceName(phy), ErrNoPair))
	}
	changed := *pr
	changed.limit = newLimiter(l)
	changed.limit.punted.Store(pr.limit.punted.Load())
	changed.limit.refused.Store(pr.limit.refused.Load())
	p.pairs[phy] = &changed
	p.publish()
	return nil
}

// maxNS bounds the name of a network namespace, in bytes, as in VPP.
const maxNS = 31

// SetDefaultNS says where host devices are made of pairs that do not say; "" is gvpp's own network namespace.
func (p *Plugin) SetDefaultNS(ns string) error {
	if len(ns) > maxNS {
		return api.Wrap(api.InvalidValue, fmt.Errorf("linuxcp: network namespace %q: want %d characters at most", ns, maxNS))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.netns = ns
	return nil
}

// DefaultNS is what SetDefaultNS has set.
func (p *Plugin) DefaultNS() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.netns
}

// Status is a pair as it is.
type Status struct {
	Phy       string `json:"phy"`
	PhyIndex  uint32 `json:"phy_sw_if_index"`
	Tap       string `json:"tap"`
	TapIndex  uint32 `json:"host_sw_if_index"`
	HostIf    string `json:"host_if_name"`
	HostIndex int    `json:"vif_index"`
	NetNS     string `json:"netns,omitempty"`
	Limit     Limit  `json:"punt_limit"`
	Punted    uint64 `json:"punted"`
	Refused   uint64 `json:"refused"` // beyond the limit
}

// All describes the pairs, by the phy's sw_if_index.
func (p *Plugin) All() []Status {
	p.mu.Lock()
	pairs := p.sorted()
	p.mu.Unlock()
	list := []Status{}
	for _, pr := range pairs { // without mu: the taps' lock is taken before it
		s := Status{Phy: p.dp.InterfaceName(pr.phy), PhyIndex: pr.phy, Tap: p.dp.InterfaceName(pr.tap), TapIndex: pr.tap, Limit: pr.limit.Limit}
		s.HostIf, s.NetNS, s.HostIndex = p.taps.HostDevice(pr.tap)
		s.Punted, s.Refused = pr.limit.punted.Load(), pr.limit.refused.Load()
		list = append(list, s)
	}
	return list
}
