package flowtrack

import (
	"encoding/binary"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/nodes/flowtrack/sctp"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// fault is what is wrong with a session of a file that names so many interfaces; "" for nothing. What passes it can be followed.
func (s *savedSession) fault(names int) string {
	ok := false
	switch s.proto {
	case packet.ProtoTCP:
		ok = s.detail < uint8(tcp.NumStates) && coarseTCP[s.detail] != StateNone && s.timer < timerUDP && s.timer != timerNone
	case packet.ProtoSCTP:
		ok = s.detail < uint8(sctp.NumStates) && coarseSCTP[s.detail] != StateNone && s.timer > timerSCTP && int(s.timer) < numTimers
	default:
		ok = s.detail == 0 && s.timer >= timerUDP && s.timer < timerSCTP
	}
	switch {
	case !ok:
		return "its state does not exist"
	case int(s.from) > names || int(s.at) > names:
		return "its interface is not in the list"
	case s.query > 0x7f:
		return "its ICMP type does not exist"
	}
	return ""
}

// savedBits are the bits of a word that a file has.
var savedBits = [...]struct {
	bit  uint32
	flag uint8
}{{wordReplied, savedReplied}, {wordAssured, savedAssured}, {wordExpected, savedExpected}, {wordHelped, savedHelped}}

// save fills in what a word says.
func (s *savedSession) save(word uint32) {
	s.timer = timerOf(word)
	if s.proto == packet.ProtoTCP || s.proto == packet.ProtoSCTP {
		s.detail = detailOf(word)
	}
	for _, k := range savedBits {
		if word&k.bit != 0 {
			s.flags |= k.flag
		}
	}
}

// word is the word of the session now, with a policy of timeouts. It counts for no limit, as sessions do that were there before one.
func (s *savedSession) word(policy uint32) uint32 {
	word := withTimer(withClass(policy<<policyShift, buffer.TrackNew), s.timer)
	if s.flags&savedExpected != 0 {
		word = withClass(word|wordExpected, buffer.TrackRelated)
	}
	if s.flags&savedReplied != 0 {
		word = replied(word)
	}
	if s.flags&savedAssured != 0 {
		word |= wordAssured
	}
	switch s.proto {
	case packet.ProtoTCP:
		if s.flags&savedHelped != 0 {
			word |= wordHelped
		}
		return withDetail(word, s.detail, coarseTCP[s.detail])
	case packet.ProtoSCTP:
		return withDetail(word, s.detail, coarseSCTP[s.detail])
	case packet.ProtoUDPLite:
		word |= wordLite
	}
	coarse := StateNew
	if word&wordReplied != 0 {
		coarse = StateEstablished
	}
	return withSteady(withDetail(word, 0, coarse))
}

// annex is what the session's protocol knows of it: nothing but the state. Numbers have gone on while nobody looked: what comes
// next is in its windows.
func (s *savedSession) annex(a *flow.Annex) *flow.Annex {
	switch s.proto {
	case packet.ProtoTCP:
		(*tcp.Conn)(unsafe.Pointer(a)).Pickup(tcp.State(s.detail))
		return a
	case packet.ProtoSCTP:
		*a = flow.Annex{}
		(*sctp.Assoc)(unsafe.Pointer(a)).Resume(sctp.State(s.detail))
		return a
	}
	return nil
}

// endpoints are the session's, as those of its first packet.
func (s *savedSession) endpoints() endpoints {
	return endpoints{proto: s.proto, sport: s.ports[0], dport: s.ports[1], query: s.query}
}

// key4 and key6 are its key, and whether its source is endpoint 1.
func (s *savedSession) key4() (flow.Key4, bool) {
	e := s.endpoints()
	return key4(binary.BigEndian.Uint32(s.addrs[0][:]), binary.BigEndian.Uint32(s.addrs[1][:]), s.zone, &e)
}

func (s *savedSession) key6() (flow.Key6, bool) {
	e := s.endpoints()
	return key6(&s.addrs[0], &s.addrs[1], s.zone, &e)
}

// of4 and of6 fill in what a key says; reversed: the source is its endpoint 1.
func (s *savedSession) of4(k *flow.Key4, reversed bool) {
	s.proto, s.zone, s.query, s.ports = k.Proto, k.Zone, k.Kind>>1, k.Port
	for i, a := range k.Addr {
		binary.BigEndian.PutUint32(s.addrs[i][:], a)
	}
	s.turn(reversed)
}

func (s *savedSession) of6(k *flow.Key6, reversed bool) {
	s.flags |= savedIP6
	s.proto, s.zone, s.query, s.ports, s.addrs = k.Proto, k.Zone, k.Kind>>1, k.Port, k.Addr
	s.turn(reversed)
}

func (s *savedSession) turn(reversed bool) {
	if reversed {
		s.ports[0], s.ports[1] = s.ports[1], s.ports[0]
		s.addrs[0], s.addrs[1] = s.addrs[1], s.addrs[0]
	}
}
