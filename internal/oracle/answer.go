package oracle

import (
	"fmt"
	"math"
)

// Answer is what one side says of a packet.
type Answer struct {
	Class string // new, established, related, invalid, untracked; "unseen" where the packet never reached conntrack
	Reply bool   // it goes against the session's first packet
	Info  Info   // of the packet's session, read behind the packet
}

// Info is what a side knows of a session.
type Info struct {
	Alive   bool    // there is one; if not, the rest is zero
	State   string  // nf_conntrack's name of the TCP or SCTP state, "" for other protocols
	Timeout string  // name of the timeout that runs
	Left    float64 // seconds of it
	Replied bool
	Assured bool
}

// leftSlack is by how many seconds the remaining times may differ: the kernel shows whole seconds, rounded down, counted in
// its ticks.
const leftSlack = 1.1

// difference is what of two answers differs, in a few words that are the same for all differences of the kind; "" for nothing.
func (k Answer) difference(g Answer) string {
	switch {
	case k.Class != g.Class:
		return fmt.Sprintf("class %s, gvpp %s", k.Class, g.Class)
	case k.Reply != g.Reply:
		return fmt.Sprintf("%s of %s, gvpp %s", k.direction(), k.Class, g.direction())
	case k.Info.Alive != g.Info.Alive:
		return fmt.Sprintf("behind %s: session %s, gvpp %s", k.Class, alive(k.Info), alive(g.Info))
	case k.Info.State != g.Info.State:
		return fmt.Sprintf("behind %s: state %s, gvpp %s", k.Class, k.Info.State, g.Info.State)
	case k.Info.Timeout != g.Info.Timeout:
		return fmt.Sprintf("behind %s in state %q: timeout %s, gvpp %s", k.Class, k.Info.State, k.Info.Timeout, g.Info.Timeout)
	case k.Info.Replied != g.Info.Replied:
		return fmt.Sprintf("behind %s: replied %v, gvpp %v", k.Class, k.Info.Replied, g.Info.Replied)
	case k.Info.Assured != g.Info.Assured:
		return fmt.Sprintf("behind %s in state %q: assured %v, gvpp %v", k.Class, k.Info.State, k.Info.Assured, g.Info.Assured)
	case math.Abs(k.Info.Left-math.Floor(g.Info.Left)) > leftSlack:
		return fmt.Sprintf("behind %s in state %q: timeout %s renewed differently", k.Class, k.Info.State, k.Info.Timeout)
	}
	return ""
}

func alive(i Info) string {
	if !i.Alive {
		return "none"
	}
	return "there"
}

func (a Answer) direction() string {
	if a.Reply {
		return "reply"
	}
	return "orig"
}

// String is the answer on a line.
func (a Answer) String() string {
	s := a.Class + " " + a.direction()
	if !a.Info.Alive {
		return s + ", no session"
	}
	s += ", " + a.Info.State
	if a.Info.Replied {
		s += " replied"
	}
	if a.Info.Assured {
		s += " assured"
	}
	return fmt.Sprintf("%s, %s %.1f s", s, a.Info.Timeout, a.Info.Left)
}
