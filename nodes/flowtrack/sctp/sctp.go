// Package sctp follows SCTP associations from the middle.
//
// Terms: a chunk is a message within a packet; a tag is the number that a packet must show to its receiver (verification
// tag, RFC 9260, section 8.5), chosen by the receiver in its INIT or INIT ACK; the original direction is that of the first
// packet; an association may have further paths, which begin with a HEARTBEAT.
//
// Invariant: states and verdicts are those of Linux's nf_conntrack (6.18) for the same packets. The package knows neither
// tables nor time, and does not lock.
package sctp

import (
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// State is the state of an association. Numbers and names are nf_conntrack's.
type State uint8

// The states.
const (
	None            State = iota
	Closed                // INIT, or the end
	CookieWait            // INIT ACK
	CookieEchoed          // COOKIE ECHO
	Established           // COOKIE ACK
	ShutdownSent          // SHUTDOWN by the originator
	ShutdownRecd          // SHUTDOWN by the other side
	ShutdownAckSent       // the answer to that
	HeartbeatSent         // a further path
	NumStates
	invalid
)

var stateNames = [NumStates]string{"NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT"}

// String is the state as `conntrack -L` prints it.
func (s State) String() string {
	if s < NumStates {
		return stateNames[s]
	}
	return "?"
}

// Assoc is what is known of an association. The zero value knows nothing. Who changes it must be alone.
type Assoc struct {
	tags    [2]uint32 // by direction: what packets must show
	lost    [2]bool   // by direction: the tag is not known; the next packet tells
	began   [2]bool   // by direction: an INIT was seen, and no COOKIE ACK since
	strange bool      // a HEARTBEAT showed another tag
	dir     uint8     // its direction
	met     bool      // it has been established
	state   State
}

// State is the association's state.
func (a *Assoc) State() State { return a.state }

// Met reports whether the association has been established, whatever came of it.
func (a *Assoc) Met() bool { return a.met }

// Resume makes a an association of which only the state is known: it takes the tags of the next packets.
func (a *Assoc) Resume(s State) {
	*a = Assoc{state: s, met: s == Established, lost: [2]bool{true, true}}
}

// Verdict is what becomes of a packet.
type Verdict uint8

// The verdicts.
const (
	Follow  Verdict = iota // it belongs to the association, which is in State() now
	Pass                   // as Follow, but no timeout begins anew
	Invalid                // wrong chunks, wrong tag, or nothing that such a state allows
)

// kinds is the set of chunk types of a packet, those that matter.
type kinds uint32

func (k kinds) any(set kinds) bool { return k&set != 0 }

// kindsOf is the set of a packet.
func kindsOf(c packet.SCTPChunks) (k kinds) {
	for {
		chunk, ok := c.Next()
		if !ok {
			return k
		}
		if chunk.Type < 32 {
			k |= 1 << chunk.Type
		}
	}
}

// Begin makes a the association that a packet begins, if it can begin one: its tag, and its chunks, which have no flaw.
func (a *Assoc) Begin(tag uint32, chunks packet.SCTPChunks) Verdict {
	*a = Assoc{}
	k := kindsOf(chunks)
	if k.any(1<<packet.SCTPAbort | 1<<packet.SCTPShutdownComplete | 1<<packet.SCTPCookieAck) {
		return Invalid
	}
	for all := chunks; ; {
		c, ok := all.Next()
		if !ok {
			break
		}
		if to := move(false, c.Type, None); to == None || to == invalid {
			return Invalid
		}
		switch c.Type {
		case packet.SCTPInit:
			if tag != 0 || !c.HasTag {
				return Invalid
			}
			a.tags[1] = c.Tag
		case packet.SCTPHeartbeat:
			a.tags[0] = tag
		case packet.SCTPShutdownAck:
			a.tags[1] = tag
		}
	}
	return a.step(tag, chunks, 0, true)
}

// Step judges a packet and moves the association.
func (a *Assoc) Step(tag uint32, chunks packet.SCTPChunks, reply bool) Verdict {
	if reply {
		return a.step(tag, chunks, 1, false)
	}
	return a.step(tag, chunks, 0, false)
}

// ownTag are the chunks whose tags are judged one by one.
const ownTag = 1<<packet.SCTPInit | 1<<packet.SCTPShutdownComplete | 1<<packet.SCTPCookieEcho | 1<<packet.SCTPAbort |
	1<<packet.SCTPShutdownAck | 1<<packet.SCTPHeartbeat | 1<<packet.SCTPHeartbeatAck

// step goes through the chunks.
func (a *Assoc) step(tag uint32, chunks packet.SCTPChunks, dir uint8, begins bool) Verdict {
	k := kindsOf(chunks)
	if lost := &a.lost[dir&1]; *lost && !k.any(1<<packet.SCTPInit) {
		*lost, a.tags[dir&1] = false, tag
	}
	if !k.any(ownTag) && tag != a.tags[dir&1] {
		return Invalid
	}
	quiet := false
	for {
		c, ok := chunks.Next()
		if !ok {
			break
		}
		good, skip := a.tagged(&c, tag, dir, k.any(1<<packet.SCTPData) || quiet)
		if !good {
			return Invalid
		}
		if skip {
			quiet = true
			continue
		}
		was := a.state
		to := move(dir == 1, c.Type, was)
		if to == invalid || !a.note(&c, dir) {
			return Invalid
		}
		if c.Type == packet.SCTPInit && to == Closed && was == Closed && !begins {
			quiet = true // again: whoever repeats it must not keep it alive
		}
		a.state, a.met = to, a.met || to == Established && was != to
	}
	if quiet {
		return Pass
	}
	return Follow
}

// tagged reports whether the packet's tag is right for a chunk, and whether the chunk moves nothing; busy: the packet has
// data, or a HEARTBEAT before this one was let pass.
func (a *Assoc) tagged(c *packet.SCTPChunk, tag uint32, dir uint8, busy bool) (good, skip bool) {
	own, peer := &a.tags[dir&1], &a.tags[dir&1^1]
	switch c.Type {
	case packet.SCTPInit:
		return tag == 0, false
	case packet.SCTPAbort, packet.SCTPShutdownComplete:
		if c.Flags&packet.SCTPTagReflected != 0 {
			return tag == *peer, false
		}
		return tag == *own, false
	case packet.SCTPCookieEcho:
		return tag == *own, false
	case packet.SCTPCookieAck:
		a.began = [2]bool{}
	case packet.SCTPHeartbeat, packet.SCTPHeartbeatAck:
		switch {
		case *own == 0:
			*own = tag
		case tag == *own:
			a.strange = false
		case busy:
			return false, false
		case c.Type == packet.SCTPHeartbeat:
			a.strange, a.dir = true, dir
			return true, true
		case !a.strange || a.dir == dir:
			return false, false
		default: // the other side takes the tag: it has begun anew
			a.strange = false
			*own, *peer = tag, 0
		}
	}
	return true, false
}

// note takes the tags that INIT and INIT ACK announce.
func (a *Assoc) note(c *packet.SCTPChunk, dir uint8) bool {
	if c.Type != packet.SCTPInit && c.Type != packet.SCTPInitAck {
		return true
	}
	if !c.HasTag {
		return false
	}
	tag, peer := c.Tag, &a.tags[dir&1^1]
	mine, theirs := &a.began[dir&1], &a.began[dir&1^1]
	if c.Type == packet.SCTPInit {
		if a.state == None || *peer != tag { // else it is an old one, or comes again
			*theirs = *theirs && !*mine
			*mine = true
		}
	} else if known := *peer; !*theirs && known != 0 && known != tag || *mine && *theirs && known != tag {
		return false
	}
	*peer = tag
	return true
}

// An association fits into the place of a TCP connection.
var _ [64 - unsafe.Sizeof(Assoc{})]byte
