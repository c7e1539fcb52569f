package ethernet

import (
	"errors"
	"fmt"
)

// Match says which frames of an interface are a sub-interface's. The zero value says: those without tags.
type Match struct {
	Tags     int    `json:"tags"`            // that it names: 0, 1 or 2
	Outer    uint16 `json:"outer,omitempty"` // VLAN of the first tag, 1 to MaxVLAN
	Inner    uint16 `json:"inner,omitempty"` // of the second
	Dot1AD   bool   `json:"dot1ad,omitempty"`
	InnerAny bool   `json:"inner_any,omitempty"` // whatever VLAN the second has
	Exact    bool   `json:"exact_match,omitempty"`
	Default  bool   `json:"default,omitempty"` // tagged frames that no other sub-interface takes; no tags are named
}

// MaxVLAN bounds a VLAN.
const MaxVLAN = 1<<12 - 1

// Errors of matches, for callers that test for them.
var (
	ErrVLAN      = errors.New("want a VLAN from 1 to 4095")
	ErrVLANInUse = errors.New("see `show interface`")
	ErrTagCount  = errors.New("the sub-interface must name as many tags as are taken away")
)

// String is the match in the words of create sub-interfaces.
func (m Match) String() string {
	switch {
	case m.Default:
		return "default"
	case m.Tags == 0:
		return "untagged"
	}
	s := "dot1q"
	if m.Dot1AD {
		s = "dot1ad"
	}
	s += fmt.Sprintf(" %d", m.Outer)
	if m.Tags == 2 {
		inner := fmt.Sprint(m.Inner)
		if m.InnerAny {
			inner = "any"
		}
		s += " inner-dot1q " + inner
	}
	if m.Exact {
		s += " exact-match"
	}
	return s
}

// check says what is wrong with a match.
func (m *Match) check() error {
	if m.Tags < 0 || m.Tags > 2 || m.Default && m.Tags != 0 {
		return fmt.Errorf("ethernet: a sub-interface of %d tags: want 0 to 2, and none for the default", m.Tags)
	}
	for i, id := range []uint16{m.Outer, m.Inner}[:m.Tags] {
		if (id < 1 || id > MaxVLAN) && (i == 0 || !m.InnerAny) {
			return fmt.Errorf("ethernet: VLAN %d: %w", id, ErrVLAN)
		}
	}
	return nil
}

// covers says how many tags a frame may have, as taker.tags does.
func (m *Match) covers() uint8 {
	switch {
	case m.Default:
		return 1<<1 | 1<<2 | 1<<3
	case m.Exact || m.Tags == 0:
		return 1 << m.Tags
	}
	return 0xf &^ (1<<m.Tags - 1)
}

// sameFrames says whether two matches of one interface name the same tags. How exact they are makes no difference, as in VPP.
func (m *Match) sameFrames(o *Match) bool {
	if m.Default || o.Default || m.Tags == 0 || o.Tags == 0 {
		return m.Default == o.Default && m.Tags == o.Tags
	}
	return m.Tags == o.Tags && m.Outer == o.Outer && m.Dot1AD == o.Dot1AD &&
		(m.Tags == 1 || m.InnerAny == o.InnerAny && (m.InnerAny || m.Inner == o.Inner))
}

// named is how many tags have a VLAN of their own.
func (m *Match) named() int {
	if m.Tags == 2 && m.InnerAny {
		return 1
	}
	return m.Tags
}

// Header is the tags of frames that are sent by a sub-interface, as they are on the wire, 4 bytes each: what a header has
// between the addresses and the EtherType. Where the match leaves one open it is VLAN 0's; where it names none there are none.
func (m *Match) Header() []byte {
	var tags [2]Tag
	for i := range tags[:m.Tags] {
		tags[i] = Tag{Type: 0x8100, VLAN: []uint16{m.Outer, m.Inner}[i]}
	}
	if m.Dot1AD {
		tags[0].Type = 0x88a8
	}
	return tagBytes(tags[:m.Tags])
}

// Tag is a VLAN tag, of priority 0.
type Tag struct{ Type, VLAN uint16 }

// tagBytes is tags as they are on the wire.
func tagBytes(tags []Tag) (b []byte) {
	for _, t := range tags {
		b = append(b, byte(t.Type>>8), byte(t.Type), byte(t.VLAN>>8), byte(t.VLAN))
	}
	return b
}
