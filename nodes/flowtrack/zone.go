package flowtrack

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// zones says which zone a packet is in, by the interface that it came from and its outer VLAN tag: equal addresses in two
// zones are different sessions. Immutable.
type zones struct {
	byIf   []ifZone               // by sw_if_index
	policy [policyMask + 1]uint32 // by policy: the zone that has it, and 1<<16; 0: none
}

// ifZone is the zones of an interface.
type ifZone struct {
	zone  uint16   // of untagged packets, and of VLANs that have none of their own
	vlans []uint32 // VLAN << 16 | zone, sorted by VLAN
}

// of is the zone of a packet.
func (z *zones) of(p []byte, m *buffer.Meta) uint16 {
	if z == nil || int(m.RxIf) >= len(z.byIf) {
		return 0
	}
	i := &z.byIf[m.RxIf]
	if m.VLANs != 0 && len(i.vlans) != 0 && len(p) >= 16 {
		vlan := uint32(binary.BigEndian.Uint16(p[14:]) & 0xfff)
		if zone, ok := i.ofVLAN(vlan); ok {
			return zone
		}
	}
	return i.zone
}

// ofVLAN is the zone of a VLAN that has one of its own.
func (i *ifZone) ofVLAN(vlan uint32) (zone uint16, ok bool) {
	lo, hi := 0, len(i.vlans)
	for lo < hi {
		if at := (lo + hi) / 2; i.vlans[at]>>16 < vlan {
			lo = at + 1
		} else {
			hi = at
		}
	}
	if lo < len(i.vlans) && i.vlans[lo]>>16 == vlan {
		return uint16(i.vlans[lo]), true
	}
	return 0, false
}

// policyOf is the zone's policy of timeouts.
func (z *zones) policyOf(zone uint16) uint32 {
	if z != nil {
		for i, owner := range z.policy {
			if owner == 1<<16|uint32(zone) {
				return uint32(i)
			}
		}
	}
	return 0
}
