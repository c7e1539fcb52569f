package flowtrack

import (
	"encoding/binary"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// Helper reads along with the TCP sessions of a service, and announces those that are going to follow from what is said: an
// application helper, as nf_conntrack has them. It is asked only where the operator attaches it to a port.
type Helper interface {
	// Name is what operators call it by.
	Name() string
	// Port is the service's usual port.
	Port() uint16
	// Expects is how many announced sessions a session may have outstanding, 1 to 8: a further one takes the oldest's place; and how
	// long one is waited for.
	Expects() (most int, timeout time.Duration)
	// Read is given the segments of a session that carry data and belong to it, in the order in which they come: again, or out of order,
	// as they like. It must not keep or change anything of what it is given but s.Memory, and fills in e where it announces something.
	Read(s *Said, e *Announced) Outcome
	// Resume prepares the memory of a session that was read along with before a restart, of which nothing else is known.
	Resume(m *Memory)
}

// Said is a segment of a session that a helper reads along with. Addresses are as in IP headers, IPv4's in the first 4 bytes.
type Said struct {
	Reply    bool // from the one who was asked
	IP6      bool
	Loose    bool // the operator lets sessions be announced for others than the two
	Seq      uint32
	Payload  []byte
	Src, Dst [16]byte // who has begun the session, who was asked
	Memory   *Memory  // of the session; zero at first
}

// Memory is what a helper remembers of a session. It may be lost.
type Memory [4]uint64

// Outcome is what a helper makes of a segment.
type Outcome uint8

// The outcomes.
const (
	SaidNothing Outcome = iota // to the purpose
	SaidExpect                 // it announces a session
	SaidCut                    // what may be an announcement is cut: the segment is invalid, so that it comes again, whole
)

// Announced is a session that will begin: from Src, any of its ports, to Dst and Port.
type Announced struct {
	Src, Dst [16]byte
	AnySrc   bool // Src may be anybody
	Port     uint16
	Proto    uint8
}

// attached is a helper at a port.
type attached struct {
	Helper
	port  uint16
	loose bool
}

// attachments are all of them: published. Nil where there are none.
type attachments []attached

// at is what is attached to a port, nil for nothing.
func (a attachments) at(port uint16) *attached {
	for i := range a {
		if a[i].port == port {
			return &a[i]
		}
	}
	return nil
}

// helping is what helpers need. Made when the first one is attached, and there until the end.
type helping struct {
	memories memories
	expected expectations
	unheard  atomic.Uint64 // segments that found no memory
}

// awaited are the expectations, if there are any.
func (h *helping) awaited() *expectations {
	if h == nil || h.expected.n.Load() == 0 {
		return nil
	}
	return &h.expected
}

// listen has the helper of session x read a segment of a datagram that is whole: m is as seen returns it. It is false for one that must come again, whole.
// The caller is alone with the connection.
func listen[K flow.Key](d *desk, t *flow.Table[K], x, word uint32, m *buffer.Meta, p []byte, seg *packet.Segment, reply uint32) bool {
	payload := payloadOf(m, p)
	if len(payload) == 0 {
		return true
	}
	k, life := t.Key(x), t.Life(x)
	s := &d.said
	port, zone := between(s, &k, word)
	a, help := d.set.helpers.at(port), d.helping.Load()
	if a == nil || help == nil || life&1 == 0 {
		return true
	}
	id := idOf(s.IP6, x, life)
	memory := help.memories.open(d.Plugin, id, true)
	if memory == nil {
		help.unheard.Add(1)
		return true
	}
	s.Reply, s.Loose, s.Seq, s.Payload, s.Memory = reply != 0, a.loose, seg.Seq, payload, &memory.words
	d.announced = Announced{}
	what := a.Read(s, &d.announced)
	if what == SaidExpect && !help.expected.announce(d, a, memory, id, t.Origin(x).Serial, zone) {
		what = SaidCut
	}
	memory.close()
	s.Payload, s.Memory = nil, nil
	return what != SaidCut
}

// resume goes on reading along with session x, which was taken over from before a restart.
func resume[K flow.Key](p *Plugin, t *flow.Table[K], k *K, x, word uint32) {
	var s Said
	port, _ := between(&s, k, word)
	a, help := p.published.Load().helpers.at(port), p.helping.Load()
	if a == nil || help == nil {
		return
	}
	if memory := help.memories.open(p, idOf(s.IP6, x, t.Life(x)), true); memory != nil {
		a.Resume(&memory.words)
		memory.close()
	}
}

// payloadOf is what a TCP segment without a flaw carries.
func payloadOf(m *buffer.Meta, p []byte) []byte {
	if int(m.L4) > len(p) || int(m.End) > len(p) || m.L4 > m.End {
		return nil
	}
	t := p[m.L4:m.End]
	if len(t) < 20 {
		return nil
	}
	return t[min(len(t), int(t[12]>>4)*4):]
}

// between fills in who has begun a session and who was asked, and returns the latter's port and their zone.
func between[K flow.Key](s *Said, k *K, word uint32) (port, zone uint16) {
	from := word >> wordReversedBit & 1
	if unsafe.Sizeof(*k) == unsafe.Sizeof(flow.Key4{}) {
		k := (*flow.Key4)(unsafe.Pointer(k))
		s.IP6, s.Src, s.Dst = false, wide(k.Addr[from]), wide(k.Addr[1-from])
		return k.Port[1-from], k.Zone
	}
	k6 := (*flow.Key6)(unsafe.Pointer(k))
	s.IP6, s.Src, s.Dst = true, k6.Addr[from], k6.Addr[1-from]
	return k6.Port[1-from], k6.Zone
}

// wide is an IPv4 address as Said has it.
func wide(a uint32) (b [16]byte) {
	binary.BigEndian.PutUint32(b[:], a)
	return b
}

// idOf names a session, for as long as it lives and afterwards: no two that matter have the same.
func idOf(ip6 bool, x, life uint32) uint64 {
	id := uint64(life)<<32 | uint64(x)<<1
	if ip6 {
		id |= 1
	}
	return id
}

// indexOf is the index in a session's name.
func indexOf(id uint64) uint32 { return uint32(id) >> 1 }

// lives reports whether the session named id does.
func (p *Plugin) lives(id uint64) bool {
	x, life := indexOf(id), uint32(id>>32)
	if id&1 != 0 {
		return p.table6.Life(x) == life
	}
	return p.table4.Life(x) == life
}
