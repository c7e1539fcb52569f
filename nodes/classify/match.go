package classify

import (
	"encoding/binary"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/nodes/classify/tuple"
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
	has          uint8        // need… bits: which of the above there are
	class        buffer.Track // what connection tracking says of the packet, without a reason
}

type addr struct{ hi, lo uint64 }

// Bits of fields.has, in the order of tuple's.
const (
	needProto = 1 << iota
	needPorts
	needFlags
	needICMP
	isPiece // a later fragment, and nobody knows of the datagram
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
	f.has, f.proto, f.sport, f.dport, f.class = 0, m.Proto, m.SrcPort, m.DstPort, m.Track.Class()
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
	if m.LaterFragment && !m.Whole {
		f.has |= isPiece
	}
}

func addr6(a *[16]byte) addr {
	return addr{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
}

// key writes the fields as package tuple takes them; those that the packet lacks are none of its business.
func (f *fields) key(k *tuple.Key) {
	if f.ip6 {
		k.Addr = [4]uint64{f.src.hi, f.src.lo, f.dst.hi, f.dst.lo}
	} else {
		k.SetAddrs4(uint32(f.src.lo), uint32(f.dst.lo))
	}
	k.Rest = 0
	k.SetClass(uint8(f.class))
	if f.has&needProto != 0 {
		k.SetProto(f.proto)
	}
	if f.has&needPorts != 0 {
		k.SetPorts(f.sport, f.dport)
	}
	if f.has&needFlags != 0 {
		k.SetFlags(f.tcpFlags)
	}
	if f.has&needICMP != 0 {
		k.SetICMP(f.icmpType, f.icmpCode)
	}
	if f.has&isPiece != 0 {
		k.SetPiece()
	}
}

// has reports whether the rule can match packets of a family.
func (r *Rule) has(ip6 bool) bool {
	for _, p := range []netip.Prefix{r.Src, r.Dst} {
		if p.IsValid() && p.Addr().Is4() == ip6 {
			return false
		}
	}
	return true
}

// match is the rule as package tuple takes it; the families are apart there.
func (r *Rule) match() tuple.Match {
	m := tuple.Any()
	setPrefix(r.Src, m.SetSrc4, m.SetSrc6)
	setPrefix(r.Dst, m.SetDst4, m.SetDst6)
	if r.Proto >= 0 {
		m.SetProto(uint8(r.Proto))
	}
	if r.SPort.Set || r.DPort.Set {
		s, d := r.SPort.orAll(), r.DPort.orAll()
		m.SetPorts(s.Lo, s.Hi, d.Lo, d.Hi)
	}
	if r.FlagsSet {
		m.SetFlags(r.FlagsValue, r.FlagsMask)
	}
	if r.ICMPType >= 0 {
		m.SetICMP(uint8(r.ICMPType), r.ICMPCode)
	}
	if r.Piece {
		m.SetPiece()
	}
	m.SetClasses(r.classes())
	return m
}

func setPrefix(p netip.Prefix, set4 func(a uint32, n uint8), set6 func(hi, lo uint64, n uint8)) {
	switch {
	case !p.IsValid():
	case p.Addr().Is4():
		a := p.Addr().As4()
		set4(binary.BigEndian.Uint32(a[:]), uint8(p.Bits()))
	default:
		a := p.Addr().As16()
		v := addr6(&a)
		set6(v.hi, v.lo, uint8(p.Bits()))
	}
}
