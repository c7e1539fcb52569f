package flowtrack

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

const errUntracked graph.Counter = 0

var trackCounters = graph.Counters{errUntracked: "passed without a session: table full"}

// track is flow-track on one worker: it counts a packet in its session and moves the session's state.
type track struct{ *Plugin }

func (n *track) Process(w *graph.Worker, f *graph.Frame) {
	untracked := 0
	tick := tickOf(w.Now())
	bufs, _ := f.Vector()
	v := w.Packets()
	for i := 0; i < len(bufs); i++ {
		if i += n.steady4(v, bufs[i:], tick); i >= len(bufs) {
			break
		}
		m := v.Meta(bufs[i])
		if m.Flags&(buffer.FlagSessions|buffer.FlagCounted) != buffer.FlagSessions {
			continue
		}
		m.Flags |= buffer.FlagCounted
		if m.Flags&buffer.FlagHasFlow == 0 { // the slow path, once per session
			if _, ok := n.Admit(w, m, v.Bytes(bufs[i], m), 0); !ok {
				untracked++
			}
		}
		if m.Flags&buffer.FlagHasFlow != 0 {
			n.hit(m, tick)
		}
	}
	w.Count(errUntracked, untracked)
}

// steady4 counts the packets, from the first on, that leave their IPv4 sessions in the state that they are in, as most do,
// until one that is none of these, and returns how many they are. It is a function of its own so that everything stays in
// registers.
//
//go:noinline
func (n *track) steady4(v buffer.View, bufs []buffer.Index, tick uint32) int {
	const which = buffer.FlagSessions | buffer.FlagHasFlow | buffer.FlagCounted
	t := n.table4
	for i, b := range bufs {
		m := v.Meta(b)
		if m.Flags&which != buffer.FlagSessions|buffer.FlagHasFlow || !m.IsIP4 {
			return i
		}
		s := t.State(m.Flow)
		word := s.LoadWord()
		if !steady(word, m) {
			return i
		}
		t.Counters(m.Flow).Add(int(m.Flags/buffer.FlagReply), uint64(m.Len))
		s.Seen(tick)
		m.Flags |= buffer.FlagCounted
		m.State = uint8(stateOf(word))
	}
	return len(bufs)
}

// hit counts the packet and moves the session's state.
func (n *track) hit(m *buffer.Meta, tick uint32) {
	var s *flow.State
	var c *flow.Counters
	if m.IsIP4 {
		s, c = n.table4.State(m.Flow), n.table4.Counters(m.Flow)
	} else {
		s, c = n.table6.State(m.Flow), n.table6.Counters(m.Flow)
	}
	c.Add(int(m.Flags/buffer.FlagReply), uint64(m.Len))
	s.Seen(tick)
	move(s, m)
}

// steady reports whether a packet leaves the session's state as it is, as most do: next would return word.
func steady(word uint32, m *buffer.Meta) bool {
	if m.Flags&buffer.FlagReply != 0 && word&(wordReplied|stateMask) != wordReplied|uint32(StateEstablished) {
		return false
	}
	return classOf(word) != classTCP ||
		stateOf(word) == StateEstablished && m.TCPFlags&(packet.TCPFin|packet.TCPSyn|packet.TCPRst) == 0
}

// move takes the session to its next state.
func move(s *flow.State, m *buffer.Meta) {
	reply := m.Flags&buffer.FlagReply != 0
	for {
		old := s.LoadWord()
		word := next(old, m, reply)
		if word == old || s.SwapWord(old, word) {
			m.State = uint8(stateOf(word))
			return
		}
	}
}

// trace is the session in a line.
func (p *Plugin) trace(m *buffer.Meta, _ []byte) string {
	if m.Flags&buffer.FlagHasFlow == 0 {
		return "no session"
	}
	direction := "orig"
	if m.Flags&buffer.FlagReply != 0 {
		direction = "reply"
	}
	s := fmt.Sprintf("session index %d, %s", m.Flow, direction)
	if m.State != 0 {
		s += ", " + State(m.State).String()
	}
	return s
}
