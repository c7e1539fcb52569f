package acl

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/nodes/classify"
)

// Action is what a rule does.
type Action uint8

// The actions, with the numbers that they have on the wire.
const (
	Deny Action = iota
	Permit
	Reflect // permit, and the session's packets both ways
)

// String is VPP's word for an action.
func (a Action) String() string {
	if a > Reflect {
		return fmt.Sprintf("action %d", uint8(a))
	}
	return [...]string{"deny", "permit", "permit+reflect"}[a]
}

// Range is a range of ports, types or codes, both ends included.
type Range struct{ First, Last uint16 }

// String is FIRST-LAST.
func (r Range) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }

// holds reports whether the range is everything up to max.
func (r Range) holds(max uint16) bool { return r.First == 0 && r.Last >= max }

// Rule is one line of a list.
type Rule struct {
	Action   Action
	Src, Dst netip.Prefix // of one family; the rule is about that family only
	Proto    uint8        // 0: any, and nothing below matters
	Src4     Range        // source ports of TCP and UDP, or types of ICMP
	Dst4     Range        // destination ports, or codes
	TCPMask  uint8        // the rule holds if a TCP packet's flags & TCPMask == TCPValue
	TCPValue uint8
}

// String is the rule as VPP shows it.
func (r *Rule) String() string {
	family := "ipv6"
	if r.Src.Addr().Is4() {
		family = "ipv4"
	}
	s := fmt.Sprintf("%s %v src %v dst %v proto %d sport %v dport %v", family, r.Action, r.Src, r.Dst, r.Proto, r.Src4, r.Dst4)
	if r.TCPMask != 0 || r.TCPValue != 0 {
		s += fmt.Sprintf(" tcpflags %d mask %d", r.TCPValue, r.TCPMask)
	}
	return s
}

// List is an access list.
type List struct {
	Index uint32
	Tag   string // at most 63 bytes
	Rules []Rule
}

// Applied is the lists of an interface, in the order in which they are asked.
type Applied struct {
	Interface uint32 // sw_if_index
	In, Out   []uint32
}

// has reports whether a list is among those of a direction.
func (a *Applied) has(index uint32, d classify.Direction) bool {
	if d == classify.Out {
		return slices.Contains(a.Out, index)
	}
	return slices.Contains(a.In, index)
}

// maxLists bounds the lists there are, and maxApplied those of an interface, both directions together: the wire counts them in a
// byte.
const maxLists, maxApplied = 1 << 16, 255

// maxRules bounds the rules of all lists together, of which each takes some hundred bytes here, and maxCompiled those that the
// lists of one operation's interfaces become. More than these classify has no room for, either.
const maxRules, maxCompiled = 1 << 20, 1 << 20

// maxTag is the longest tag in bytes: the wire's field has 64 with its NUL.
const maxTag = 63

// room says whether there can be so many rules more. p.mu is held.
func (p *Plugin) room(more int) error {
	if more > 0 && p.rules+more > maxRules {
		return api.Wrap(api.InvalidValue, fmt.Errorf("acl: %d rules more than the %d there are: at most %d can be in all lists; delete some first", more, p.rules, maxRules))
	}
	return nil
}
