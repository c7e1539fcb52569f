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
	for _, b := range bufs {
		m := v.Meta(b)
		if m.Flags&(buffer.FlagSessions|buffer.FlagCounted) != buffer.FlagSessions {
			continue
		}
		m.Flags |= buffer.FlagCounted
		if m.Flags&buffer.FlagHasFlow == 0 { // the slow path, once per session
			if _, ok := n.Admit(w, m, v.Bytes(b, m), 0); !ok {
				untracked++
			}
		}
		if m.Flags&buffer.FlagHasFlow != 0 {
			n.hit(m, tick)
		}
	}
	w.Count(errUntracked, untracked)
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
	word := s.LoadWord()
	if m.State = uint8(stateOf(word)); !steady(word, m) {
		move(s, m)
	}
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
