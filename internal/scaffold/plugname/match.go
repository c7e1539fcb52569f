package plugname

import (
	"encoding/binary"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// key is what rules look at of a packet, in host byte order. What a packet does not have is 0.
type key struct {
	hi, lo uint64 // the destination; an IPv4 address is the low 32 bits of lo
	port   uint16
	proto  uint8
	ip6    bool
}

// read fills k from a packet that is IP. p is the packet's bytes, m what the parser has found in them.
func (k *key) read(p []byte, m *buffer.Meta) {
	if m.IsIP4 {
		_, dst := packet.Addrs4(p, m)
		k.hi, k.lo, k.ip6 = 0, uint64(dst), false
	} else {
		_, dst := packet.Addrs6(p, m)
		k.hi, k.lo, k.ip6 = binary.BigEndian.Uint64(dst[:8]), binary.BigEndian.Uint64(dst[8:]), true
	}
	k.proto, k.port = 0, 0
	if m.HasProto {
		k.proto = m.Proto
	}
	if m.HasPorts {
		k.port = m.DstPort
	}
}

// table is all rules, as of one moment. It never changes once it is published.
type table struct {
	rules []compiled
	texts []string // by the same position; apart, so that find reads nothing in vain
}

// compiled is a rule as workers read it.
type compiled struct {
	key                   // what the packet's must be
	hiMask, loMask uint64 // of the destination
	id             uint32
	action         Action
	hits           []hits // by worker
}

// hits is what a rule has matched on one worker, which alone writes it. Each has a cache line for itself, or workers would wait
// for each other's.
type hits struct {
	counter.Pair
	_ [48]byte
}

// none is what find gives where no rule matches.
const none = -1

// find is the position of the first rule that matches.
func (t *table) find(k *key) int {
	for i := range t.rules {
		if t.rules[i].matches(k) {
			return i
		}
	}
	return none
}

func (c *compiled) matches(k *key) bool {
	return c.ip6 == k.ip6 && k.lo&c.loMask == c.lo && k.hi&c.hiMask == c.hi &&
		(c.proto == 0 || c.proto == k.proto) && (c.port == 0 || c.port == k.port)
}

// compile is a rule for workers.
func (r *rule) compile() compiled {
	c := compiled{key: key{port: r.Port, proto: r.Proto, ip6: r.Dst.Addr().Is6()}, id: r.ID, action: r.Action, hits: r.hits}
	c.hi, c.lo = words(r.Dst.Addr())
	c.hiMask, c.loMask = masks(r.Dst)
	return c
}

// words is an address as a key has it.
func words(a netip.Addr) (hi, lo uint64) {
	if a.Is4() {
		b := a.As4()
		return 0, uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

// addr is words' inverse, for people.
func (k *key) addr() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], k.hi)
	binary.BigEndian.PutUint64(b[8:], k.lo)
	if k.ip6 {
		return netip.AddrFrom16(b)
	}
	return netip.AddrFrom4([4]byte(b[12:]))
}

// masks has the bits of a prefix's length set.
func masks(p netip.Prefix) (hi, lo uint64) {
	rest := p.Addr().BitLen() - p.Bits() // the bits that may differ
	lo = ^uint64(0) << min(rest, 64)
	if p.Addr().Is4() {
		return 0, lo & 0xffffffff
	}
	return ^uint64(0) << max(rest-64, 0), lo
}
