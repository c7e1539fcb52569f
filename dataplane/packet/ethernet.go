package packet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

const (
	etherLen = 14 // bytes of an untagged Ethernet header
	tagLen   = 4  // bytes of a VLAN tag
	maxTags  = 2
)

// Ethernet sets L3, EtherType and VLANs of m. It looks through two VLAN tags; where a third follows, or where a tag's
// own EtherType is cut off, EtherType is the tag's, which is no IP.
func Ethernet(p []byte, m *buffer.Meta) Fault {
	if len(p) < etherLen {
		return FaultFrameShort
	}
	t := binary.BigEndian.Uint16(p[12:])
	m.L3, m.EtherType = etherLen, t
	if isTag(t) {
		vlan(p[etherLen:], m)
	}
	return FaultNone
}

// vlan looks through the tags: t starts with the first one's contents.
func vlan(t []byte, m *buffer.Meta) {
	for len(t) >= tagLen {
		m.EtherType = binary.BigEndian.Uint16(t[2:])
		m.L3 += tagLen
		m.VLANs++
		if m.VLANs == maxTags || !isTag(m.EtherType) {
			return
		}
		t = t[tagLen:]
	}
}

func isTag(etherType uint16) bool {
	return etherType == EtherTypeVLAN || etherType == EtherTypeQinQ || etherType == EtherTypeQinQ91
}
