package oracle

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
)

// Source gives packets.
type Source interface{ Next() Packet }

// Packet is one of a dialogue.
type Packet struct {
	Data     []byte // an IP datagram
	Dialogue int    // packets of equal number belong together
	Whole    []byte // of a fragment: the datagram that it was cut from
}

// whole is the datagram that tells the session.
func (p *Packet) whole() []byte {
	if p.Whole != nil {
		return p.Whole
	}
	return p.Data
}

// dialogue gives its packets one by one.
type dialogue interface{ packet() (p []byte, ok bool) }

// Generator makes packets of many dialogues at once. Equal seeds give equal packets.
type Generator struct {
	r     *rand.Rand
	slots []slot
	next  int
	tcp   int // of ten dialogues so many are TCP
}

// slot is a dialogue under way.
type slot struct {
	dialogue
	number int
	recent [][]byte // its last packets, for errors to quote
}

const (
	recentPackets = 4
	slotCount     = 64
)

// NewGenerator makes a generator.
func NewGenerator(seed uint64, tcpOfTen int) *Generator {
	return &Generator{r: rand.New(rand.NewPCG(seed, 4)), slots: make([]slot, slotCount), tcp: tcpOfTen}
}

// Widen makes the generator one of n dialogues at a time.
func (g *Generator) Widen(n int) { g.slots = make([]slot, n) }

// Next is the next packet.
func (g *Generator) Next() Packet {
	for {
		s := &g.slots[g.r.IntN(len(g.slots))]
		if s.dialogue == nil {
			g.begin(s)
		}
		if len(s.recent) > 0 && g.r.IntN(40) == 0 {
			if p := errorAbout(g.r, s.recent[g.r.IntN(len(s.recent))]); p != nil {
				return Packet{Data: p, Dialogue: s.number}
			}
		}
		p, more := s.packet()
		if !more {
			s.dialogue = nil
			continue
		}
		s.recent = append(s.recent, p)
		if len(s.recent) > recentPackets {
			s.recent = s.recent[1:]
		}
		return Packet{Data: p, Dialogue: s.number}
	}
}

// begin puts a new dialogue into a slot, between addresses that no other has.
func (g *Generator) begin(s *slot) {
	g.next++
	*s = slot{number: g.next}
	e := ends{addr: pair(g.next, g.r.IntN(4) > 0), port: [2]uint16{uint16(1024 + g.r.IntN(60000)), uint16(g.r.IntN(1000) + 30)}}
	if g.r.IntN(30) == 0 {
		e.port[g.r.IntN(2)] = blockedPort
	}
	if g.r.IntN(100) == 0 { // to itself
		e.addr[1] = e.addr[0]
		if g.r.IntN(2) == 0 {
			e.port[1] = e.port[0]
		}
	}
	if g.r.IntN(10) < g.tcp {
		s.dialogue = newTCPTalk(g.r, e)
	} else {
		s.dialogue = newTalk(g.r, e)
	}
}

// blockedPort is the one that both sides' rules drop what goes to.
const blockedPort = 6666

// pair are the addresses of dialogue number n.
func pair(n int, is4 bool) (a [2]netip.Addr) {
	for i := range a {
		if is4 {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], 10<<24|uint32(i)<<23|uint32(n)&0x7fffff)
			a[i] = netip.AddrFrom4(b)
			continue
		}
		b := [16]byte{0x20, 1, 0xd, 0xb8, 14: byte(i)}
		binary.BigEndian.PutUint32(b[8:], uint32(n))
		a[i] = netip.AddrFrom16(b)
	}
	return a
}

// outsider is an address of no dialogue.
func outsider(is4 bool) netip.Addr {
	if is4 {
		return netip.AddrFrom4([4]byte{192, 0, 2, 1})
	}
	return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: 99})
}
