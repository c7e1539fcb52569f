package oracle

import (
	"encoding/binary"
	"net/netip"
)

// tuple is the key of a packet's session as seen from the packet: what ctnetlink is asked for.
type tuple struct {
	Src, Dst   netip.Addr
	Proto      uint8
	Ports      bool // SPort and DPort are part of it
	ICMP       bool // ID, Type and Code are
	SPort      uint16
	DPort      uint16
	ID         uint16
	Type, Code uint8
}

// Protocols by number.
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoTCP      = 6
	protoUDP      = 17
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoESP      = 50
	protoAH       = 51
	protoICMPv6   = 58
	protoNone     = 59
	protoDstOpts  = 60
	protoSCTP     = 132
	protoUDPLite  = 136
)

var be = binary.BigEndian

// parse finds the tuple of the datagram p, for an ICMP error that of the packet it quotes. Not ok where there is none to
// ask for.
func parse(p []byte) (t tuple, ok bool) { return parseDepth(p, 1) }

func parseDepth(p []byte, quotes int) (t tuple, ok bool) {
	l4, ok := t.network(p)
	if !ok {
		return t, false
	}
	switch t.Proto {
	case protoTCP, protoUDP, protoSCTP, protoUDPLite:
		if len(l4) < 4 {
			return t, false
		}
		t.Ports, t.SPort, t.DPort = true, be.Uint16(l4), be.Uint16(l4[2:])
	case protoGRE: // only PPTP's has a key, and the kernel wants the fields there
		t.Ports = true
		if len(l4) >= 8 && l4[1]&7 == 1 {
			t.DPort = be.Uint16(l4[6:])
		}
	case protoICMP, protoICMPv6:
		if t.Src.Is4() != (t.Proto == protoICMP) || len(l4) < 8 {
			return t, false
		}
		if t.isError(l4[0]) {
			if quotes == 0 {
				return t, false
			}
			return parseDepth(l4[8:], quotes-1)
		}
		t.ICMP, t.Type, t.Code, t.ID = true, l4[0], l4[1], be.Uint16(l4[4:])
		return t, t.isQuery()
	}
	return t, true
}

// isError reports whether an ICMP type quotes a packet.
func (t *tuple) isError(kind uint8) bool {
	if t.Proto == protoICMPv6 {
		return kind < 128
	}
	return kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12
}

// isQuery reports whether the type is of a query or a reply to one that conntrack knows.
func (t *tuple) isQuery() bool {
	if t.Proto == protoICMPv6 {
		return t.Type == 128 || t.Type == 129 || t.Type == 139 || t.Type == 140
	}
	return t.Type == 0 || t.Type == 8 || t.Type >= 13 && t.Type <= 18
}

// network reads the network headers and returns what is behind them.
func (t *tuple) network(p []byte) (l4 []byte, ok bool) {
	switch {
	case len(p) >= 20 && p[0]>>4 == 4:
		n := int(p[0]&15) * 4
		if n < 20 || n > len(p) || be.Uint16(p[6:])&0x1fff != 0 {
			return nil, false
		}
		t.Src, t.Dst, t.Proto = netip.AddrFrom4([4]byte(p[12:])), netip.AddrFrom4([4]byte(p[16:])), p[9]
		if total := int(be.Uint16(p[2:])); total >= n && total < len(p) {
			p = p[:total]
		}
		return p[n:], true
	case len(p) >= 40 && p[0]>>4 == 6:
		t.Src, t.Dst = netip.AddrFrom16([16]byte(p[8:])), netip.AddrFrom16([16]byte(p[24:]))
		t.Proto, l4 = p[6], p[40:]
		if n := int(be.Uint16(p[4:])); n < len(l4) {
			l4 = l4[:n]
		}
		return t.extensions(l4)
	}
	return nil, false
}

// extensions goes through IPv6 extension headers as conntrack does, AH included.
func (t *tuple) extensions(l4 []byte) ([]byte, bool) {
	for {
		switch t.Proto {
		case protoHopByHop, protoRouting, protoDstOpts, protoFragment, protoAH:
		default:
			return l4, true
		}
		if len(l4) < 8 {
			return nil, false
		}
		n := int(l4[1])*8 + 8
		switch t.Proto {
		case protoFragment:
			n = 8
			if be.Uint16(l4[2:])&^7 != 0 {
				return nil, false
			}
		case protoAH:
			n = int(l4[1])*4 + 8
		}
		if n > len(l4) {
			return nil, false
		}
		t.Proto, l4 = l4[0], l4[n:]
	}
}

// key is the tuple seen from one of a session's directions, whichever it was seen from: ICMP from the query's, others from
// that of the lower address or port.
func (t tuple) key() tuple {
	back := t.Dst.Less(t.Src) || t.Src == t.Dst && t.DPort < t.SPort
	if t.ICMP {
		back = false
		switch t.Type {
		case 0:
			back, t.Type = true, 8
		case 14, 16, 18, 129, 140:
			back, t.Type = true, t.Type-1
		}
	}
	if back {
		t.Src, t.Dst, t.SPort, t.DPort = t.Dst, t.Src, t.DPort, t.SPort
	}
	return t
}

// ends are the tuple's addresses as a dialogue's.
func (t *tuple) ends() *ends { return &ends{addr: [2]netip.Addr{t.Src, t.Dst}} }
