package classify

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/dataplane/buffer"
	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
)

// What a message says beyond what a Rule can hold.
const (
	allMatches = wire.CLASSIFY_RULE_API_MATCH_SRC | wire.CLASSIFY_RULE_API_MATCH_DST | wire.CLASSIFY_RULE_API_MATCH_PROTO |
		wire.CLASSIFY_RULE_API_MATCH_SPORT | wire.CLASSIFY_RULE_API_MATCH_DPORT | wire.CLASSIFY_RULE_API_MATCH_TCP_FLAGS |
		wire.CLASSIFY_RULE_API_MATCH_ICMP_TYPE | wire.CLASSIFY_RULE_API_MATCH_ICMP_CODE
	allWireStates = wire.CLASSIFY_RULE_API_STATE_NEW | wire.CLASSIFY_RULE_API_STATE_ESTABLISHED | wire.CLASSIFY_RULE_API_STATE_RELATED |
		wire.CLASSIFY_RULE_API_STATE_INVALID | wire.CLASSIFY_RULE_API_STATE_UNTRACKED

	// The first state on the wire is bit 0, in States that of buffer.TrackNew; the others follow in the same order.
	stateShift = buffer.TrackNew
)

var _ [0]struct{} = [allStates ^ States(allWireStates)<<stateShift]struct{}{}

// rulesOf reads the rules of a message.
func rulesOf(m []wire.ClassifyRule) ([]Rule, error) {
	rules := make([]Rule, len(m))
	for i := range m {
		var err error
		if rules[i], err = fromMessage(&m[i]); err != nil {
			return nil, fmt.Errorf("classify: %s%w", nth(i, len(m)), err)
		}
	}
	return rules, nil
}

// fromMessage reads a rule. What Validate finds it leaves to it.
func fromMessage(m *wire.ClassifyRule) (r Rule, err error) {
	if m.Match&^allMatches != 0 || m.States&^allWireStates != 0 {
		return r, api.Wrap(api.InvalidValue, fmt.Errorf("match %#x, states %#x: there are no such conditions", uint16(m.Match), uint8(m.States)))
	}
	has := func(c wire.ClassifyRuleMatch) bool { return m.Match&c != 0 }
	r = Any()
	r.Interface, r.Direction, r.Action, r.Target = uint32(m.SwIfIndex), Direction(m.Direction), Action(m.Action), uint32(m.RedirectSwIfIndex)
	r.States, r.KeepState = States(m.States)<<stateShift, m.KeepState
	if has(wire.CLASSIFY_RULE_API_MATCH_SRC) {
		if r.Src, err = m.Src.Netip(); err != nil {
			return r, fmt.Errorf("src: %w", err)
		}
	}
	if has(wire.CLASSIFY_RULE_API_MATCH_DST) {
		if r.Dst, err = m.Dst.Netip(); err != nil {
			return r, fmt.Errorf("dst: %w", err)
		}
	}
	r.Src, r.Dst = r.Src.Masked(), r.Dst.Masked()
	if has(wire.CLASSIFY_RULE_API_MATCH_PROTO) {
		r.Proto = int(m.Proto)
	}
	if has(wire.CLASSIFY_RULE_API_MATCH_SPORT) {
		r.SPort = Ports{m.Sport.First, m.Sport.Last, true}
	}
	if has(wire.CLASSIFY_RULE_API_MATCH_DPORT) {
		r.DPort = Ports{m.Dport.First, m.Dport.Last, true}
	}
	if has(wire.CLASSIFY_RULE_API_MATCH_TCP_FLAGS) {
		r.FlagsSet, r.FlagsValue, r.FlagsMask = true, m.TCPFlags, m.TCPFlagsMask
	}
	if has(wire.CLASSIFY_RULE_API_MATCH_ICMP_TYPE) {
		r.ICMPType = int(m.ICMPType)
	}
	if has(wire.CLASSIFY_RULE_API_MATCH_ICMP_CODE) {
		r.ICMPCode = int(m.ICMPCode)
	}
	return r, nil
}

// wire is the rule for a message.
func (r *Rule) wire() wire.ClassifyRule {
	m := wire.ClassifyRule{
		SwIfIndex: interface_types.InterfaceIndex(r.Interface), Direction: wire.ClassifyRuleDirection(r.Direction),
		Action: wire.ClassifyRuleAction(r.Action), RedirectSwIfIndex: interface_types.InterfaceIndex(r.Target),
		States: wire.ClassifyRuleState(r.States >> stateShift), KeepState: r.KeepState,
		Sport: wire.ClassifyRulePorts{First: r.SPort.Lo, Last: r.SPort.Hi}, Dport: wire.ClassifyRulePorts{First: r.DPort.Lo, Last: r.DPort.Hi},
		TCPFlags: r.FlagsValue, TCPFlagsMask: r.FlagsMask,
	}
	set := func(is bool, c wire.ClassifyRuleMatch) bool {
		if is {
			m.Match |= c
		}
		return is
	}
	set(r.SPort.Set, wire.CLASSIFY_RULE_API_MATCH_SPORT)
	set(r.DPort.Set, wire.CLASSIFY_RULE_API_MATCH_DPORT)
	set(r.FlagsSet, wire.CLASSIFY_RULE_API_MATCH_TCP_FLAGS)
	if set(r.Src.IsValid(), wire.CLASSIFY_RULE_API_MATCH_SRC) {
		m.Src = ip_types.PrefixOf(r.Src)
	}
	if set(r.Dst.IsValid(), wire.CLASSIFY_RULE_API_MATCH_DST) {
		m.Dst = ip_types.PrefixOf(r.Dst)
	}
	if set(r.Proto >= 0, wire.CLASSIFY_RULE_API_MATCH_PROTO) {
		m.Proto = uint8(r.Proto)
	}
	if set(r.ICMPType >= 0, wire.CLASSIFY_RULE_API_MATCH_ICMP_TYPE) {
		m.ICMPType = uint8(r.ICMPType)
	}
	if set(r.ICMPCode >= 0, wire.CLASSIFY_RULE_API_MATCH_ICMP_CODE) {
		m.ICMPCode = uint8(r.ICMPCode)
	}
	return m
}

// plainRule is the rule of classify_add_rule. It matches IPv4 only.
func plainRule(m *wire.ClassifyAddRule) Rule {
	r := Any()
	r.Interface, r.Action, r.Target = uint32(m.SwIfIndex), Action(m.Action), m.RedirectSwIfIndex
	r.Src = netip.PrefixFrom(netip.AddrFrom4([4]byte{}), 0)
	if m.SrcIP != 0 {
		r.Src = host4(m.SrcIP)
	}
	if m.DstIP != 0 {
		r.Dst = host4(m.DstIP)
	}
	if m.Protocol != 0 {
		r.Proto = int(m.Protocol)
	}
	r.SPort = Ports{m.SrcPort, m.SrcPort, m.SrcPort != 0}
	r.DPort = Ports{m.DstPort, m.DstPort, m.DstPort != 0}
	return r
}

// host4 is the prefix of one address, an integer.
func host4(a uint32) netip.Prefix {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], a)
	return netip.PrefixFrom(netip.AddrFrom4(b), 32)
}

// plain is the rule for classify_rule_dump, if it is one of plainRule's.
func (l *Listed) plain() (*wire.ClassifyRuleDetails, bool) {
	r := &l.Rule
	d := &wire.ClassifyRuleDetails{
		RuleIndex: r.ID, SwIfIndex: interface_types.InterfaceIndex(r.Interface), SrcPort: r.SPort.Lo, DstPort: r.DPort.Lo,
		Action: uint8(r.Action), PacketCount: l.Packets, ByteCount: l.Bytes,
	}
	if r.Src.IsValid() && r.Src.Addr().Is4() {
		d.SrcIP = integer(r.Src)
	}
	if r.Dst.IsValid() && r.Dst.Addr().Is4() {
		d.DstIP = integer(r.Dst)
	}
	if r.Proto > 0 {
		d.Protocol = uint8(r.Proto)
	}
	same := plainRule(&wire.ClassifyAddRule{
		SwIfIndex: d.SwIfIndex, SrcIP: d.SrcIP, DstIP: d.DstIP, SrcPort: d.SrcPort, DstPort: d.DstPort, Protocol: d.Protocol,
		Action: d.Action, RedirectSwIfIndex: r.Target,
	})
	same.ID, same.interfaceName, same.targetName = r.ID, r.interfaceName, r.targetName
	return d, same == *r
}

// integer is the address of a prefix.
func integer(p netip.Prefix) uint32 {
	a := p.Addr().As4()
	return binary.BigEndian.Uint32(a[:])
}

// wire is the state for a message.
func (s *InterfaceState) wire() *wire.ClassifyRulesInterfaceDetails {
	count := func(d DefaultReport) wire.ClassifyRulesCount {
		return wire.ClassifyRulesCount{Packets: d.Packets, Bytes: d.Bytes}
	}
	return &wire.ClassifyRulesInterfaceDetails{
		SwIfIndex: interface_types.InterfaceIndex(s.Interface), Enabled: s.Enabled,
		DefaultAction: wire.ClassifyRuleAction(s.Default), NonIPAction: wire.ClassifyRuleAction(s.NonIP),
		RulesIn: uint32(s.Rules[In]), RulesOut: uint32(s.Rules[Out]),
		DefaultIn: count(s.ByDefault[In]), DefaultOut: count(s.ByDefault[Out]),
		NeighboursIn: count(s.Neighbours[In]), NeighboursOut: count(s.Neighbours[Out]), NonIP: count(s.ByNonIP),
	}
}
