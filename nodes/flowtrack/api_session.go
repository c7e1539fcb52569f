package flowtrack

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/dataplane/packet"
	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// detailSCTP is where SCTP's states begin in wire.FlowtrackDetail; TCP's begin at 0.
const detailSCTP = 16

// The states that messages and words share.
var _ = [1]struct{}{}[wire.FLOWTRACK_API_STATE_CLOSED-wire.FlowtrackState(StateClosed)]

// timeoutOnWire is a timer's name in messages: its place in Timeouts.
var timeoutOnWire = func() (of [numTimers]wire.FlowtrackTimeout) {
	for i, k := range Timeouts {
		of[k.timer] = wire.FlowtrackTimeout(i)
	}
	return of
}()

// wire is the session for a message.
func (s *Session) wire() wire.FlowtrackSession {
	m := wire.FlowtrackSession{
		ID: s.Flow, Zone: s.Zone, Proto: s.Proto, State: wire.FlowtrackState(stateOf(s.word)), Timeout: timeoutOnWire[timerOf(s.word)%timer(numTimers)],
		Src: ip_types.AddressOf(s.Src), Dst: ip_types.AddressOf(s.Dst), Sport: s.SrcPort, Dport: s.DstPort,
		ICMPType: s.ICMPType, ICMPCode: s.ICMPCode, SwIfIndex: interface_types.InterfaceIndex(s.from),
		Packets: s.Packets, Bytes: s.Bytes, Age: uint64(s.AgeSeconds * 1000), Left: uint32(s.TimeoutLeft * 1000),
	}
	if s.from == 0 {
		m.SwIfIndex = interface_types.InterfaceIndex(unknown)
	}
	switch s.Proto {
	case packet.ProtoTCP:
		m.Detail = wire.FlowtrackDetail(detailOf(s.word))
	case packet.ProtoSCTP:
		m.Detail = detailSCTP + wire.FlowtrackDetail(detailOf(s.word))
	}
	for _, k := range []struct {
		is   bool
		mark wire.FlowtrackMark
	}{
		{s.Replied, wire.FLOWTRACK_API_MARK_REPLIED}, {s.Assured, wire.FLOWTRACK_API_MARK_ASSURED},
		{s.Expected, wire.FLOWTRACK_API_MARK_EXPECTED}, {s.Master != nil, wire.FLOWTRACK_API_MARK_MASTER},
	} {
		if k.is {
			m.Marks |= k.mark
		}
	}
	if s.Master != nil {
		m.Master = *s.Master
	}
	return m
}

// allMatches are the conditions that a filter can have.
const allMatches = wire.FLOWTRACK_API_MATCH_SRC | wire.FLOWTRACK_API_MATCH_DST | wire.FLOWTRACK_API_MATCH_ADDR | wire.FLOWTRACK_API_MATCH_SPORT |
	wire.FLOWTRACK_API_MATCH_DPORT | wire.FLOWTRACK_API_MATCH_PORT | wire.FLOWTRACK_API_MATCH_PROTO | wire.FLOWTRACK_API_MATCH_ZONE | wire.FLOWTRACK_API_MATCH_INTERFACE

// filter reads a filter.
func (f front) filter(m *wire.FlowtrackFilter) (out Filter, err error) {
	if m.Match&^allMatches != 0 {
		return out, api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: match %#x: there are no such conditions", uint16(m.Match)))
	}
	has := func(c wire.FlowtrackMatch) bool { return m.Match&c != 0 }
	for _, k := range []struct {
		condition wire.FlowtrackMatch
		from      *ip_types.Prefix
		to        *netip.Prefix
	}{
		{wire.FLOWTRACK_API_MATCH_SRC, &m.Src, &out.Src}, {wire.FLOWTRACK_API_MATCH_DST, &m.Dst, &out.Dst}, {wire.FLOWTRACK_API_MATCH_ADDR, &m.Addr, &out.Addr},
	} {
		if has(k.condition) {
			if *k.to, err = k.from.Netip(); err != nil {
				return out, fmt.Errorf("flowtrack: %v: %w", k.condition, err)
			}
		}
	}
	for _, k := range []struct {
		condition wire.FlowtrackMatch
		from      wire.FlowtrackPorts
		to        **Ports
	}{
		{wire.FLOWTRACK_API_MATCH_SPORT, m.Sport, &out.SrcPort}, {wire.FLOWTRACK_API_MATCH_DPORT, m.Dport, &out.DstPort}, {wire.FLOWTRACK_API_MATCH_PORT, m.Port, &out.Port},
	} {
		if has(k.condition) && k.from.First > k.from.Last {
			return out, api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: %v: ports %d to %d: want the smaller first", k.condition, k.from.First, k.from.Last))
		}
		if has(k.condition) {
			*k.to = &Ports{k.from.First, k.from.Last}
		}
	}
	if has(wire.FLOWTRACK_API_MATCH_PROTO) {
		out.Proto = &m.Proto
	}
	if has(wire.FLOWTRACK_API_MATCH_ZONE) {
		out.Zone = &m.Zone
	}
	if has(wire.FLOWTRACK_API_MATCH_INTERFACE) {
		if err := f.p.checkInterface(uint32(m.SwIfIndex)); err != nil {
			return out, err
		}
		out.Interface = f.p.dp.InterfaceName(uint32(m.SwIfIndex))
	}
	out.Older, out.Younger = time.Duration(m.Older)*time.Second, time.Duration(m.Younger)*time.Second
	return out, out.readStates(m)
}

// readStates reads what a filter says of states and marks.
func (f *Filter) readStates(m *wire.FlowtrackFilter) error {
	if m.State > wire.FLOWTRACK_API_STATE_CLOSED {
		return api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: no state %d", m.State))
	}
	if m.State != wire.FLOWTRACK_API_STATE_ANY {
		f.States = append(f.States, State(m.State).String())
	}
	if m.Detail != wire.FLOWTRACK_API_DETAIL_NONE {
		proto, name := ofDetail(m.Detail)
		if name == "" || f.Proto != nil && *f.Proto != proto {
			return api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: no state %d, or none of the filter's protocol", m.Detail))
		}
		f.Proto, f.States = &proto, append(f.States, name)
	}
	for i, k := range [][2]string{{"replied", "unreplied"}, {"assured", "unassured"}, {"expected", "unexpected"}} {
		if m.Having>>i&1 != 0 {
			f.States = append(f.States, k[0])
		}
		if m.Lacking>>i&1 != 0 {
			f.States = append(f.States, k[1])
		}
	}
	if (m.Having|m.Lacking)>>3 != 0 {
		return api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: marks %v: want of replied, assured, expected", m.Having|m.Lacking))
	}
	return nil
}

// ofDetail is the protocol that has a state, and its name; "" where there is none.
func ofDetail(d wire.FlowtrackDetail) (proto uint8, name string) {
	proto = packet.ProtoTCP
	if d > detailSCTP {
		proto, d = packet.ProtoSCTP, d-detailSCTP
	}
	if d == 0 || proto == packet.ProtoTCP && int(d) >= len(coarseTCP) || proto == packet.ProtoSCTP && int(d) >= len(coarseSCTP) {
		return proto, ""
	}
	return proto, detailName(proto, uint32(d)<<detailShift)
}
