package ip

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Types and codes of ICMP and ICMPv6 that are sent.
const (
	icmpEchoReply    = 0
	icmpUnreachable  = 3
	icmpEcho         = 8
	icmpExceeded     = 11
	icmp6Unreachable = 1
	icmp6TooBig      = 2
	icmp6Exceeded    = 3
	icmp6Echo        = 128
	icmp6EchoReply   = 129
	icmp6Solicit     = 135
	icmp6Advertise   = 136

	codeHost        = 1
	codePort        = 3
	codeTooBig      = 4
	codeProhibited  = 10 // to that host, as VPP has it
	code6NoRoute    = 0
	code6Prohibited = 1
	code6Host       = 3
	code6Port       = 4
)

// setError says which error is to be sent about a packet: type and code of ICMP, and the MTU where it tells one.
func setError(m *buffer.Meta, kind, code uint8, mtu uint16) {
	m.ICMPType, m.ICMPCode, m.DstPort = kind, code, mtu
}

// Where the nodes of errors send packets.
const (
	errorLookup graph.Next = iota
	errorDrop
)

// Counters of the nodes of errors.
const (
	errRate graph.Counter = iota
	errNever
	errSource
	errHeadroom
)

// ttlSent is the TTL of packets of our own before they are looked up: the rewrite takes one away.
const ttlSent = 64 + 1

// Bounds of what errors quote, in bytes of the whole datagram: RFC 1812 and RFC 4443.
const (
	maxError4 = 576
	maxError6 = 1280
)

func (p *Plugin) errorNodes(r *plugin.Registry) {
	for v6, name := range []string{"ip4", "ip6"} {
		r.Node(graph.Spec{
			Name:  name + "-icmp-error",
			Nexts: graph.Nexts{errorLookup: name + "-lookup", errorDrop: graph.ErrorDrop},
			Counters: graph.Counters{
				errRate:     "no error sent: too many already",
				errNever:    "no error sent: about an error, a later fragment, or to or from more than one host",
				errSource:   "no error sent: the interface has no address to send it by",
				errHeadroom: "no error sent: no room in the buffer",
			},
			New:   func(*graph.Worker) graph.Processor { return &icmpError{Plugin: p, v6: v6 == 1} },
			Trace: trace,
		})
	}
}

// icmpError makes of packets the errors about them.
type icmpError struct {
	*Plugin
	v6   bool
	rate bucket
}

// Errors per second and worker, and as many at once.
const errorsPerSecond = 1000

func (n *icmpError) Process(w *graph.Worker, f *graph.Frame) {
	bufs, nexts := f.Vector()
	nexts = nexts[:len(bufs)]
	v := w.Packets()
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		var c graph.Counter
		switch {
		case n.v6 && !mayComplain6(p, m), !n.v6 && !n.mayComplain4(p, m):
			c = errNever
		case !n.rate.take(w.Now(), errorsPerSecond):
			c = errRate
		default:
			if c = n.make(v, b, m); c == 0 {
				continue
			}
		}
		nexts[i] = errorDrop
		blame(m, c)
		w.Count(c, 1)
	}
}

// mayComplain4 says whether the sender of a packet may be sent an error about it (RFC 1812, 4.3.2.7).
func (n *icmpError) mayComplain4(p []byte, m *buffer.Meta) bool {
	if !m.IsIP4 || m.LaterFragment || isGroup(p, m) {
		return false
	}
	src, dst := packet.Addrs4(p, m)
	if src>>28 >= 14 || src>>24 == 0 || src>>24 == 127 || dst>>28 == 14 || dst == 1<<32-1 {
		return false
	}
	for _, a := range n.info(m.RxIf).addrs4 {
		if last := a.ip | ^a.mask; a.mask < 1<<32-2 && (src == last || src == a.ip&a.mask || dst == last) {
			return false
		}
	}
	return !isError(p, m)
}

// mayComplain6 is RFC 4443, 2.4 (e); groups may be told that a packet is too big.
func mayComplain6(p []byte, m *buffer.Meta) bool {
	if !m.IsIP6 || m.LaterFragment {
		return false
	}
	src, dst := packet.Addrs6(p, m)
	if src[0] == 0xff || *src == [16]byte{} || *src == [16]byte{15: 1} {
		return false
	}
	if (dst[0] == 0xff || isGroup(p, m)) && m.ICMPType != icmp6TooBig {
		return false
	}
	return !isError(p, m)
}

// isGroup says whether a frame was for more than one host.
func isGroup(p []byte, m *buffer.Meta) bool { return m.L3 >= etherLen && len(p) > 0 && p[0]&1 != 0 }

// isError says whether a packet is itself an error, or not to be told from one. The type in the metadata is that of the error about
// the packet by now.
func isError(p []byte, m *buffer.Meta) bool {
	if !m.HasProto {
		return true
	}
	if m.IsIP4 && m.Proto != packet.ProtoICMP || m.IsIP6 && m.Proto != packet.ProtoICMP6 {
		return false
	}
	if int(m.L4) >= len(p) || m.L4 >= m.End {
		return true
	}
	c := packet.ICMPClassOfType(p[m.L4], m.IsIP6)
	return c == packet.ICMPError || c == packet.ICMPUnknown
}

// make makes of a packet the error about it, or says why not.
func (n *icmpError) make(v buffer.View, b buffer.Index, m *buffer.Meta) graph.Counter {
	head, most := ip4Len+8, maxError4
	if n.v6 {
		head, most = ip6Len+8, maxError6
	}
	const ether = 14
	l3 := int(m.L3)
	if int(m.Off)+l3 < ether+head {
		return errHeadroom
	}
	quoted := min(int(m.End)-l3, most-head)
	p := v.Bytes(b, m)
	var src4, dst4 uint32
	var src6, dst6 [16]byte
	info := n.info(m.RxIf)
	if n.v6 {
		from, _ := packet.Addrs6(p, m)
		dst6 = *from
		if src6 = n.errorSource6(info, dst6); src6 == ([16]byte{}) {
			return errSource
		}
	} else {
		dst4, _ = packet.Addrs4(p, m)
		if src4 = info.source4(dst4); src4 == 0 {
			return errSource
		}
	}
	kind, code, mtu := m.ICMPType, m.ICMPCode, uint16(0)
	if kind == icmp6TooBig && n.v6 || kind == icmpUnreachable && code == codeTooBig && !n.v6 {
		mtu = m.DstPort
	}
	m.Off += uint16(l3 - head - ether)
	m.Len = uint16(ether + head + quoted)
	p = v.Bytes(b, m)
	clear(p[:ether+head])
	t := p[ether+head-8:]
	t[0], t[1] = kind, code
	binary.BigEndian.PutUint16(t[6:], mtu)
	if n.v6 {
		putIP6(p[ether:], len(t), packet.ProtoICMP6, ttlSent, &src6, &dst6)
		binary.BigEndian.PutUint16(t[2:], packet.Checksum(t, packet.PseudoSum6(&src6, &dst6, packet.ProtoICMP6, uint16(len(t)))))
	} else {
		putIP4(p[ether:], len(t), packet.ProtoICMP, ttlSent, src4, dst4)
		binary.BigEndian.PutUint16(t[2:], packet.Checksum(t, 0))
	}
	own(m, ether, ether+head-8, kind, code)
	return 0
}

// errorSource6 is the address that errors to a host are sent by.
func (n *icmpError) errorSource6(info *ifInfo, to [16]byte) [16]byte {
	if !info.on[1] {
		return [16]byte{}
	}
	return info.source6(addrOf6(to)).As16()
}

// own is the metadata of an ICMP packet that was made here, with a header of Ethernet and no tags.
func own(m *buffer.Meta, l3, l4 int, kind, code uint8) {
	m.L3, m.L4, m.End = uint16(l3), uint16(l4), m.Len
	m.VLANs, m.HasProto, m.HasPorts, m.HasTCPFlags, m.HasICMP, m.Fragment, m.LaterFragment, m.Whole = 0, true, false, false, true, false, false, false
	m.ICMPType, m.ICMPCode = kind, code
	m.Proto = packet.ProtoICMP
	if m.IsIP6 {
		m.Proto = packet.ProtoICMP6
	}
}

// putIP4 writes a header for n bytes behind it.
func putIP4(h []byte, n int, proto, ttl uint8, src, dst uint32) {
	h = h[:ip4Len]
	clear(h)
	h[0], h[8], h[9] = 4<<4|ip4Len/4, ttl, proto
	binary.BigEndian.PutUint16(h[2:], uint16(ip4Len+n))
	binary.BigEndian.PutUint32(h[12:], src)
	binary.BigEndian.PutUint32(h[16:], dst)
	binary.BigEndian.PutUint16(h[10:], packet.Checksum(h, 0))
}

// putIP6 is putIP4 of IPv6.
func putIP6(h []byte, n int, proto, hops uint8, src, dst *[16]byte) {
	h = h[:ip6Len]
	clear(h[:8])
	h[0], h[6], h[7] = 6<<4, proto, hops
	binary.BigEndian.PutUint16(h[4:], uint16(n))
	copy(h[8:], src[:])
	copy(h[24:], dst[:])
}

// bucket limits a rate: so many a second, and at once a tenth of that. Its owner's.
type bucket struct{ last, tokens int64 }

// take takes one, if there is one.
func (b *bucket) take(now int64, perSecond int64) bool {
	const one = 1e9
	full := perSecond * one / 10
	if b.last == 0 || now-b.last >= one/10 {
		b.tokens = full
	} else {
		b.tokens = min(full, b.tokens+(now-b.last)*perSecond)
	}
	b.last = max(now, 1)
	if b.tokens < one {
		return false
	}
	b.tokens -= one
	return true
}
