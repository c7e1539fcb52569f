package flowtrack

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// trace is what is known of the packet's session, in a line.
func (p *Plugin) trace(m *buffer.Meta, _ []byte) string {
	if s := p.describe(m); s != "" {
		return s
	}
	return "not looked at"
}

// describe is trace for a packet that may not have met a node of the tracker; then it is "".
func (p *Plugin) describe(m *buffer.Meta) string {
	class := m.Track.String()
	switch {
	case m.Flags&buffer.FlagLooked == 0 && m.Flags&buffer.FlagHasFlow == 0:
		return ""
	case m.Flags&buffer.FlagHasFlow == 0:
		if why := Reason(m.Track.Reason()); why != 0 {
			return "no session, " + class + ": " + why.String()
		}
		return "no session, " + class
	}
	direction := "orig"
	if m.Flags&buffer.FlagReply != 0 {
		direction = "reply"
	}
	s := p.sessionName(m)
	if m.State != 0 && State(m.State) < numStates {
		s += " " + State(m.State).String()
	}
	return s + ", " + direction + ", " + class
}

// sessionName is the session's number, as `show flowtrack sessions` has it. The packet is gone, and the session may be, too: then
// its place in the table is all that is known.
func (p *Plugin) sessionName(m *buffer.Meta) string {
	var serial uint32
	var ok bool
	if m.IsIP4 {
		serial, ok = serialOf(p, p.table4, m.Flow, ends4, m)
	} else {
		serial, ok = serialOf(p, p.table6, m.Flow, ends6, m)
	}
	if !ok {
		return fmt.Sprintf("session at %d (ended since)", m.Flow)
	}
	return fmt.Sprintf("session %d", serial)
}

// serialOf is the number of session x, if that still is the one of a packet with these metadata.
func serialOf[K flow.Key](p *Plugin, t *flow.Table[K], x uint32, ends func(*Session, *K), m *buffer.Meta) (uint32, bool) {
	s, _, ok := read(p, t, x, tickOf(p.dp.Clock()), ends)
	if m.HasPorts && ok {
		ok = s.SrcPort == m.SrcPort && s.DstPort == m.DstPort || s.SrcPort == m.DstPort && s.DstPort == m.SrcPort
	}
	return s.Flow, ok && (!m.HasPorts || s.Proto == m.Proto)
}
