package gvpp

import (
	"fmt"
	"io"
	"strings"

	"github.com/gvpp/gvpp/cli"
)

// selected is the status of the interface that the arguments name, or of all.
func (b base) selected(c *cli.Call) ([]InterfaceStatus, error) {
	name, one := c.Args.Next()
	if err := c.Args.End(); err != nil {
		return nil, err
	}
	list := b.Interfaces()
	if !one {
		return list, nil
	}
	swIf, err := b.Interface(name)
	if err != nil {
		return nil, err
	}
	return list[swIf-1 : swIf], nil
}

func (b base) showInterface(c *cli.Call) error {
	list, err := b.selected(c)
	if err != nil {
		return err
	}
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintf(w, "%-32s%5s %8s  %-22s%-20s%18s\n", "              Name", "Idx", "State", "MTU (L3/IP4/IP6/MPLS)", "    Counter", "Count")
		for i := range list {
			list[i].row(w)
		}
	})
}

// row is the interface in VPP's form: a line of its own, then a counter to each line.
func (s *InterfaceStatus) row(w io.Writer) {
	mtu := 0
	if s.Device != nil {
		mtu = s.Device.MTU
	}
	head := fmt.Sprintf("%-32s%5d %8s  %-22s", s.Name, s.Index, s.state(), fmt.Sprintf("%d/0/0/0", mtu))
	t := s.Packets
	lines := 0
	line := func(name string, v uint64) {
		if v != 0 {
			fmt.Fprintf(w, "%s%-20s%18d\n", head, name, v)
			head = strings.Repeat(" ", len(head))
			lines++
		}
	}
	line("rx packets", t.RxPackets)
	line("rx bytes", t.RxBytes)
	line("tx packets", t.TxPackets)
	line("tx bytes", t.TxBytes)
	line("drops", t.RxDown+t.TxDrops)
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
	for _, n := range d.Notes {
		fmt.Fprintf(w, "  note: %s\n", n)
	}
	for arc, features := range s.Arcs {
		fmt.Fprintf(w, "  %s: %s\n", arc, strings.Join(features, ", "))
	}
	for _, p := range s.Port {
		if p.Value != 0 {
			fmt.Fprintf(w, "  %-40s %d\n", p.Name, p.Value)
		}
	}
}
