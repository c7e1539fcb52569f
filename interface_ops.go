package gvpp

import (
	"context"
	"fmt"

	"github.com/gvpp/gvpp/cli"
)

// SetState brings an interface up or down, as the operator wants it. While down it receives nothing and sends nothing;
// what arrives is dropped and counted.
func (dp *Dataplane) SetState(ctx context.Context, swIf uint32, up bool) error {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	if dp.phase == closed {
		return errClosed
	}
	i, err := dp.find(swIf)
	if err != nil {
		return err
	}
	was := i.up
	i.up = up
	err = dp.attach(ctx)
	if up != was {
		dp.tell(i, map[bool]InterfaceEventKind{true: InterfaceUp, false: InterfaceDown}[up])
	}
	return err
}

// maxTag bounds a tag, as in VPP.
const maxTag = 63

// SetTag gives an interface a word that whoever controls the dataplane knows it by; "" takes it away.
func (dp *Dataplane) SetTag(swIf uint32, tag string) error {
	if len(tag) > maxTag {
		return fmt.Errorf("gvpp: tag of %d bytes: want %d at most", len(tag), maxTag)
	}
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err == nil {
		i.tag = tag
	}
	return err
}

// ClearInterface starts an interface's packet counters anew, as InterfaceStatus has them.
func (dp *Dataplane) ClearInterface(swIf uint32) error {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	i, err := dp.find(swIf)
	if err == nil {
		i.base = dp.graph.IfTotals(swIf)
	}
	return err
}

// ClearInterfaces is ClearInterface of all.
func (dp *Dataplane) ClearInterfaces() {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	for i := range dp.here() {
		i.base = dp.graph.IfTotals(i.swIf)
	}
}

func (b base) clearInterfaces(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	b.ClearInterfaces()
	return nil
}

// CrossConnect makes everything that a receives leave by b, and the other way round (see l2.Plugin.CrossConnect).
func (dp *Dataplane) CrossConnect(ctx context.Context, a, b string) error {
	from, err := dp.Interface(a)
	if err != nil {
		return err
	}
	to, err := dp.Interface(b)
	if err != nil {
		return err
	}
	return dp.l2.CrossConnect(ctx, from, to)
}

// CrossConnected reports whether any interface is cross-connected.
func (dp *Dataplane) CrossConnected() bool { return dp.l2.Any() }
