package classify

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Direction is which packets of an interface a rule is about.
type Direction uint8

// The directions.
const (
	In  Direction = iota // received by the interface
	Out                  // about to be sent by the interface
)

// String is the word for a direction.
func (d Direction) String() string { return [...]string{"in", "out"}[d] }

// Action is what a rule does with a packet.
type Action uint8

// The actions.
const (
	Pass Action = iota
	Drop
	Redirect // send by Rule.Target instead of where the packet would have gone
)

// String is the word for an action.
func (a Action) String() string { return [...]string{"pass", "drop", "redirect"}[a] }

// Ports is a range of ports, both ends included. The zero value with Set false is any.
type Ports struct {
	Lo, Hi uint16
	Set    bool
}

// Rule is a match and an action. Conditions that are not set hold for every packet; one that looks at a field holds for
// no packet without that field.
type Rule struct {
	ID        uint32 // given by Add
	Interface uint32 // sw_if_index
	Direction Direction

	Src, Dst      netip.Prefix // invalid: any; a prefix holds only for its own family
	Proto         int          // IP protocol, 0 to 255; -1: any
	SPort, DPort  Ports
	FlagsSet      bool // TCP flags & FlagsMask == FlagsValue
	FlagsValue    uint8
	FlagsMask     uint8
	ICMPType      int  // -1: any
	ICMPCode      int  // -1: any
	Piece         bool // a later fragment of a datagram of which nothing else is known; only plugins ask that
	States        States
	KeepState     bool
	Action        Action
	Target        uint32 // sw_if_index, for Redirect
	Owner         string // the plugin that has made it of settings of its own, by ReplaceOwned; "": none
	interfaceName string // for String; filled by the plugin
	targetName    string
}

// Any is the rule that matches everything and passes it.
func Any() Rule { return Rule{Proto: -1, ICMPType: -1, ICMPCode: -1} }

// protoNames are the protocols that have a name in rules.
var protoNames = map[string]int{"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "sctp": 132}

func protoName(n int) string {
	for name, v := range protoNames {
		if v == n {
			return name
		}
	}
	return fmt.Sprint(n)
}

// withPorts are the protocols whose headers start with two ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
var withPorts = []int{6, 17, 33, 132, 136}

// Validate says what is wrong with a rule, if anything. A rule that can never match (flags outside the mask, an ICMP type
// with addresses of the other family) is no error, and keep-state on a drop means nothing.
func (r *Rule) Validate() error {
	hasPorts := slices.Contains(withPorts, r.Proto)
	switch {
	case r.Direction > Out:
		return fmt.Errorf("direction %d: want %d (in) or %d (out)", r.Direction, In, Out)
	case r.Action > Redirect:
		return fmt.Errorf("action %d: want %d (pass), %d (drop) or %d (redirect)", r.Action, Pass, Drop, Redirect)
	case r.Proto < -1 || r.Proto > 255 || r.ICMPType > 255 || r.ICMPCode > 255:
		return fmt.Errorf("proto %d, icmp %d/%d: want 0 to 255, or -1 for any", r.Proto, r.ICMPType, r.ICMPCode)
	case r.SPort.Lo > r.SPort.Hi || r.DPort.Lo > r.DPort.Hi:
		return fmt.Errorf("sport %v, dport %v: a range's start is above its end", r.SPort, r.DPort)
	case r.Src.IsValid() && r.Dst.IsValid() && r.Src.Addr().Is4() != r.Dst.Addr().Is4():
		return fmt.Errorf("src %v and dst %v are of different families: no packet has both; use prefixes of one family", r.Src, r.Dst)
	case r.SPort.Set && !hasPorts:
		return fmt.Errorf("sport %v needs a protocol that has ports: add proto tcp, udp or sctp%s", r.SPort, r.haveProto())
	case r.DPort.Set && !hasPorts:
		return fmt.Errorf("dport %v needs a protocol that has ports: add proto tcp, udp or sctp%s", r.DPort, r.haveProto())
	case r.FlagsSet && r.Proto != 6:
		return fmt.Errorf("tcp-flags %s needs proto tcp%s", r.flags(), r.haveProto())
	case r.ICMPType >= 0 && r.Proto != 1 && r.Proto != 58:
		return fmt.Errorf("icmp %s needs proto icmp or icmpv6%s", r.icmp(), r.haveProto())
	case r.ICMPCode >= 0 && r.ICMPType < 0:
		return fmt.Errorf("icmp code %d needs a type", r.ICMPCode)
	case r.States&^allStates != 0:
		return fmt.Errorf("states %#x: there are no such states beside %v", uint8(r.States), allStates)
	case r.States == 1<<buffer.TrackInvalid && r.keeps():
		return errors.New("state invalid with keep-state matches nothing: an invalid packet belongs to no session; leave out one of the two")
	case r.Action == Redirect && r.Target == r.Interface && r.Direction == Out:
		return errors.New("an out rule cannot redirect to its own interface")
	}
	return nil
}

func (r *Rule) haveProto() string {
	if r.Proto < 0 {
		return " (the rule has no proto)"
	}
	return fmt.Sprintf(" (the rule has proto %s)", protoName(r.Proto))
}

// String is N or LO-HI.
func (p Ports) String() string {
	if p.Lo == p.Hi {
		return fmt.Sprint(p.Lo)
	}
	return fmt.Sprintf("%d-%d", p.Lo, p.Hi)
}

func (r *Rule) flags() string { return flagLetters(r.FlagsValue) + "/" + flagLetters(r.FlagsMask) }

func (r *Rule) icmp() string {
	if r.ICMPCode < 0 {
		return fmt.Sprint(r.ICMPType)
	}
	return fmt.Sprintf("%d/%d", r.ICMPType, r.ICMPCode)
}

// String is the rule as `classify add rule` takes it, without interface and direction.
func (r *Rule) String() string {
	var w []string
	add := func(on bool, format string, a ...any) {
		if on {
			w = append(w, fmt.Sprintf(format, a...))
		}
	}
	add(r.Src.IsValid(), "src %v", r.Src)
	add(r.Dst.IsValid(), "dst %v", r.Dst)
	add(r.Proto >= 0, "proto %s", protoName(r.Proto))
	add(r.SPort.Set, "sport %v", r.SPort)
	add(r.DPort.Set, "dport %v", r.DPort)
	add(r.FlagsSet, "tcp-flags %s", r.flags())
	add(r.ICMPType >= 0, "icmp %s", r.icmp())
	add(r.Piece, "later-fragment")
	add(r.States != 0, "state %v", r.States)
	add(r.KeepState, "keep-state")
	if r.Action == Redirect {
		add(true, "redirect %s", r.targetName)
	} else {
		add(true, "%v", r.Action)
	}
	return strings.Join(w, " ")
}

// flagNames are the letters of the TCP flags, lowest bit first: FIN SYN RST PSH ACK URG ECE CWR.
const flagNames = "FSRPAUEC"

// flagLetters writes flags as letters; no flag at all is 0x00.
func flagLetters(v uint8) string {
	var s strings.Builder
	for i, c := range flagNames {
		if v&(1<<i) != 0 {
			s.WriteRune(c)
		}
	}
	if s.Len() == 0 {
		return "0x00"
	}
	return s.String()
}

// orAll is the range, or all ports for any.
func (p Ports) orAll() Ports {
	if !p.Set {
		return Ports{0, 65535, false}
	}
	return p
}
