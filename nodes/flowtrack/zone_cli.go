package flowtrack

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

func (p *Plugin) registerZones(r *plugin.Registry) {
	r.CLI("flowtrack zone", "flowtrack zone [del] IF [vlan N] [zone Z]\n"+
		"Puts what comes from an interface, or with one VLAN tag from it, into zone Z (0 to 65535): equal addresses in two zones are\n"+
		"different sessions. Answers come from another interface: put that one into the same zone, or they belong to no session.\n"+
		"Packets without a zone are in zone 0. `del` undoes it. Sessions that there are stay in the zone that they began in.", p.zoneCommand)
	r.Complete(func(args []string) []string {
		if len(args) == 0 {
			return append(p.dp.InterfaceNames(), "del")
		}
		return []string{"vlan", "zone"}
	})
	r.CLI("show flowtrack zones", "show flowtrack zones\nShows which interfaces and VLANs are in which zones, and the timeouts that zones have of their own.", p.showZonesCommand)
}

func (p *Plugin) zoneCommand(c *cli.Call) error {
	del := c.Args.Keyword("del")
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	z := Zone{}
	if z.Interface, err = p.dp.Interface(name); err != nil {
		return err
	}
	if c.Args.Keyword("vlan") {
		n, err := c.Args.Uint("a VLAN", 1, MaxVLAN)
		if err != nil {
			return err
		}
		z.VLAN = uint16(n)
	}
	if !del {
		if !c.Args.Keyword("zone") {
			w, _ := c.Args.Peek()
			return c.Args.Errorf("expected `zone` and its number, got %q", w)
		}
		if z.Zone, err = zoneArg(c.Args); err != nil {
			return err
		}
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	if del {
		return p.DeleteZone(c.Context, z.Interface, z.VLAN)
	}
	return p.SetZone(c.Context, z)
}

// zoneArg reads the number of a zone.
func zoneArg(a *cli.Args) (uint16, error) {
	n, err := a.Uint("a zone", 0, math.MaxUint16)
	return uint16(n), err
}

// zoneOption reads `zone Z`, if that is what comes next.
func zoneOption(a *cli.Args) (zone uint16, ok bool, err error) {
	if !a.Keyword("zone") {
		return 0, false, nil
	}
	zone, err = zoneArg(a)
	return zone, true, err
}

// zoneReport is what show flowtrack zones tells.
type zoneReport struct {
	Zones    []zonePlace                   `json:"zones"`
	Timeouts map[uint16]map[string]float64 `json:"timeouts_seconds"` // by zone and name: those that a zone has of its own
}

type zonePlace struct {
	Interface string `json:"interface"`
	VLAN      uint16 `json:"vlan,omitempty"`
	Zone      uint16 `json:"zone"`
}

func (p *Plugin) showZonesCommand(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	r := zoneReport{Zones: []zonePlace{}, Timeouts: map[uint16]map[string]float64{}}
	for _, z := range p.Zones() {
		r.Zones = append(r.Zones, zonePlace{p.dp.InterfaceName(z.Interface), z.VLAN, z.Zone})
	}
	for zone, own := range p.ZoneTimeouts() {
		r.Timeouts[zone] = map[string]float64{}
		for name, d := range own {
			r.Timeouts[zone][name] = d.Seconds()
		}
	}
	return c.Show(r, r.text)
}

func (r *zoneReport) text(out io.Writer) {
	if len(r.Zones) == 0 {
		fmt.Fprintln(out, "all traffic is in zone 0: `flowtrack zone IF zone N` sets another one")
	} else {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "Interface\tVLAN\tZone\n")
		for _, z := range r.Zones {
			vlan := "-"
			if z.VLAN != 0 {
				vlan = fmt.Sprint(z.VLAN)
			}
			fmt.Fprintf(w, "%s\t%s\t%d\n", z.Interface, vlan, z.Zone)
		}
		w.Flush()
	}
	for _, zone := range slices.Sorted(maps.Keys(r.Timeouts)) {
		fmt.Fprintf(out, "timeouts of zone %d:", zone)
		for _, name := range slices.Sorted(maps.Keys(r.Timeouts[zone])) {
			fmt.Fprintf(out, " %s %v", name, r.Timeouts[zone][name])
		}
		fmt.Fprintln(out)
	}
}
