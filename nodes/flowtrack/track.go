package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/graph"
)

const (
	errUntracked graph.Counter = iota
	errRate
	errZoneRate
	errZone
	errSource
	errUnexpected
)

var trackCounters = graph.Counters{
	errUntracked: "passed without a session: table full",
	errRate:      "dropped: too many new sessions a second",
	errZoneRate:  "dropped: too many new sessions a second in its zone",
	errZone:      "dropped: its zone has too many sessions",
	errSource:    "dropped: its source has too many sessions",

	errUnexpected: "dropped: it was expected, but another packet has begun that session, or it was given up",
}

const (
	trackOn graph.Next = iota
	trackDrop
)

// track is flow-track on one worker: packets that have passed the rules and have no session begin one. Where the table is full
// they pass without; where a limit forbids it they are dropped.
type track struct{ *Plugin }

func (n *track) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	v := w.Packets()
	for i := 0; i < len(bufs); i++ {
		if i += settled(v, bufs[i:]); i >= len(bufs) {
			break
		}
		m := v.Meta(bufs[i])
		m.Flags |= buffer.FlagCounted
		_, why := n.admit(w, m, v.Bytes(bufs[i], m), 0)
		if why == refusedNone {
			continue
		}
		counter := refusedCounters[why]
		w.Count(counter, 1)
		if why != refusedRoom {
			m.Reason = uint8(counter) + 1
			nexts[i] = trackDrop
		}
	}
}

// settled is how many packets, from the first on, have a session or can have none.
//
//go:noinline
func settled(v buffer.View, bufs []buffer.Index) int {
	const which = buffer.FlagSessions | buffer.FlagHasFlow | buffer.FlagCounted
	for i, b := range bufs {
		if v.Meta(b).Flags&which == buffer.FlagSessions {
			return i
		}
	}
	return len(bufs)
}
