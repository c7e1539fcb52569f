package classify

import (
	"slices"
	"strings"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/buffer"
)

// States is a set of classes that connection tracking puts packets into: bit 1 << buffer.TrackNew and so on. No class and all
// classes both mean any packet, be it one that nobody tracks.
type States uint8

// allStates is all that a rule can name.
const allStates States = 1<<buffer.TrackNew | 1<<buffer.TrackEstablished | 1<<buffer.TrackRelated | 1<<buffer.TrackInvalid | 1<<buffer.TrackUntracked

// stateNames are the words for the classes, from TrackNew on.
var stateNames = func() (names []string) {
	for class := buffer.TrackNew; class < buffer.NumTracks; class++ {
		names = append(names, class.String())
	}
	return names
}()

// any reports whether the set asks for nothing.
func (s States) any() bool { return s == 0 || s == allStates }

// has reports whether the set names a class.
func (s States) has(class buffer.Track) bool { return s>>class&1 != 0 }

// String is the set as a rule has it: words with commas between them.
func (s States) String() string {
	var words []string
	for class := buffer.TrackNew; class < buffer.NumTracks; class++ {
		if s.has(class) {
			words = append(words, class.String())
		}
	}
	return strings.Join(words, ",")
}

// parseStates reads names of classes with commas between them, in any order.
func parseStates(a *cli.Args, r *Rule) error {
	const want = "new, established, related, invalid or untracked, with commas and no spaces between them"
	list, err := a.Word("the states of packets: " + want)
	if err != nil {
		return err
	}
	for word := range strings.SplitSeq(strings.ToLower(list), ",") {
		at := slices.Index(stateNames, word)
		class := buffer.TrackNew + buffer.Track(at)
		switch {
		case word == "":
			return a.Errorf("state %q: a name is missing; want %s", list, want)
		case at < 0:
			return a.Errorf("state %q: there is no state %q; want %s", list, word, want)
		case r.States.has(class):
			return a.Errorf("state %q: %s stands twice", list, word)
		}
		r.States |= 1 << class
	}
	return nil
}

// classes are those of the packets that the rule can match: a bit each, that of packets which nobody tracks included. A packet
// that is invalid belongs to no session, and keep-state does not take it for the begin of one.
func (r *Rule) classes() uint8 {
	c := ^uint8(0)
	if !r.States.any() {
		c = uint8(r.States)
	}
	if r.keeps() {
		c &^= 1 << buffer.TrackInvalid
	}
	return c
}

// keeps reports whether the rule lets sessions through; on a drop, keep-state means nothing.
func (r *Rule) keeps() bool { return r.KeepState && r.Action != Drop }

// isError reports whether a packet is an ICMP error about its session, and not one of the session's own.
func isError(m *buffer.Meta) bool { return m.HasICMP && m.Track.Class() == buffer.TrackRelated }

// oneAnswer reports whether a point's rules say the same to a packet and to those of its session that come later: a session is
// answered sooner or later, which makes its packets, until then new or related, established.
func (pt *point) oneAnswer(m *buffer.Meta) bool {
	class := m.Track.Class()
	return class == buffer.TrackEstablished || class == buffer.TrackNew && !pt.states
}

// The types of neighbour discovery: what hosts ask and tell of routers and of each other's link addresses.
const (
	icmp6RouterSolicitation     = 133
	icmp6NeighbourAdvertisement = 136
)

// isNeighbourDiscovery reports whether a packet is what IPv6 does not work without, as IPv4 does not without ARP. Who takes it takes
// it from the link only, by the hop limit that no router leaves (RFC 4861, section 7.1): with another one it is no discovery, but could
// carry anything past a default that drops.
func isNeighbourDiscovery(m *buffer.Meta, p []byte) bool {
	const hopLimitAt, fromTheLink = 7, 255
	return m.IsIP6 && m.HasICMP && m.ICMPType >= icmp6RouterSolicitation && m.ICMPType <= icmp6NeighbourAdvertisement &&
		m.Track.Class() != buffer.TrackInvalid && int(m.L3)+hopLimitAt < len(p) && p[m.L3:][hopLimitAt] == fromTheLink
}
