package packet

import "github.com/gvpp/gvpp/dataplane/buffer"

// ICMPClass is what a type of ICMP or ICMPv6 means to sessions.
type ICMPClass uint8

// The classes.
const (
	ICMPUnknown   ICMPClass = iota // nothing: its packets belong to no session
	ICMPQuery                      // begins a session
	ICMPAnswer                     // belongs to the session of its query, begins none
	ICMPError                      // belongs to the session of the packet that it quotes: see Quote
	ICMPUntracked                  // ICMPv6: of neighbours and groups on the link, which need no session
)

// ICMPClassOf is the class of a packet with HasICMP, by its type. A redirect of ICMPv6 counts as an error.
func ICMPClassOf(m *buffer.Meta) ICMPClass { return ICMPClassOfType(m.ICMPType, m.IsIP6) }

// ICMPClassOfType is the class of a type of ICMP, or with ip6 of ICMPv6.
func ICMPClassOfType(t uint8, ip6 bool) ICMPClass {
	if !ip6 {
		if t < uint8(len(icmp4Classes)) {
			return icmp4Classes[t]
		}
		return ICMPUnknown
	}
	if t < 128 {
		return ICMPError
	}
	if at := t - 128; at < uint8(len(icmp6Classes)) {
		return icmp6Classes[at]
	}
	return ICMPUnknown
}

// Types of ICMP that are errors, and of ICMPv6 the one that is spelled otherwise.
const (
	icmpUnreachable = 3
	icmpQuench      = 4
	icmpRedirect    = 5
	icmpExceeded    = 11
	icmpParameter   = 12
	icmp6Redirect   = 137
)

var icmp4Classes = [19]ICMPClass{
	0: ICMPAnswer, 14: ICMPAnswer, 16: ICMPAnswer, 18: ICMPAnswer,
	8: ICMPQuery, 13: ICMPQuery, 15: ICMPQuery, 17: ICMPQuery,
	icmpUnreachable: ICMPError, icmpQuench: ICMPError, icmpRedirect: ICMPError, icmpExceeded: ICMPError, icmpParameter: ICMPError,
}

// icmp6Classes are those from type 128 on.
var icmp6Classes = [25]ICMPClass{
	128 - 128: ICMPQuery, 139 - 128: ICMPQuery, // echo, node information
	129 - 128: ICMPAnswer, 140 - 128: ICMPAnswer,
	130 - 128: ICMPUntracked, 131 - 128: ICMPUntracked, 132 - 128: ICMPUntracked, 143 - 128: ICMPUntracked, // group membership
	133 - 128: ICMPUntracked, 134 - 128: ICMPUntracked, 135 - 128: ICMPUntracked, 136 - 128: ICMPUntracked, // neighbour discovery
	151 - 128: ICMPUntracked, 152 - 128: ICMPUntracked, // multicast routers: advertisement, solicitation
	icmp6Redirect - 128: ICMPError,
}

// ICMPInverse is the type that goes the other way in a session of type t: the answer's of a query, the query's of an answer. It is
// false for types that are neither.
func ICMPInverse(t uint8, ip6 bool) (uint8, bool) {
	switch {
	case !ip6 && (t == 0 || t == 8):
		return 8 - t, true
	case !ip6 && t >= 13 && t <= 18: // queries are odd, each before its answer
		return (t - 1) ^ 1 + 1, true
	case ip6 && (t == 128 || t == 129):
		return t ^ 1, true
	case ip6 && (t == 139 || t == 140):
		return (t - 1) ^ 1 + 1, true
	}
	return 0, false
}
