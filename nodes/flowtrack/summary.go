package flowtrack

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gvpp/gvpp/dataplane/counter"
)

// Summary counts sessions and what happened to them since start.
type Summary struct {
	Sessions  int                          `json:"sessions"`
	IPv4      int                          `json:"ipv4"`
	IPv6      int                          `json:"ipv6"`
	Capacity  int                          `json:"capacity"` // of each family
	States    map[string]uint64            `json:"states"`
	Details   map[string]map[string]uint64 `json:"details"` // by protocol: nf_conntrack's states
	Protocols map[string]uint64            `json:"protocols"`
	Zones     map[uint16]uint64            `json:"zones"`
	Unreplied uint64                       `json:"unreplied"`
	Assured   uint64                       `json:"assured"`
	Expected  uint64                       `json:"expected"`
	Created   uint64                       `json:"created"`
	Expired   uint64                       `json:"expired"`
	Reset     uint64                       `json:"reset"`     // never answered but by a reset
	Reopened  uint64                       `json:"reopened"`  // ended by a SYN that has begun another one
	Cleared   uint64                       `json:"cleared"`   // by the operator
	Evicted   uint64                       `json:"evicted"`   // given up for room; of each session created, one of these five, or it is there
	Refused   uint64                       `json:"refused"`   // packets that found no room
	Contended uint64                       `json:"contended"` // packets that passed without being followed, for another worker was at their connection
	Watchers  int                          `json:"watchers"`  // of events
	Bytes     uint64                       `json:"memory_bytes"`
	Timeouts  map[string]uint64            `json:"timeouts_seconds"`
	Save      SaveState                    `json:"save"`
}

// ended is how many sessions have ended so.
func (p *Plugin) ended(why over) uint64 {
	return p.forgotten[why].Load() + p.sum(func(d *desk) *counter.Counter { return &d.ended[why] })
}

// Summarize reads the whole table.
func (p *Plugin) Summarize() Summary {
	p.shut.RLock()
	defer p.shut.RUnlock()
	if p.closed {
		return Summary{}
	}
	s := Summary{
		IPv4: p.table4.Len(), IPv6: p.table6.Len(), Capacity: p.table4.Cap(), States: map[string]uint64{}, Details: map[string]map[string]uint64{},
		Protocols: map[string]uint64{}, Zones: map[uint16]uint64{}, Timeouts: map[string]uint64{},
		Created: p.sum(func(d *desk) *counter.Counter { return &d.created }), Expired: p.ended(overExpired),
		Reset: p.ended(overReset), Reopened: p.ended(overReopened), Cleared: p.ended(overCleared), Evicted: p.ended(overEvicted),
		Refused: p.sum(func(d *desk) *counter.Counter { return &d.refusals[refusedRoom] }), Contended: p.sum(func(d *desk) *counter.Counter { return &d.contended }),
		Watchers: p.events.count(), Save: p.SaveState(), Bytes: uint64(p.table4.Stats().Bytes + p.table6.Stats().Bytes),
	}
	s.Sessions = s.IPv4 + s.IPv6
	for st := StateNew; st < numStates; st++ {
		s.States[st.String()] = 0
	}
	p.each(func(x Session) bool { s.add(&x); return true })
	for _, k := range Timeouts {
		s.Timeouts[k.Name] = uint64(p.timeouts.get(0, k) / time.Second)
	}
	return s
}

// add counts a session.
func (s *Summary) add(x *Session) {
	s.States[x.State]++
	s.Protocols[x.Protocol]++
	s.Zones[x.Zone]++
	if x.Detail != "" {
		if s.Details[x.Protocol] == nil {
			s.Details[x.Protocol] = map[string]uint64{}
		}
		s.Details[x.Protocol][x.Detail]++
	}
	if !x.Replied {
		s.Unreplied++
	}
	if x.Assured {
		s.Assured++
	}
	if x.Expected {
		s.Expected++
	}
}

func (s Summary) text(w io.Writer) {
	fmt.Fprintf(w, "%d sessions (%d IPv4, %d IPv6) of %d for each family, %.1f MiB\n", s.Sessions, s.IPv4, s.IPv6, s.Capacity, float64(s.Bytes)/(1<<20))
	for st := StateNew; st < numStates; st++ {
		fmt.Fprintf(w, "  %-12s %d\n", st, s.States[st.String()])
	}
	fmt.Fprintf(w, "unreplied %d, assured %d, expected %d\n", s.Unreplied, s.Assured, s.Expected)
	for _, protocol := range slices.Sorted(maps.Keys(s.Protocols)) {
		fmt.Fprintf(w, "  %-12s %d%s\n", protocol, s.Protocols[protocol], inParentheses(s.Details[protocol]))
	}
	if s.Zones[0] != uint64(s.Sessions) {
		fmt.Fprint(w, "zones:")
		for _, zone := range slices.Sorted(maps.Keys(s.Zones)) {
			fmt.Fprintf(w, " %d: %d", zone, s.Zones[zone])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "created %d, expired %d, reset %d, reopened %d, cleared %d, given up for room %d, packets refused %d, packets not followed %d\n", s.Created, s.Expired, s.Reset, s.Reopened, s.Cleared, s.Evicted, s.Refused, s.Contended)
	s.Save.text(w)
	fmt.Fprintf(w, "timeouts:")
	for _, k := range Timeouts {
		fmt.Fprintf(w, " %s %d", k.Name, s.Timeouts[k.Name])
	}
	fmt.Fprintln(w)
}

// inParentheses lists counts by name.
func inParentheses(counts map[string]uint64) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s %d", name, counts[name]))
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// Fault is a reason for which packets were found invalid, dropped or left without a session, and how many were.
type Fault struct {
	Node   string `json:"node"`
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

// Faults lists the counters of tracking and reassembly, all workers and both sides of the graph together, since the last clear
// errors; and what the session table has had to refuse since start.
func (p *Plugin) Faults() (list []Fault) {
	list = []Fault{}
	for _, e := range p.dp.Errors() {
		node := strings.TrimSuffix(strings.TrimSuffix(e.Node, "-redirect"), "-out")
		if !strings.HasPrefix(node, "flow-") && node != "virtual-reassembly" {
			continue
		}
		i := slices.IndexFunc(list, func(f Fault) bool { return f.Node == node && f.Reason == e.Reason })
		if i < 0 {
			i, list = len(list), append(list, Fault{Node: node, Reason: e.Reason})
		}
		list[i].Count += e.Count
	}
	own := func(reason string, n uint64) { list = append(list, Fault{"flowtrack", reason, n}) }
	own("packets that found no room for a session", p.sum(func(d *desk) *counter.Counter { return &d.refusals[refusedRoom] }))
	own("sessions given up for room", p.ended(overEvicted))
	own("packets that passed without being followed: another worker was at their connection", p.sum(func(d *desk) *counter.Counter { return &d.contended }))
	return list
}
