package classify

import (
	"encoding/binary"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// fields is what rules look at of a packet: host byte order, IPv4 addresses in the low 32 bits of lo.
type fields struct {
	src, dst     addr
	sport, dport uint16
	proto        uint8
	tcpFlags     uint8
	icmpType     uint8
	icmpCode     uint8
	ip6          bool
	has          uint8 // need… bits: which of the above there are
}

type addr struct{ hi, lo uint64 }

// Bits of fields.has and matcher.need.
const (
	needProto = 1 << iota
	needPorts
	needFlags
	needICMP
)

// read fills f from a parsed IP packet.
func (f *fields) read(p []byte, m *buffer.Meta) {
	if m.IsIP4 {
		src, dst := packet.Addrs4(p, m)
		f.src, f.dst, f.ip6 = addr{0, uint64(src)}, addr{0, uint64(dst)}, false
	} else {
		src, dst := packet.Addrs6(p, m)
		f.src, f.dst, f.ip6 = addr6(src), addr6(dst), true
	}
	f.has, f.proto, f.sport, f.dport = 0, m.Proto, m.SrcPort, m.DstPort
	f.tcpFlags, f.icmpType, f.icmpCode = m.TCPFlags, m.ICMPType, m.ICMPCode
	if m.HasProto {
		f.has |= needProto
	}
	if m.HasPorts {
		f.has |= needPorts
	}
	if m.HasTCPFlags {
		f.has |= needFlags
	}
	if m.HasICMP {
		f.has |= needICMP
	}
}

func addr6(a *[16]byte) addr {
	return addr{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
}

// matcher is the compiled match of a rule. A field that need asks for and the packet lacks makes it fail; one that
// nobody asks for is compared under a zero mask, or against the full range.
type matcher struct {
	src, srcMask, dst, dstMask addr
	sportLo, sportHi           uint16
	dportLo, dportHi           uint16
	proto                      uint8
	flags, flagsMask           uint8
	icmpType, icmpCode         uint8
	icmpCodeMask               uint8
	need                       uint8
	ip4, ip6                   bool // the families it can match
}

func (r *Rule) matcher() matcher {
	m := matcher{sportHi: 65535, dportHi: 65535, ip4: true, ip6: true}
	m.src, m.srcMask = m.prefix(r.Src)
	m.dst, m.dstMask = m.prefix(r.Dst)
	if r.Proto >= 0 {
		m.need |= needProto
		m.proto = uint8(r.Proto)
	}
	if r.SPort.Set {
		m.need |= needPorts
		m.sportLo, m.sportHi = r.SPort.Lo, r.SPort.Hi
	}
	if r.DPort.Set {
		m.need |= needPorts
		m.dportLo, m.dportHi = r.DPort.Lo, r.DPort.Hi
	}
	if r.FlagsSet {
		m.need |= needFlags
		m.flags, m.flagsMask = r.FlagsValue, r.FlagsMask
	}
	if r.ICMPType >= 0 {
		m.need |= needICMP
		m.icmpType = uint8(r.ICMPType)
		if r.ICMPCode >= 0 {
			m.icmpCode, m.icmpCodeMask = uint8(r.ICMPCode), 0xff
		}
	}
	return m
}

// prefix gives value and mask, and narrows the families to the prefix's.
func (m *matcher) prefix(p netip.Prefix) (value, mask addr) {
	if !p.IsValid() {
		return
	}
	n := p.Bits()
	if p.Addr().Is4() {
		m.ip6 = false
		a := p.Masked().Addr().As4()
		return addr{0, uint64(binary.BigEndian.Uint32(a[:]))}, addr{0, uint64(^uint32(0)) << (32 - n) & 0xffffffff}
	}
	m.ip4 = false
	a := p.Masked().Addr().As16()
	mask = addr{^uint64(0), ^uint64(0)}
	if n <= 64 {
		mask = addr{^uint64(0) << (64 - n), 0}
	} else {
		mask.lo = ^uint64(0) << (128 - n)
	}
	return addr6(&a), mask
}

// match reports whether a packet of a family that m can match fulfils all conditions.
func (m *matcher) match(f *fields) bool {
	if m.need&^f.has != 0 ||
		(f.src.lo^m.src.lo)&m.srcMask.lo|(f.src.hi^m.src.hi)&m.srcMask.hi != 0 ||
		(f.dst.lo^m.dst.lo)&m.dstMask.lo|(f.dst.hi^m.dst.hi)&m.dstMask.hi != 0 {
		return false
	}
	if m.need&needProto != 0 && f.proto != m.proto {
		return false
	}
	if m.need&needPorts != 0 && (f.sport < m.sportLo || f.sport > m.sportHi || f.dport < m.dportLo || f.dport > m.dportHi) {
		return false
	}
	if m.need&needFlags != 0 && f.tcpFlags&m.flagsMask != m.flags {
		return false
	}
	return m.need&needICMP == 0 || f.icmpType == m.icmpType && (f.icmpCode^m.icmpCode)&m.icmpCodeMask == 0
}
