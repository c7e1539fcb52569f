package ethernet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// table is what ethernet-input knows of interfaces, by sw_if_index: an immutable snapshot.
type table []entry

// entry is an interface.
type entry struct {
	subs     *subs  // nil: it has no sub-interface
	mac      uint64 // its address, the first byte lowest
	wire     bool   // what no sub-interface takes is its own
	wants    bool   // it routes
	routed   bool   // it takes only what is for its address or a group's: it routes and is no wire
	untagged bool   // it has a sub-interface for frames without tags
	plain    bool   // it is a wire, and has no sub-interface
}

var noEntry entry

// at is the entry of an interface. One that is not known is no wire and has no sub-interface.
func (t table) at(swIf uint32) *entry {
	if int(swIf) < len(t) {
		return &t[swIf]
	}
	return &noEntry
}

// The parts of a key: which tags a frame has. A second tag counts only if it is 802.1Q's, as in VPP.
const (
	keyInner = 0  // 12 bits: the second tag's VLAN, 0 where there is none
	keyOuter = 12 // 12 bits: the first's
	keyTags  = 24 // 2 bits: how many, 3 standing for more
	keyAD    = 26 // the first is 802.1ad's
	vlanMask = 1<<12 - 1
)

// rawTags is the bytes that the key of a frame is made of, but for what Meta has of them: frames that agree in both have one key.
func rawTags(p []byte) uint64 {
	const noPriority = 0xff_0f_ff_ff_ff_0f_ff_ff // of two tags, read with the lowest byte first
	if len(p) < 20 {
		if len(p) < 16 {
			return 0
		}
		return uint64(binary.LittleEndian.Uint32(p[12:]))
	}
	return binary.LittleEndian.Uint64(p[12:]) & noPriority
}

// keyOf is the key of a frame that packet.Ethernet has read.
func keyOf(p []byte, m *buffer.Meta) (k uint64) {
	if m.VLANs == 0 || len(p) < 18 {
		return k
	}
	k |= tagKey((*[18]byte)(p))
	if m.VLANs < 2 || len(p) < 20 || binary.BigEndian.Uint16(p[16:]) != packet.EtherTypeVLAN {
		return k
	}
	k += 1 << keyTags
	if m.EtherType == packet.EtherTypeVLAN {
		k += 1 << keyTags
	}
	return k | uint64(binary.BigEndian.Uint16(p[18:])&vlanMask)<<keyInner
}

// tagKey is the first tag's part of a key.
func tagKey(p *[18]byte) uint64 {
	k := uint64(1)<<keyTags | uint64(binary.BigEndian.Uint16(p[14:])&vlanMask)<<keyOuter
	if binary.BigEndian.Uint16(p[12:]) == packet.EtherTypeQinQ {
		k |= 1 << keyAD
	}
	return k
}

// subs is the sub-interfaces of an interface: immutable.
//
//	first tag's VLAN ──dot1q, dot1ad──> place in vlans ──inner──> those with a second tag, or one for any, or none
type subs struct {
	untagged, other taker // frames without tags, and those that nobody else takes
	dot1q, dot1ad   *[1 << 12]uint16
	vlans           []vlan // the first is for VLANs without a sub-interface
}

type vlan struct {
	one, any taker // one tag is given; two, the second being any
	inner    *[1 << 12]taker
}

// taker is a sub-interface and how many tags a frame may have that it takes.
type taker struct {
	swIf uint32 // 0: none
	tags uint8  // bit n: n tags, bit 3 standing for more than two
}

// find is the sub-interface that takes frames of a key, 0 where that is the interface itself; ok is false where nobody does. What is
// more exact comes first: both tags, the first and any second, the first, any. A frame whose only tag has VLAN 0, which
// is there for its priority, counts as one without.
func (e *entry) find(k uint64) (swIf uint32, ok bool) {
	s := e.subs
	if s == nil {
		return 0, e.wire || isUntagged(k)
	}
	if isUntagged(k) {
		if k>>keyTags&3 != 0 && s.other.swIf != 0 {
			return s.other.swIf, true
		}
		return s.untagged.swIf, true
	}
	places := s.dot1q
	if k>>keyAD&1 != 0 {
		places = s.dot1ad
	}
	with := uint8(1) << (k >> keyTags & 3)
	if places != nil {
		v := &s.vlans[places[k>>keyOuter&vlanMask]]
		if v.inner != nil && v.inner[k>>keyInner&vlanMask].tags&with != 0 {
			return v.inner[k>>keyInner&vlanMask].swIf, true
		}
		if v.any.tags&with != 0 {
			return v.any.swIf, true
		}
		if v.one.tags&with != 0 {
			return v.one.swIf, true
		}
	}
	if s.other.tags&with != 0 {
		return s.other.swIf, true
	}
	return 0, e.wire
}

// isUntagged says whether a frame has no tag, or only one without a VLAN.
func isUntagged(k uint64) bool {
	tags := k >> keyTags & 3
	return tags == 0 || tags == 1 && k>>keyOuter&vlanMask == 0
}

// build makes what the table has of an interface's sub-interfaces, by their sw_if_index; nil where there are none.
func build(list map[uint32]Match) *subs {
	if len(list) == 0 {
		return nil
	}
	s := &subs{vlans: make([]vlan, 1)}
	for swIf, m := range list {
		*s.place(&m) = taker{swIf, m.covers()}
	}
	return s
}

// place is where the taker of a match belongs.
func (s *subs) place(m *Match) *taker {
	switch {
	case m.Default:
		return &s.other
	case m.Tags == 0:
		return &s.untagged
	}
	places := &s.dot1q
	if m.Dot1AD {
		places = &s.dot1ad
	}
	if *places == nil {
		*places = new([1 << 12]uint16)
	}
	at := &(*places)[m.Outer&vlanMask]
	if *at == 0 {
		*at = uint16(len(s.vlans))
		s.vlans = append(s.vlans, vlan{})
	}
	v := &s.vlans[*at]
	switch {
	case m.Tags == 1:
		return &v.one
	case m.InnerAny:
		return &v.any
	}
	if v.inner == nil {
		v.inner = new([1 << 12]taker)
	}
	return &v.inner[m.Inner&vlanMask]
}
