package packet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Addrs4 is source and destination of a packet with IsIP4, in host byte order.
func Addrs4(p []byte, m *buffer.Meta) (src, dst uint32) {
	h := (*[ip4Len]byte)(p[m.L3:])
	return binary.BigEndian.Uint32(h[12:]), binary.BigEndian.Uint32(h[16:])
}

// Addrs6 is source and destination of a packet with IsIP6, in place: they change when the packet does.
func Addrs6(p []byte, m *buffer.Meta) (src, dst *[16]byte) {
	h := (*[ip6Len]byte)(p[m.L3:])
	return (*[16]byte)(h[8:24]), (*[16]byte)(h[24:40])
}

// ICMPID is the identifier of an ICMP or ICMPv6 echo message and of the others that have one: bytes 4 and 5 of the
// header. It is false where the packet does not have HasICMP, ends before, or is a later fragment.
func ICMPID(p []byte, m *buffer.Meta) (uint16, bool) {
	t := transportBytes(p, m)
	if !m.HasICMP || m.LaterFragment || len(t) < 6 {
		return 0, false
	}
	return binary.BigEndian.Uint16(t[4:]), true
}

// transportBytes is the datagram from L4 to End, empty where p is shorter than that. Of a later fragment it
// is no transport header, though the metadata may tell of one: see Meta.Whole.
func transportBytes(p []byte, m *buffer.Meta) []byte {
	l4, end := int(m.L4), int(m.End)
	if l4 > end || end > len(p) {
		return nil
	}
	return p[l4:end]
}
