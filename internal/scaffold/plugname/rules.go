package plugname

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/api"
)

// MaxRules is how many rules there can be. A packet that none of them matches costs about 1 ns for each.
const MaxRules = 64

// Action is what a rule does with a packet.
type Action uint8

// The actions.
const (
	Count Action = iota // count it and let it go on
	Drop
)

var actionNames = []string{"count", "drop"}

// String is the word for an action.
func (a Action) String() string { return actionNames[a] }

// Rule is a match and an action.
type Rule struct {
	ID     uint32       // given by Add
	Dst    netip.Prefix // of the destination; matches only its own family
	Proto  uint8        // IP protocol; 0: any
	Port   uint16       // destination port; 0: any
	Action Action
}

// Hits is how many packets a rule has matched, and their bytes.
type Hits struct {
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
}

// rule is a Rule that is in use.
type rule struct {
	Rule
	hits    []hits // by worker
	cleared Hits   // guarded by Plugin.mu: what Clear subtracts
}

// withPorts are the protocols that have ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
var withPorts = []uint8{6, 17, 33, 132, 136}

// check says what is wrong with a rule.
func (r *Rule) check() error {
	switch {
	case !r.Dst.IsValid():
		return errors.New("a rule without destination; 0.0.0.0/0 and ::/0 are all addresses")
	case r.Dst != r.Dst.Masked():
		return fmt.Errorf("prefix %v has bits behind its length; want %v", r.Dst, r.Dst.Masked())
	case r.Port != 0 && r.Proto != 0 && !slices.Contains(withPorts, r.Proto):
		return fmt.Errorf("port %d with protocol %d, which has no ports; leave one of the two out", r.Port, r.Proto)
	case int(r.Action) >= len(actionNames):
		return fmt.Errorf("action %d; want %d (count) or %d (drop)", r.Action, Count, Drop)
	}
	return nil
}

// Add appends a rule and returns its id. Ids rise and are never used again.
func (p *Plugin) Add(ctx context.Context, r Rule) (id uint32, err error) {
	if err := r.check(); err != nil {
		return 0, api.Wrap(api.InvalidValue, fmt.Errorf("plugname: %w", err))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.rules) == MaxRules {
		return 0, api.Wrap(api.LimitExceeded, fmt.Errorf("plugname: there are %d rules, and no more can be; delete one first", MaxRules))
	}
	r.ID = p.nextID
	p.nextID++
	p.rules = append(p.rules, &rule{Rule: r, hits: make([]hits, p.dp.Workers())})
	return r.ID, p.publish(ctx)
}

// Delete removes a rule.
func (p *Plugin) Delete(ctx context.Context, id uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.rules, func(r *rule) bool { return r.ID == id })
	if i < 0 {
		return api.Wrap(api.NoSuchEntry, fmt.Errorf("plugname: no rule %d; `show plugname` lists them", id))
	}
	p.rules = slices.Delete(p.rules, i, i+1)
	return p.publish(ctx)
}

// publish makes p.rules what the workers ask. p.mu is held.
func (p *Plugin) publish(ctx context.Context) error {
	t := &table{}
	for _, r := range p.rules {
		t.rules, t.texts = append(t.rules, r.compile()), append(t.texts, r.String())
	}
	p.table.Store(t)
	return p.published(ctx)
}

// published waits until all workers use what has been stored.
func (p *Plugin) published(ctx context.Context) error {
	if err := p.dp.Published(ctx); err != nil {
		return fmt.Errorf("plugname: the change is made, but not all workers have confirmed it: %w", err)
	}
	return nil
}

// arcs are where the node stands.
var arcs = []string{"ip4-unicast", "ip6-unicast", "l2-input"}

// Enable makes an interface's packets pass the node, or no more.
func (p *Plugin) Enable(ctx context.Context, swIf uint32, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, err := p.dp.Interface(p.dp.InterfaceName(swIf)); err != nil || at != swIf {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("plugname: no interface with sw_if_index %d; there are %s", swIf, strings.Join(p.dp.InterfaceNames(), ", ")))
	}
	for _, arc := range arcs {
		if _, err := p.dp.SetFeature(arc, "plugname", swIf, on); err != nil {
			return fmt.Errorf("plugname: %w", err)
		}
	}
	if p.enabled[swIf] = on; !on {
		delete(p.enabled, swIf)
	}
	return p.published(ctx)
}
