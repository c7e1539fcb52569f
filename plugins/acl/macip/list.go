package macip

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/api"
)

// Action is what a rule does.
type Action uint8

// The actions, with the numbers that they have on the wire.
const (
	Deny   Action = 0
	Permit Action = 1
	Both   Action = 3 // permit, also what is sent there
)

// Rule is one line of a list.
type Rule struct {
	Action    Action
	Src       netip.Prefix // the rule is about its family only
	MAC, Mask [6]byte
}

// String is the rule as VPP shows it.
func (r *Rule) String() string {
	family := "ipv6"
	if r.Src.Addr().Is4() {
		family = "ipv4"
	}
	return fmt.Sprintf("%s action %d ip %v mac %v mask %v", family, r.Action, r.Src, net.HardwareAddr(r.MAC[:]), net.HardwareAddr(r.Mask[:]))
}

// List is a MACIP list.
type List struct {
	Index uint32
	Tag   string // at most 63 bytes
	Rules []Rule
}

// Bounds: lists, rules of a list, and groups of one, each of which is a look for every packet.
const maxLists, maxRules, maxGroups = 1 << 16, 1 << 16, 64

// maxTag is the longest tag in bytes: the wire's field has 64 with its NUL.
const maxTag = 63

// check says what is wrong with a list.
func check(tag string, rules []Rule) error {
	if len(tag) > maxTag {
		return api.Wrap(api.InvalidValue, fmt.Errorf("macip: tag %q has %d bytes; at most %d", tag, len(tag), maxTag))
	}
	if len(rules) > maxRules {
		return api.Wrap(api.InvalidValue, fmt.Errorf("macip: %d rules; at most %d are in a list", len(rules), maxRules))
	}
	for i := range rules {
		switch r := &rules[i]; {
		case !slices.Contains([]Action{Deny, Permit, Both}, r.Action):
			return api.Wrap(api.InvalidValue, fmt.Errorf("macip: rule %d: action %d: want 0 to deny, 1 to permit, 3 to permit both ways", i, r.Action))
		case !r.Src.IsValid():
			return api.Wrap(api.InvalidValue, fmt.Errorf("macip: rule %d: its prefix is none: want an address with up to 32 bits, or up to 128", i))
		}
	}
	return nil
}
