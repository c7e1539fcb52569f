package program

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/nodes/classify"
)

// demoStanzas is what `gvpp run` of the demo gets.
const demoStanzas = "af_xdp { interface alice interface bob interface carol interface dave }"

// demo is the live story: the hosts, and the gvpp between them.
type demo struct {
	*story
	*hosts
	gvpp *process
}

// liveDemo tells the story live and cleans up.
func liveDemo(ctx context.Context, s *story) error {
	before := interfaceNames()
	h, err := newHosts()
	if err != nil {
		return cannotLive{fmt.Errorf("this kernel cannot make the hosts: %w", err)}
	}
	fmt.Fprintf(s.out, "gvpp demo: four hosts and gvpp, each in a network namespace, connected by veth cables.\n%s", demoDrawing)
	d := &demo{story: s, hosts: h}
	err = d.tell(ctx)
	if d.gvpp != nil {
		d.gvpp.stop()
	}
	if e := h.close(); err == nil {
		err = e
	}
	if err == nil {
		after := interfaceNames()
		s.check(slices.Equal(before, after), "hosts and cables are gone; this machine's interfaces are as before: %s", strings.Join(after, ", "))
	}
	return err
}

// interfaceNames are those of the namespace that the demo was started in.
func interfaceNames() (names []string) {
	list, _ := net.Interfaces()
	for _, i := range list {
		names = append(names, i.Name)
	}
	return names
}

// tell is the story, act by act.
func (d *demo) tell(ctx context.Context) error {
	for _, s := range []func() error{
		func() error { return d.serve(d.alice, "22") },
		func() error { return d.serve(d.bob, "80") },
		func() error { return d.serve(d.bob, "8080") },
		func() error { return d.serve(d.carol, "8080") },
		func() error { return d.serve(d.dave, "80") },
	} {
		if err := s(); err != nil {
			return err
		}
	}
	for _, act := range []func(context.Context) error{d.start, d.cable, d.drop, d.sessions, d.redirect, d.tracking, d.figures, d.router, d.crash} {
		if err := act(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// start runs gvpp.
func (d *demo) start(ctx context.Context) (err error) {
	fmt.Fprintln(d.out)
	d.typed("#", "gvpp run "+demoStanzas)
	start := time.Now()
	if d.gvpp, err = startGVPP(ctx, d.box, demoStanzas); err != nil {
		return err
	}
	list, err := ask[[]gvpp.InterfaceStatus](ctx, d, "show interface")
	if err != nil {
		return err
	}
	for _, i := range list {
		if i.Device == nil {
			return fmt.Errorf("interface %s: %s", i.Name, i.Gone)
		}
		d.check(i.Device.Driver == "af_xdp" && i.Device.LinkUp, "%s: %s, %s, link %s", i.Name, i.Device.Driver, i.Device.Mode, map[bool]string{true: "up", false: "down"}[i.Device.LinkUp])
	}
	d.say("ready after %v", time.Since(start).Round(time.Millisecond))
	return nil
}

// begin opens an act.
func (d *demo) begin(a act) {
	d.chapter(a.title)
	d.say("%s", a.words)
}

// operate gives gvpp the lines of an act.
func (d *demo) operate(ctx context.Context, a act) error {
	for _, line := range a.lines {
		if err := d.enter(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// enter runs a line and shows it with what it prints.
func (d *demo) enter(ctx context.Context, line string) error {
	d.typed("gvpp#", line)
	text, err := d.gvpp.client.Exec(ctx, line, false)
	if err != nil {
		return fmt.Errorf("%q: %w", line, err)
	}
	d.quote(text)
	return nil
}

// ask runs a line for what it shows.
func ask[T any](ctx context.Context, d *demo, line string) (v T, err error) {
	text, err := d.gvpp.client.Exec(ctx, line, true)
	if err == nil {
		err = json.Unmarshal([]byte(text), &v)
	}
	if err != nil {
		err = fmt.Errorf("%q: %w", line, err)
	}
	return v, err
}

// rule is a rule's counter.
func (d *demo) rule(ctx context.Context, id uint32) (packets uint64, err error) {
	list, err := ask[[]classify.InterfaceReport](ctx, d, "show classify")
	for _, i := range list {
		for _, r := range i.Rules {
			if r.ID == id {
				return r.Packets, err
			}
		}
	}
	return 0, err
}

// fallen is how many packets from an interface no rule let through.
func (d *demo) fallen(ctx context.Context, interfaceName string) (packets uint64, err error) {
	list, err := ask[[]classify.InterfaceReport](ctx, d, "show classify interface "+interfaceName)
	for _, i := range list {
		packets += i.In.Packets
	}
	return packets, err
}
