package flowtrack

import (
	"net/netip"
	"slices"
	"time"
)

// Filter says which sessions are meant: those that meet all of its conditions. The zero value means every session. Addresses
// and ports are those of the original direction.
type Filter struct {
	Src, Dst, Addr         netip.Prefix  // zero: any; Addr: of either end
	SrcPort, DstPort, Port *Ports        // nil: any; Port: of either end
	Proto                  *uint8        // nil: any
	States                 []string      // each holds: names of StateWords
	Zone                   *uint16       // nil: any
	Older, Younger         time.Duration // 0: of any age
	Interface              string        // where the first packet came from; "": anywhere
}

// Ports is a range of ports, ends included.
type Ports struct{ From, To uint16 }

func (r *Ports) has(port uint16) bool { return r.From <= port && port <= r.To }

// Match reports whether a session is meant.
func (f *Filter) Match(s *Session) bool {
	return f.matchEnds(s) && f.matchPorts(s) &&
		(f.Proto == nil || *f.Proto == s.Proto) &&
		(f.Zone == nil || *f.Zone == s.Zone) &&
		(f.Interface == "" || f.Interface == s.Interface) &&
		(f.Older == 0 || s.AgeSeconds > f.Older.Seconds()) &&
		(f.Younger == 0 || s.AgeSeconds < f.Younger.Seconds()) &&
		!slices.ContainsFunc(f.States, func(name string) bool { return !s.isIn(name) })
}

func (f *Filter) matchEnds(s *Session) bool {
	in := func(p netip.Prefix, a netip.Addr) bool { return !p.IsValid() || p.Contains(a) }
	return in(f.Src, s.Src) && in(f.Dst, s.Dst) && (in(f.Addr, s.Src) || in(f.Addr, s.Dst))
}

func (f *Filter) matchPorts(s *Session) bool {
	in := func(r *Ports, port uint16) bool { return r == nil || r.has(port) }
	return in(f.SrcPort, s.SrcPort) && in(f.DstPort, s.DstPort) && (in(f.Port, s.SrcPort) || in(f.Port, s.DstPort))
}

// everything reports whether the filter has no condition.
func (f *Filter) everything() bool {
	return !f.Src.IsValid() && !f.Dst.IsValid() && !f.Addr.IsValid() && f.SrcPort == nil && f.DstPort == nil && f.Port == nil &&
		f.Proto == nil && len(f.States) == 0 && f.Zone == nil && f.Older == 0 && f.Younger == 0 && f.Interface == ""
}

// marks are what a session can be besides in a state.
var marks = []struct {
	name string
	is   func(*Session) bool
}{
	{"replied", func(s *Session) bool { return s.Replied }},
	{"unreplied", func(s *Session) bool { return !s.Replied }},
	{"assured", func(s *Session) bool { return s.Assured }},
	{"unassured", func(s *Session) bool { return !s.Assured }},
	{"expected", func(s *Session) bool { return s.Expected }},
	{"unexpected", func(s *Session) bool { return !s.Expected }},
}

// isIn reports whether a session is in a state, coarse or fine, or has a mark.
func (s *Session) isIn(name string) bool {
	for _, m := range marks {
		if m.name == name {
			return m.is(s)
		}
	}
	return s.State == name || s.Detail == name
}
