package flowtrack

import (
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/nodes/flowtrack/sctp"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// beginning says why a packet without a session begins none; 0: it may.
func (d *desk) beginning(p []byte, m *buffer.Meta) Reason {
	m = d.seen(p, m)
	switch {
	case m.Proto == packet.ProtoTCP:
		if why := tcp.CanBegin(m.TCPFlags, &d.set.tcp); why != 0 {
			return reasonTCP + Reason(why)
		}
	case m.Proto == packet.ProtoSCTP:
		var a sctp.Assoc
		if tag, chunks, ok := packet.SCTPOf(p, m); !ok || a.Begin(tag, chunks) == sctp.Invalid {
			return reasonSCTP
		}
	case m.HasICMP && packet.ICMPClassOf(m) == packet.ICMPAnswer:
		return reasonBegin
	}
	return 0
}

// birth is a session as its first packet makes it.
type birth struct {
	word    uint32
	annexed bool
	annex   flow.Annex // if annexed
}

// begin fills in the desk's birth for a packet. It reports false for one that begins no session.
func (d *desk) begin(p []byte, m *buffer.Meta, policy uint32) bool {
	b := &d.birth
	b.word, b.annexed = withClass(policy<<policyShift, buffer.TrackNew), false
	if m.Flags&buffer.FlagReversed != 0 {
		b.word |= wordReversed
	}
	m = d.seen(p, m)
	switch m.Proto {
	case packet.ProtoTCP:
		return d.beginTCP(p, m)
	case packet.ProtoSCTP:
		a := (*sctp.Assoc)(unsafe.Pointer(&b.annex))
		b.annex, b.annexed = flow.Annex{}, true
		if tag, chunks, ok := packet.SCTPOf(p, m); !ok || a.Begin(tag, chunks) == sctp.Invalid {
			return false
		}
		b.word = nextSCTP(b.word, a.State())
		d.timeouts.useSCTP()
		return true
	}
	b.word = withSteady(withDetail(withTimer(b.word, firstTimer[m.Proto]), 0, StateNew))
	if m.Proto == packet.ProtoUDPLite {
		b.word |= wordLite
	}
	return true
}

// beginTCP is begin for TCP. A fragment whose header is not all there begins a connection of which nothing is known.
func (d *desk) beginTCP(p []byte, m *buffer.Meta) bool {
	b := &d.birth
	c := (*tcp.Conn)(unsafe.Pointer(&b.annex))
	b.annexed = true
	seg, ok := packet.SegmentOf(p, m)
	if !ok {
		c.Pickup(tcp.SynSent)
		b.word = withTimer(withDetail(b.word, uint8(tcp.SynSent), StateNew), timer(tcp.SynSent))
		return m.Fragment
	}
	res := c.Begin(&seg, &d.set.tcp)
	if res.Verdict == tcp.Invalid {
		return false
	}
	b.word = withDetail(b.word, uint8(res.State), coarseTCP[res.State])
	b.word = withTimer(b.word, d.timerTCP(b.word, &res))
	return true
}

// firstTimer is the timeout of a session that nobody has answered, by protocol.
var firstTimer = func() (t [256]timer) {
	for i := range t {
		t[i] = timerGeneric
	}
	t[packet.ProtoUDP], t[packet.ProtoUDPLite] = timerUDP, timerUDP
	t[packet.ProtoICMP], t[packet.ProtoICMP6], t[packet.ProtoGRE] = timerICMP, timerICMPv6, timerGRE
	return t
}()
