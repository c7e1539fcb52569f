package gvpp

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/nodes/pg"
	"github.com/gvpp/gvpp/plugin"
)

// Interfaces without a wire: loopbacks, which receive what is sent by them, and those that the packet generator will use. They
// are down until SetState brings them up.

// MaxLoopbacks bounds the instances of loopbacks, as in VPP.
const MaxLoopbacks = 16 * 1024

// CreateLoopback makes a loopback, loop0, loop1, …: with the instance that is asked for, or the lowest that is free. Without an
// address it gets de:ad:00:00:00:00 plus the instance, as in VPP.
func (dp *Dataplane) CreateLoopback(ctx context.Context, mac net.HardwareAddr, instance *uint32) (swIf uint32, err error) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	used := map[uint32]bool{}
	for i := range dp.here() {
		if l, ok := i.spec.(*port.Loopback); ok {
			used[l.Instance()] = true
		}
	}
	n, err := freeInstance(used, instance)
	if err != nil {
		return 0, err
	}
	if len(mac) == 0 {
		mac = net.HardwareAddr{0xde, 0xad, 0, 0, byte(n >> 8), byte(n)}
	}
	return dp.add(ctx, port.NewLoopback(fmt.Sprintf("loop%d", n), mac, n), false)
}

// freeInstance is the instance that is asked for, or the lowest that is not used.
func freeInstance(used map[uint32]bool, instance *uint32) (n uint32, err error) {
	if instance != nil {
		n = *instance
	}
	for instance == nil && used[n] {
		n++
	}
	if n >= MaxLoopbacks || used[n] {
		return 0, fmt.Errorf("gvpp: loopback instance %d: want one below %d that is free: %w", n, MaxLoopbacks, ErrInterfaceExists)
	}
	return n, nil
}

// frameHeaders is what a frame has beyond the MTU, in bytes: Ethernet header and two VLAN tags.
const frameHeaders = 14 + 2*4

// Generator is the packet generator.
func (dp *Dataplane) Generator() *pg.Plugin { return dp.pg }

// CreateGenerator makes an interface for the packet generator, pg0, pg1, … by its id, or finds the one that there is. What is sent
// by it is counted, captured if the generator is told to, and ends.
func (dp *Dataplane) CreateGenerator(ctx context.Context, id uint32) (swIf uint32, err error) {
	return dp.generatorWith(ctx, id, nil, nil)
}

// CreateGeneratorMode is CreateGenerator of an interface whose packets begin as the mode says. One that there is must have it, too.
func (dp *Dataplane) CreateGeneratorMode(ctx context.Context, id uint32, mode pg.Mode) (swIf uint32, err error) {
	return dp.generatorWith(ctx, id, nil, &mode)
}

// generatorWith is CreateGenerator of an interface with an address; nil: one of the generator's choice. The mode is nil where any
// will do.
func (dp *Dataplane) generatorWith(ctx context.Context, id uint32, mac net.HardwareAddr, mode *pg.Mode) (swIf uint32, err error) {
	want := pg.Ethernet
	if mode != nil {
		want = *mode
	}
	if want >= pg.NumModes {
		return 0, api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: packet-generator interface: mode %d: want 0 to %d", want, pg.NumModes-1))
	}
	dp.mu.Lock()
	defer dp.mu.Unlock()
	if mac == nil {
		mac = net.HardwareAddr{2, 0xfe, byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
		if !dp.Deterministic() {
			r := rand.Uint32()
			mac = net.HardwareAddr{2, 0xfe, byte(r >> 24), byte(r >> 16), byte(r >> 8), byte(r)}
		}
	}
	g := dp.pg.NewInterface(id, mac, dp.pool.Room()-frameHeaders, dp.Workers(), want)
	for i := range dp.here() {
		if i.spec.Name() == g.Name() && !i.leaves && isGenerated(i) == nil {
			if has := i.spec.(*pg.Interface).Mode(); mode != nil && has != want {
				return 0, fmt.Errorf("gvpp: interface %q is there, with mode %v: delete it first: %w", g.Name(), has, ErrInterfaceExists)
			}
			return i.swIf, nil
		}
	}
	return dp.add(ctx, g, false)
}

// HardwareAddr is an interface's address, nil where it has none.
func (dp *Dataplane) HardwareAddr(swIf uint32) net.HardwareAddr {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	if i, err := dp.find(swIf); err == nil && i.device != nil {
		return i.info().MAC
	}
	return nil
}

// DeleteLoopback is RemoveInterface of a loopback.
func (dp *Dataplane) DeleteLoopback(ctx context.Context, swIf uint32) error {
	return dp.remove(ctx, swIf, isLoopback)
}

// DeleteGenerator is RemoveInterface of an interface for the packet generator.
func (dp *Dataplane) DeleteGenerator(ctx context.Context, swIf uint32) error {
	return dp.remove(ctx, swIf, isGenerated)
}

// DeleteAFXDP is RemoveInterface of an AF_XDP interface.
func (dp *Dataplane) DeleteAFXDP(ctx context.Context, swIf uint32) error {
	return dp.remove(ctx, swIf, isAFXDP)
}

func isLoopback(i *iface) error {
	_, ok := i.spec.(*port.Loopback)
	return kindFault(i, ok, "a loopback")
}

func isGenerated(i *iface) error {
	_, ok := i.spec.(*pg.Interface)
	return kindFault(i, ok, "a packet generator's")
}

func isAFXDP(i *iface) error { return kindFault(i, afxdp.Made(i.spec), "an AF_XDP one") }

func kindFault(i *iface, ok bool, what string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("gvpp: interface %q is not %s: %w", i.spec.Name(), what, ErrInterfaceKind)
}

// registerSoftware declares the commands that make interfaces and delete them.
func (b base) registerSoftware(r *plugin.Registry) {
	names := func([]string) []string { return b.InterfaceNames() }
	r.CLI("create loopback interface", "create loopback interface [mac ADDRESS] [instance N]\nMakes an interface that receives what is sent by it; it is down at first.", b.createLoopback)
	r.Complete(func([]string) []string { return []string{"mac", "instance"} })
	r.CLI("loopback create-interface", "loopback create-interface [mac ADDRESS] [instance N]\nVPP's words for create loopback interface.", b.createLoopback)
	r.Complete(func([]string) []string { return []string{"mac", "instance"} })
	r.CLI("create packet-generator interface", createGeneratorUsage, b.createGenerator)
	r.Complete(func([]string) []string { return []string{"hw-addr", "mode"} })
	r.CLI("delete interface", "delete interface [af_xdp] IF\nGives an interface back: cross-connects, rules and zones of it end. With af_xdp only one of that kind.", func(c *cli.Call) error {
		if c.Args.Len() > 1 && c.Args.Keyword("af_xdp") { // no command of its own: an interface may be named as a part of the word
			return b.deleteCommand(isAFXDP)(c)
		}
		return b.deleteCommand(nil)(c)
	})
	r.Complete(names)
	intfc := func(args []string) []string {
		if len(args) < 2 {
			return []string{"intfc"}
		}
		return b.InterfaceNames()
	}
	r.CLI("delete loopback interface", "delete loopback interface intfc IF\nDeletes a loopback.", b.deleteLoopback)
	r.Complete(intfc)
	r.CLI("loopback delete-interface", "loopback delete-interface intfc IF\nVPP's words for delete loopback interface.", b.deleteLoopback)
	r.Complete(intfc)
	r.CLI("delete packet-generator interface", "delete packet-generator interface IF\nDeletes an interface of the packet generator.", b.deleteCommand(isGenerated))
	r.Complete(names)
}

func (b base) createLoopback(c *cli.Call) error {
	mac, instance, err := loopbackWords(c.Args)
	if err != nil {
		return err
	}
	return b.showCreated(c)(b.CreateLoopback(c.Context, mac, instance))
}

// loopbackWords reads what a loopback is to be; nil where nothing is said.
func loopbackWords(a *cli.Args) (mac net.HardwareAddr, instance *uint32, err error) {
	for a.Len() > 0 {
		switch {
		case a.Keyword("mac"):
			if mac, err = macWord(a, "mac"); err != nil {
				return nil, nil, err
			}
		case a.Keyword("instance"):
			n, err := a.Uint("an instance", 0, MaxLoopbacks-1)
			if err != nil {
				return nil, nil, err
			}
			i := uint32(n)
			instance = &i
		default:
			return nil, nil, a.Unknown()
		}
	}
	return mac, instance, nil
}

func (b base) deleteLoopback(c *cli.Call) error {
	if !c.Args.Keyword("intfc") {
		return c.Args.Errorf("expected intfc IF")
	}
	return b.deleteCommand(isLoopback)(c)
}

const createGeneratorUsage = `create packet-generator interface pgN [hw-addr ADDRESS] [mode ethernet|ip4|ip6]
Makes an interface for the packet generator; it is down at first. With mode ip4 or ip6 there is no Ethernet on it: what it receives
begins with the IP header, and what is routed there leaves so, without asking for neighbours.`

func (b base) createGenerator(c *cli.Call) error {
	name, err := c.Args.Word("a name like pg0")
	if err != nil {
		return err
	}
	var mac net.HardwareAddr
	mode := pg.Ethernet
	for c.Args.Len() > 0 && err == nil {
		switch {
		case c.Args.Keyword("hw-addr"):
			mac, err = macWord(c.Args, "hw-addr")
		case c.Args.Keyword("mode"):
			var word string
			word, err = c.Args.OneOf("a mode", pg.ModeNames[:]...)
			mode = pg.Mode(slices.Index(pg.ModeNames[:], word))
		default:
			err = c.Args.Unknown()
		}
	}
	if err != nil {
		return err
	}
	var id uint32
	if _, err := fmt.Sscanf(name, "pg%d", &id); err != nil || fmt.Sprintf("pg%d", id) != name {
		return fmt.Errorf("packet-generator interface %q: want pg0, pg1, …", name)
	}
	return b.showCreated(c)(b.generatorWith(c.Context, id, mac, &mode))
}

// showCreated tells of an interface that was made.
func (b base) showCreated(c *cli.Call) func(swIf uint32, err error) error {
	return func(swIf uint32, err error) error {
		if err != nil {
			return err
		}
		name := b.InterfaceName(swIf)
		return c.Show(created{name, swIf}, func(w io.Writer) { fmt.Fprintln(w, name) })
	}
}

// macWord reads an Ethernet address; what is the word in front of it.
func macWord(a *cli.Args, what string) (net.HardwareAddr, error) {
	w, err := a.Word("an address")
	if err != nil {
		return nil, err
	}
	mac, err := net.ParseMAC(w)
	if err != nil || len(mac) != 6 {
		return nil, fmt.Errorf("%s %q: want six numbers like 02:00:00:00:00:01", what, w)
	}
	return mac, nil
}
