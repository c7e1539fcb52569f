package acl

import (
	"fmt"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/nodes/classify"
)

// Retvals of the ACL plugin's that api does not name: VPP's numbers (vnet/error.h).
const (
	invalidValue2      api.Errno = -8
	invalidSrcAddress  api.Errno = -57
	invalidDstAddress  api.Errno = -58
	entryAlreadyExists api.Errno = -116
	inUseInbound       api.Errno = -142
	inUseOutbound      api.Errno = -143
)

// The protocols whose ranges mean something.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// maxParts bounds the rules that one line with ranges of ICMP types and codes becomes: classify has a single type and code a rule.
const maxParts = 1024

// check says what is wrong with a line, with VPP's retval for it.
func (r *Rule) check() error {
	switch {
	case r.Action > Reflect:
		return api.Wrap(api.InvalidValue, fmt.Errorf("%v: want deny (0), permit (1) or permit+reflect (2)", r.Action))
	case !r.Src.IsValid() || r.Src != r.Src.Masked():
		return api.Wrap(invalidSrcAddress, fmt.Errorf("source %v: want a prefix without bits behind its length", r.Src))
	case !r.Dst.IsValid() || r.Dst != r.Dst.Masked():
		return api.Wrap(invalidDstAddress, fmt.Errorf("destination %v: want a prefix without bits behind its length", r.Dst))
	case r.Src.Addr().Is4() != r.Dst.Addr().Is4():
		return api.Wrap(invalidSrcAddress, fmt.Errorf("source %v and destination %v are of two families", r.Src, r.Dst))
	case r.Src4.First > r.Src4.Last || r.Dst4.First > r.Dst4.Last:
		return api.Wrap(invalidValue2, fmt.Errorf("ranges %v and %v: the first is above the last", r.Src4, r.Dst4))
	case r.size(false) > maxParts:
		return api.Wrap(api.InvalidValue, fmt.Errorf("ICMP types %v with codes %v are %d combinations; at most %d can be in a rule", r.Src4, r.Dst4, r.parts(), maxParts))
	}
	return nil
}

func (r *Rule) isICMP() bool { return r.Proto == protoICMP || r.Proto == protoICMPv6 }

// parts is the number of classify's rules that a line about ICMP becomes.
func (r *Rule) parts() int {
	lo, hi := r.types()
	if lo < 0 {
		return 1
	}
	if r.Dst4.holds(255) {
		return hi - lo + 1
	}
	return (hi - lo + 1) * max(int(min(r.Dst4.Last, 255))-int(r.Dst4.First)+1, 0)
}

// size is how many rules the lists of an interface become, so that too many are refused before they are made. p.mu is held.
func (p *Plugin) size(a *Applied) (n int) {
	for _, lists := range [][]uint32{a.In, a.Out} {
		for _, list := range lists {
			n++ // for what no list matches, at the end
			for i := range p.lists[list].Rules {
				n += p.lists[list].Rules[i].size(p.Pieces)
			}
		}
	}
	return n
}

// size is how many of classify's rules a line becomes; pieces is Plugin.Pieces.
func (r *Rule) size(pieces bool) int {
	if r.isICMP() {
		return r.parts()
	}
	if pieces && r.hasPorts() {
		return 2
	}
	return 1
}

func (r *Rule) hasPorts() bool { return r.Proto == protoTCP || r.Proto == protoUDP }

// types is the range of ICMP types to name; -1 where any will do. A rule of classify's that names a code names a type.
func (r *Rule) types() (lo, hi int) {
	if r.Src4.holds(255) && r.Dst4.holds(255) {
		return -1, -1
	}
	return int(r.Src4.First), int(min(r.Src4.Last, 255))
}

// compile appends what a line is in classify's rules: one, or for ranges of ICMP types and codes one for each. With pieces, a line
// about ports becomes one more: later fragments match it by the protocol alone, as in VPP.
func (r *Rule) compile(to []classify.Rule, swIf uint32, d classify.Direction, pieces bool) []classify.Rule {
	c := classify.Any()
	c.Interface, c.Direction = swIf, d
	c.Src, c.Dst = r.Src, r.Dst
	c.Action = classify.Drop
	if r.Action != Deny {
		c.Action = classify.Pass
	}
	c.KeepState = r.Action == Reflect
	if r.Proto == 0 {
		return append(to, c)
	}
	c.Proto = int(r.Proto)
	switch {
	case r.isICMP():
		return r.compileICMP(to, c)
	case r.hasPorts():
		if pieces {
			later := c
			later.Piece, later.KeepState = true, false
			to = append(to, later)
		}
		c.SPort, c.DPort = ports(r.Src4), ports(r.Dst4)
		if r.Proto == protoTCP && r.TCPMask != 0 {
			c.FlagsSet, c.FlagsMask, c.FlagsValue = true, r.TCPMask, r.TCPValue
		}
	}
	return append(to, c)
}

// ports is a range for classify. The full range is not the same as any: a packet cut before its ports has none.
func ports(r Range) classify.Ports { return classify.Ports{Lo: r.First, Hi: r.Last, Set: true} }

func (r *Rule) compileICMP(to []classify.Rule, c classify.Rule) []classify.Rule {
	lo, hi := r.types()
	if lo < 0 {
		return append(to, c)
	}
	for c.ICMPType = lo; c.ICMPType <= hi; c.ICMPType++ {
		if r.Dst4.holds(255) {
			to = append(to, c)
			continue
		}
		for c.ICMPCode = int(r.Dst4.First); c.ICMPCode <= int(min(r.Dst4.Last, 255)); c.ICMPCode++ {
			to = append(to, c)
		}
	}
	return to
}

// compile appends the lists of a direction, and that what they do not match is dropped; nothing where there is no list. From is
// where the rules come from, one for each. p.mu is held.
func (p *Plugin) compile(rules []classify.Rule, from []line, lists []uint32, swIf uint32, d classify.Direction) ([]classify.Rule, []line) {
	if len(lists) == 0 {
		return rules, from
	}
	for _, n := range lists {
		for i := range p.lists[n].Rules {
			before := len(rules)
			rules = p.lists[n].Rules[i].compile(rules, swIf, d, p.Pieces)
			for range len(rules) - before {
				from = append(from, line{n, i})
			}
		}
	}
	rest := classify.Any()
	rest.Interface, rest.Direction, rest.Action = swIf, d, classify.Drop
	return append(rules, rest), append(from, line{rule: -1})
}
