package gvpp

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/cli"
)

// selected is the status of the interface that the arguments name, or of all.
func (b base) selected(c *cli.Call) ([]InterfaceStatus, error) {
	name, one := c.Args.Next()
	if err := c.Args.End(); err != nil {
		return nil, err
	}
	if !one {
		return b.Interfaces(), nil
	}
	swIf, err := b.Interface(name)
	if err != nil {
		return nil, err
	}
	s, err := b.InterfaceStatus(swIf)
	return []InterfaceStatus{s}, err
}

// asksFor takes a word, or as much of it as VPP wants, unless that is an interface's name. These are no commands of their own: an
// interface may be named as a part of the word.
func (b base) asksFor(word, least string, a *cli.Args) bool {
	w, _ := a.Peek()
	if !strings.HasPrefix(w, least) || !strings.HasPrefix(word, w) || b.names.Load().has(w) {
		return false
	}
	a.Next()
	return true
}

func (b base) showInterface(c *cli.Call) error {
	addresses := b.asksFor("address", "addr", c.Args)
	features := !addresses && b.asksFor("features", "feat", c.Args)
	if !addresses && !features && b.asksFor("span", "span", c.Args) {
		return b.span.Show(c)
	}
	list, err := b.selected(c)
	switch {
	case err != nil:
		return err
	case addresses:
		return b.showAddresses(c, list)
	case features:
		return b.showFeaturesOf(c, list)
	}
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintln(w, row(center("Name", 32), center("Idx", 5), center("State", 10), center("MTU (L3/IP4/IP6/MPLS)", 21), center("Counter", 16), center("Count", 16)))
		for i := range list {
			list[i].rows(w)
		}
	})
}

// rows is the interface in VPP's form: a line of its own, then a counter to each line.
func (s *InterfaceStatus) rows(w io.Writer) {
	head := fmt.Sprintf("%-32s", s.Name) + center(fmt.Sprint(s.Index), 5) + center(s.state(), 10) + center(fmt.Sprintf("%d/%d/%d/%d", s.MTUs[MTUL3], s.MTUs[MTUIP4], s.MTUs[MTUIP6], s.MTUs[MTUMPLS]), 21)
	t := s.Packets
	lines := 0
	line := func(name string, v uint64) {
		if v != 0 {
			fmt.Fprintf(w, "%s%-16s%16d\n", head, name, v)
			head = strings.Repeat(" ", len(head))
			lines++
		}
	}
	line("rx packets", t.RxPackets)
	line("rx bytes", t.RxBytes)
	line("tx packets", t.TxPackets)
	line("tx bytes", t.TxBytes)
	line("drops", t.Drops)
	line("tx-error", t.TxErrors)
	if lines == 0 {
		fmt.Fprintln(w, strings.TrimRight(head, " "))
	}
}

// state is one word: up, down, no-link or gone.
func (s *InterfaceStatus) state() string {
	switch {
	case s.Gone != "":
		return "gone"
	case !s.Up:
		return "down"
	case !s.Device.LinkUp:
		return "no-link"
	}
	return "up"
}

// center puts s in the middle of width columns, as VPP's tables do.
func center(s string, width int) string {
	free := max(width-len(s), 0)
	return strings.Repeat(" ", (free+1)/2) + s + strings.Repeat(" ", free/2)
}

// row is cells side by side, without what is blank at the end.
func row(cells ...string) string { return strings.TrimRight(strings.Join(cells, ""), " ") }

func (b base) showHardware(c *cli.Call) error {
	list, err := b.selected(c)
	if err != nil {
		return err
	}
	return c.Show(list, func(w io.Writer) {
		for i := range list {
			list[i].hardware(w)
		}
	})
}

func (s *InterfaceStatus) hardware(w io.Writer) {
	fmt.Fprintf(w, "%s (sw_if_index %d): %s\n", s.Name, s.Index, s.state())
	if s.Gone != "" {
		fmt.Fprintf(w, "  %s\n", s.Gone)
		return
	}
	d := s.Device
	fmt.Fprintf(w, "  driver %s", d.Driver)
	for _, f := range []struct {
		name  string
		value any
		has   bool
	}{{"mode", d.Mode, d.Mode != ""}, {"address", d.MAC, len(d.MAC) > 0}, {"MTU", d.MTU, d.MTU > 0}, {"queues", d.Queues, true}} {
		if f.has {
			fmt.Fprintf(w, ", %s %v", f.name, f.value)
		}
	}
	fmt.Fprintln(w)
	for _, p := range s.Addresses {
		fmt.Fprintf(w, "  L3 %v\n", p)
	}
	for _, n := range d.Notes {
		fmt.Fprintf(w, "  note: %s\n", n)
	}
	for _, arc := range slices.Sorted(maps.Keys(s.Arcs)) {
		fmt.Fprintf(w, "  %s: %s\n", arc, strings.Join(s.Arcs[arc], ", "))
	}
	for _, p := range s.Port {
		if p.Value != 0 {
			fmt.Fprintf(w, "  %-40s %d\n", p.Name, p.Value)
		}
	}
}
