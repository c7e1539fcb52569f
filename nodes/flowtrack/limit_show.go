package flowtrack

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"text/tabwriter"

	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// Source is a source with sessions that count.
type Source struct {
	Prefix   netip.Prefix `json:"prefix"`
	Zone     uint16       `json:"zone"`
	Sessions uint32       `json:"sessions"`
}

// LimitsReport is what limits there are, what counts for them, and what they have refused since start.
type LimitsReport struct {
	PerSource   uint32      `json:"per_source"` // 0: any number, here and below
	Prefix4     uint8       `json:"prefix_length_4"`
	Prefix6     uint8       `json:"prefix_length_6"`
	Sources     int         `json:"sources"` // that have sessions which count
	Busiest     []Source    `json:"busiest"` // of these, by sessions
	Rate        uint32      `json:"rate"`    // sessions a second
	Burst       uint32      `json:"burst"`
	Zones       []ZoneLimit `json:"zones"`
	ByRate      uint64      `json:"refused_by_rate"` // packets, here and below
	ByZoneRate  uint64      `json:"refused_by_zone_rate"`
	ByZone      uint64      `json:"refused_by_zone"`
	BySource    uint64      `json:"refused_by_source"`
	WithoutRoom uint64      `json:"refused_without_room"`
}

// ZoneLimit is the limits of a zone.
type ZoneLimit struct {
	Zone     uint16 `json:"zone"`
	Sessions uint32 `json:"sessions"`
	InUse    int32  `json:"in_use"` // sessions that count
	Rate     uint32 `json:"rate"`
	Burst    uint32 `json:"burst"`
}

// busiest is how many sources a report names.
const busiest = 10

// Limits reads the limits.
func (p *Plugin) Limits() LimitsReport {
	p.shut.RLock()
	defer p.shut.RUnlock()
	refused := func(why refusal) uint64 {
		return p.sum(func(d *desk) *counter.Counter { return &d.refusals[why] })
	}
	r := LimitsReport{Busiest: []Source{}, Zones: []ZoneLimit{}, ByRate: refused(refusedRate), ByZoneRate: refused(refusedZoneRate),
		ByZone: refused(refusedZone), BySource: refused(refusedSource), WithoutRoom: refused(refusedRoom)}
	l, c := p.published.Load().limits, p.counts.Load()
	if p.closed || l == nil {
		return r
	}
	r.Rate, r.Burst = l.rate.numbers()
	for _, z := range l.zones {
		out := ZoneLimit{Zone: z.zone, Sessions: z.sessions}
		if out.Rate, out.Burst = z.rate.numbers(); l.zoned {
			out.InUse = c.zones[z.zone].Load()
		}
		r.Zones = append(r.Zones, out)
	}
	if r.PerSource = l.source; l.source != 0 {
		r.Prefix4, r.Prefix6 = c.lineage[l.lineage].bits4, c.lineage[l.lineage].bits6
		r.busiest(c, l.lineage)
	}
	return r
}

// numbers are those of a rate that may be nil.
func (r *rate) numbers() (perSecond, burst uint32) {
	if r == nil {
		return 0, 0
	}
	return r.perSecond, r.burst
}

// busiest fills in the sources that count by a lineage.
func (r *LimitsReport) busiest(c *counts, lineage uint32) {
	list := sources(nil, c.source4, lineage, func(k *flow.Key4) netip.Prefix {
		return netip.PrefixFrom(address4(k.Addr[0]), int(r.Prefix4))
	})
	list = sources(list, c.source6, lineage, func(k *flow.Key6) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom16(k.Addr[0]), int(r.Prefix6))
	})
	slices.SortFunc(list, func(a, b Source) int {
		return cmp.Or(-cmp.Compare(a.Sessions, b.Sessions), a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Zone, b.Zone))
	})
	r.Sources = len(list)
	r.Busiest = append(r.Busiest, list[:min(len(list), busiest)]...)
}

// sources adds a table's sources to a list; one that changes hands while it is read is left out.
func sources[K flow.Key](list []Source, t *flow.Table[K], lineage uint32, prefix func(*K) netip.Prefix) []Source {
	for x := range uint32(t.Slots()) {
		life := t.Life(x)
		if life&1 == 0 {
			continue
		}
		k, n := t.Key(x), t.State(x).LoadWord()
		if t.Life(x) == life && n != sourceGone && uint32(kindOf(&k)) == lineage {
			list = append(list, Source{prefix(&k), zoneOf(&k), n})
		}
	}
	return list
}

func (r *LimitsReport) text(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Limit\tBound\tIn use\tRefused\n")
	fmt.Fprintf(w, "new sessions a second\t%s\t-\t%d\n", rateText(r.Rate, r.Burst), r.ByRate)
	if r.PerSource != 0 {
		fmt.Fprintf(w, "sessions of a source by /%d, /%d\t%d\t%d sources\t%d\n", r.Prefix4, r.Prefix6, r.PerSource, r.Sources, r.BySource)
	} else {
		fmt.Fprintf(w, "sessions of a source\tnone\t-\t%d\n", r.BySource)
	}
	for _, z := range r.Zones {
		if z.Rate != 0 {
			fmt.Fprintf(w, "new sessions a second in zone %d\t%s\t-\t\n", z.Zone, rateText(z.Rate, z.Burst))
		}
		if z.Sessions != 0 {
			fmt.Fprintf(w, "sessions in zone %d\t%d\t%d\t\n", z.Zone, z.Sessions, z.InUse)
		}
	}
	fmt.Fprintf(w, "all zones together\t\t\t%d by rate, %d by sessions\n", r.ByZoneRate, r.ByZone)
	w.Flush()
	for _, s := range r.Busiest {
		fmt.Fprintf(out, "  %v in zone %d: %d sessions\n", s.Prefix, s.Zone, s.Sessions)
	}
}

func rateText(perSecond, burst uint32) string {
	if perSecond == 0 {
		return "none"
	}
	return fmt.Sprintf("%d, bursts of %d", perSecond, burst)
}
