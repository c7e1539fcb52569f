package inacl

import (
	"fmt"
	"io"
	"net"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// registerFilterCLI declares VPP's commands about filters.
func (p *Plugin) registerFilterCLI(r *plugin.Registry) {
	r.CLI("classify filter", `classify filter trace|pcap mask M match V | classify filter trace|pcap del
Chooses packets for "trace add NODE N filter", or for "pcap trace … filter": those that have V where M has bits. More of them add up;
del ends it. M is fields, and V the same ones, each with its value; or both are hex and digits, from a frame's first byte on:
  l2 src dst proto     l3 ip4 src dst proto     l3 ip6 src dst proto     l4 src_port dst_port
They are where a frame without VLAN tags and an IPv4 header without options has them; l4 behind an IPv4 header unless l3 says ip6.
  classify filter trace mask l3 ip4 src match l3 ip4 src 10.0.0.1`, p.filterCommand)
	r.Complete(func(args []string) []string {
		if len(args) < 2 {
			return filterNames[:]
		}
		return []string{"mask", "match", "del", "hex", "l2", "l3", "l4", "ip4", "ip6", "src", "dst", "proto", "src_port", "dst_port"}
	})
	r.CLI("show classify filter", "show classify filter\nShows the first tables of filters; `show classify tables verbose` has their sessions.", p.showFilters)
}

// filterLines are what VPP calls the filters.
var filterLines = [numFilters]string{"packet tracer:", "pcap rx/tx/drop:"}

func (p *Plugin) showFilters(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	type report struct {
		Filter string  `json:"filter"`
		First  *uint32 `json:"first_table"`
	}
	var list []report
	for use := range numFilters {
		r := report{Filter: use.String()}
		if first := p.First(use); first != None {
			r.First = &first
		}
		list = append(list, r)
	}
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintf(w, "%-30s%s\n%-30s%s\n", "Filter Used By", " Table(s)", "--------------", " --------")
		for use, r := range list {
			first := "none"
			if r.First != nil {
				first = fmt.Sprint(*r.First)
			}
			fmt.Fprintf(w, "%-30s first table %s\n", filterLines[use], first)
		}
	})
}

func (p *Plugin) filterCommand(c *cli.Call) error {
	name, err := c.Args.OneOf("a use", filterNames[:]...)
	if err != nil {
		return err
	}
	use := Trace
	if name == filterNames[Capture] {
		use = Capture
	}
	if c.Args.Keyword("del") {
		if err := c.Args.End(); err != nil {
			return err
		}
		return p.ChooseNone(c.Context, use)
	}
	if !c.Args.Keyword("mask") {
		return c.Args.Errorf("expected mask and its fields, or hex and digits; or del")
	}
	mask, err := pattern(c.Args, true)
	if err != nil {
		return err
	}
	if !c.Args.Keyword("match") {
		return c.Args.Errorf("expected match and the values of the mask's fields")
	}
	match, err := pattern(c.Args, false)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	return p.Choose(c.Context, use, mask, match)
}

// patternSize is a frame as far as fields go: Ethernet, IPv6 and ports.
const patternSize = 14 + 40 + 4

// field is where in a frame something is: an address, or a number.
type field struct{ at, n int }

// fields are by layer: of l4 behind the IP header.
var fields = map[string]map[string]field{
	"l2":  {"dst": {0, 6}, "src": {6, 6}, "proto": {12, 2}},
	"ip4": {"src": {26, 4}, "dst": {30, 4}, "proto": {23, 1}},
	"ip6": {"src": {22, 16}, "dst": {38, 16}, "proto": {20, 1}},
	"l4":  {"src_port": {0, 2}, "dst_port": {2, 2}},
}

// pattern reads a mask's fields, or, where it is none, fields with their values.
func pattern(a *cli.Args, mask bool) ([]byte, error) {
	if w, _ := a.Peek(); w == "hex" {
		return hexBytes(a, "pattern")
	}
	b, layer, l4, any := make([]byte, patternSize), "", 14+20, false
	for {
		switch w, _ := a.Peek(); w {
		case "l3":
			a.Next()
			var err error
			if layer, err = a.OneOf("a protocol", "ip4", "ip6"); err != nil {
				return nil, err
			}
			if layer == "ip6" {
				l4 = 14 + 40
			}
		case "l2", "l4":
			a.Next()
			layer = w
		default:
			f, ok := fields[layer][w]
			if !ok && any {
				return b, nil
			}
			if !ok {
				return nil, a.Errorf("expected l2, l3 ip4, l3 ip6 or l4, and a field")
			}
			if layer == "l4" {
				f.at += l4
			}
			a.Next()
			if err := f.read(a, b[f.at:f.at+f.n], mask); err != nil {
				return nil, err
			}
			any = true
		}
	}
}

// read sets all bits of a mask, or reads a value.
func (f field) read(a *cli.Args, to []byte, mask bool) error {
	switch {
	case mask:
		for i := range to {
			to[i] = 0xff
		}
	case f.n == 6:
		w, err := a.Word("an Ethernet address")
		if err != nil {
			return err
		}
		hw, err := net.ParseMAC(w)
		if err != nil || len(hw) != f.n {
			return fmt.Errorf("%q is no Ethernet address: want six bytes, as 02:00:00:00:00:01", w)
		}
		copy(to, hw)
	case f.n < 4:
		n, err := a.Uint("a number", 0, 1<<(8*f.n)-1)
		if err != nil {
			return err
		}
		for i := range to {
			to[len(to)-1-i] = byte(n >> (8 * i))
		}
	default:
		ip, err := a.Addr("an address")
		if err != nil {
			return err
		}
		if ip.BitLen() != 8*f.n {
			return fmt.Errorf("%v is not of the family that l3 names", ip)
		}
		copy(to, ip.AsSlice())
	}
	return nil
}
