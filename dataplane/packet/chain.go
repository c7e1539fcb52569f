package packet

import "github.com/gvpp/gvpp/dataplane/buffer"

// AtomicFragment reports whether a packet is an IPv6 datagram that is whole in spite of its fragment header (RFC 6946).
func AtomicFragment(p []byte, m *buffer.Meta) bool {
	if !m.IsIP6 || !m.Fragment || m.LaterFragment {
		return false
	}
	next, t := chain(p, m)
	for range MaxExtensions {
		size := extensionSize(next, t)
		if !isExtension(next) || len(t) < ip6ExtUnit || size > uint(len(t)) {
			break
		}
		if next == ProtoFragment && t[3]&1 != 0 {
			return false
		}
		next, t = t[0], t[size:]
	}
	return true
}

// chainFlaw is why an IPv6 datagram has no protocol.
func chainFlaw(p []byte, m *buffer.Meta) Flaw {
	next, t := chain(p, m)
	for range MaxExtensions {
		size := extensionSize(next, t)
		if !isExtension(next) || len(t) < ip6ExtUnit || size > uint(len(t)) {
			return FlawNoProtocol
		}
		next, t = t[0], t[size:]
	}
	return FlawHeaders
}

// chain is the type of the first header behind that of IPv6, and the bytes there.
func chain(p []byte, m *buffer.Meta) (next uint8, t []byte) {
	l3, end := int(m.L3), int(m.End)
	if l3 > end || end > len(p) || end-l3 < ip6Len {
		return ProtoNone, nil
	}
	h := p[l3:end]
	return h[6], h[ip6Len:]
}

// BehindAH is an IPv6 packet whose protocol is AH as connection tracking sees it: its metadata with the protocol behind AH and all
// extension headers there, to use in place of m wherever a session is concerned. To rules, the protocol is AH. It is false where
// there is no protocol, and where a fragment header behind AH says that the datagram is not whole, which nothing here reassembles.
func BehindAH(p []byte, m *buffer.Meta) (in buffer.Meta, ok bool) {
	if !m.IsIP6 || !m.HasProto || m.LaterFragment || m.Proto != ProtoAH {
		return in, false
	}
	t := transportBytes(p, m)
	proto, at, more, ok := skip(ProtoAH, t)
	if !ok || more || at > len(t) {
		return in, false
	}
	in = *m
	in.L4, in.Proto = m.L4+uint16(at), proto
	in.HasPorts, in.HasTCPFlags, in.HasICMP = false, false, false
	transport(t[at:], &in)
	return in, true
}

// skip walks over the extension headers at the start of t, AH among them, as nf_conntrack does: what is cut counts as being there
// as long as its type and length are. It returns the protocol behind them, where in t, or behind t, that begins, and whether this
// is a fragment with more to follow. It is false where there is no protocol, or none behind MaxExtensions headers, and for a later
// fragment.
func skip(next uint8, t []byte) (proto uint8, at int, more, ok bool) {
	for n := 0; ; n++ {
		if next == ProtoNone || next != ProtoAH && !isExtension(next) {
			return next, at, more, next != ProtoNone
		}
		if n == MaxExtensions || at > len(t) || len(t)-at < 2 {
			return 0, 0, false, false
		}
		h := t[at:]
		size := ip6ExtUnit + int(h[1])*ip6ExtUnit
		switch next {
		case ProtoAH:
			size = (int(h[1]) + 2) * 4
		case ProtoFragment:
			if size = ip6ExtUnit; len(h) < 4 || h[2] != 0 || h[3]>>3 != 0 {
				return 0, 0, false, false
			}
			more = more || h[3]&1 != 0
		}
		next, at = h[0], at+size
	}
}
