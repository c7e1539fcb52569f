package flowtrack

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// Session is what is known of a session at a moment.
type Session struct {
	Flow        uint32     `json:"flow"` // its number since start, as in replay's verdicts
	Proto       uint8      `json:"proto"`
	Protocol    string     `json:"protocol"` // its name, or the number
	State       string     `json:"state"`    // coarse: NEW, ESTABLISHED, FIN_WAIT, CLOSED
	Detail      string     `json:"detail"`   // nf_conntrack's state of a TCP or SCTP session: SYN_SENT, TIME_WAIT …; else ""
	Zone        uint16     `json:"zone"`
	Timeout     string     `json:"timeout"`          // the name of the timeout that runs
	Replied     bool       `json:"replied"`          // a packet of the reply direction was seen
	Assured     bool       `json:"assured"`          // early drop spares it
	Expected    bool       `json:"expected"`         // a helper has announced it
	Master      *uint32    `json:"master,omitempty"` // the number of the session that has announced it, if that is known
	Src         netip.Addr `json:"src"`              // of the original direction
	Dst         netip.Addr `json:"dst"`
	SrcPort     uint16     `json:"src_port"` // ICMP: the identifier
	DstPort     uint16     `json:"dst_port"`
	ICMPType    uint8      `json:"icmp_type"` // of the first packet; 0 for other protocols
	ICMPCode    uint8      `json:"icmp_code"`
	Interface   string     `json:"interface"`       // where the first packet came from
	Packets     [2]uint64  `json:"packets"`         // orig, reply
	Bytes       [2]uint64  `json:"bytes"`           // orig, reply
	AgeSeconds  float64    `json:"age_seconds"`     // since the first packet
	TimeoutLeft float64    `json:"timeout_seconds"` // until it expires, if no packet comes

	from uint32 // sw_if_index of Interface; 0: not known
	word uint32
}

// Each calls f with each session, until f returns false. The table goes on changing meanwhile. After the dataplane's end
// there are none.
func (p *Plugin) Each(f func(Session) bool) {
	p.shut.RLock()
	defer p.shut.RUnlock()
	if !p.closed {
		p.each(f)
	}
}

// each is Each for a caller that holds shut.
func (p *Plugin) each(f func(Session) bool) {
	tick := tickOf(p.dp.Clock())
	eachOf(p, p.table4, tick, ends4, f)
	eachOf(p, p.table6, tick, ends6, f)
}

// ends4 fills in the endpoints of an IPv4 session: first the key's endpoint 0.
func ends4(s *Session, k *flow.Key4) {
	s.Src, s.Dst = address4(k.Addr[0]), address4(k.Addr[1])
	s.Proto, s.Zone, s.SrcPort, s.DstPort = k.Proto, k.Zone, k.Port[0], k.Port[1]
}

// ends6 is ends4 for IPv6.
func ends6(s *Session, k *flow.Key6) {
	s.Src, s.Dst = netip.AddrFrom16(k.Addr[0]), netip.AddrFrom16(k.Addr[1])
	s.Proto, s.Zone, s.SrcPort, s.DstPort = k.Proto, k.Zone, k.Port[0], k.Port[1]
}

// eachOf reads the live entries of a table; one that changes hands while it is read is left out.
func eachOf[K flow.Key](p *Plugin, t *flow.Table[K], tick uint32, ends func(*Session, *K), f func(Session) bool) {
	for x := range uint32(t.Slots()) {
		if s, _, ok := read(p, t, x, tick, ends); ok && !f(s) {
			return
		}
	}
}

// read describes session x for whoever is no worker; it is not ok where there is none, or the index has changed hands meanwhile.
func read[K flow.Key](p *Plugin, t *flow.Table[K], x, tick uint32, ends func(*Session, *K)) (s Session, life uint32, ok bool) {
	if life = t.Life(x); life&1 == 0 {
		return s, life, false
	}
	s = describe(p, t, x, tick, ends)
	return s, life, t.Life(x) == life
}

// describe reads session x.
func describe[K flow.Key](p *Plugin, t *flow.Table[K], x, tick uint32, ends func(*Session, *K)) (s Session) {
	state, origin, key := t.State(x), t.Origin(x), t.Key(x)
	word, last := state.LoadWord(), state.LoadLastSeen()
	ends(&s, &key)
	if word&wordReversed != 0 {
		s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
	}
	for d := range s.Packets {
		s.Packets[d], s.Bytes[d] = t.Counters(x).Load(d)
	}
	s.began(p, &origin)
	s.told(word)
	if _, serial, ok := masterOf(p, t, x, word); ok {
		s.Master = &serial
	}
	s.AgeSeconds = seconds(since(origin.Created, tick))
	s.TimeoutLeft = seconds(p.timeouts.of(word) - min(p.timeouts.of(word), since(last, tick)))
	return s
}

// began fills in what is known since the first packet.
func (s *Session) began(p *Plugin, o *flow.Origin) {
	s.Flow, s.Protocol, s.ICMPType, s.ICMPCode = o.Serial, protoName(s.Proto), o.ICMPType, o.ICMPCode
	if s.from = o.If; o.If != 0 {
		s.Interface = p.dp.InterfaceName(o.If)
	}
}

// told fills in what the word says.
func (s *Session) told(word uint32) {
	s.word = word
	s.State, s.Detail = stateOf(word).String(), detailName(s.Proto, word)
	s.Timeout, s.Replied = timerNames[timerOf(word)%timer(numTimers)], word&wordReplied != 0
	s.Assured, s.Expected = word&wordAssured != 0, word&wordExpected != 0
}

// SessionOf is the session of a packet, unless the packet has ended it, for whoever holds the packet while its worker is in the pass.
func (p *Plugin) SessionOf(m *buffer.Meta) (s Session, ok bool) {
	if m.Flags&buffer.FlagHasFlow == 0 {
		return s, false
	}
	tick := tickOf(p.dp.Clock())
	if m.IsIP4 {
		return describe(p, p.table4, m.Flow, tick, ends4), p.table4.State(m.Flow).LoadWord()&wordOver == 0
	}
	return describe(p, p.table6, m.Flow, tick, ends6), p.table6.State(m.Flow).LoadWord()&wordOver == 0
}

// since is the ticks from then to now, up to 49 days; 0 where then is a little later, for packets come while a table is read.
func since(then, now uint32) uint32 {
	const readingMs = 60_000 // longer than a table takes to read
	if then-now < readingMs {
		return 0
	}
	return now - then
}

func seconds(ticks uint32) float64 { return (time.Duration(ticks) * tickLength).Seconds() }

func address4(a uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], a)
	return netip.AddrFrom4(b)
}

// Number is the serial number of session x of a packet's family, as shown to people. It is for a worker that holds x.
func (p *Plugin) Number(ip6 bool, x uint32) uint32 {
	if ip6 {
		return p.table6.Origin(x).Serial
	}
	return p.table4.Origin(x).Serial
}
