package gvpp

import (
	"context"
	"fmt"
	"net"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/plugin"
)

// bvi is a loopback that is to be a bridge domain's: VPP has a kind of its own for these, bvi0, bvi1, …
type bvi struct{ *port.Loopback }

// CreateBVI makes an interface to route for a bridge domain: with the instance that is asked for, or the lowest that is free. Without
// an address it gets b0:b0:00:00:00:00 plus the instance, as in VPP. l2.Plugin.Bridge puts it into a domain.
func (dp *Dataplane) CreateBVI(ctx context.Context, mac net.HardwareAddr, instance *uint32) (swIf uint32, err error) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	used := map[uint32]bool{}
	for i := range dp.here() {
		if b, ok := i.spec.(bvi); ok {
			used[b.Instance()] = true
		}
	}
	n, err := freeInstance(used, instance)
	if err != nil {
		return 0, err
	}
	if len(mac) == 0 {
		mac = net.HardwareAddr{0xb0, 0xb0, 0, 0, byte(n >> 8), byte(n)}
	}
	return dp.add(ctx, bvi{port.NewLoopback(fmt.Sprintf("bvi%d", n), mac, n)}, false)
}

// DeleteBVI is RemoveInterface of a BVI that CreateBVI has made.
func (dp *Dataplane) DeleteBVI(ctx context.Context, swIf uint32) error {
	return dp.remove(ctx, swIf, isBVI)
}

func isBVI(i *iface) error {
	_, ok := i.spec.(bvi)
	return kindFault(i, ok, "a BVI")
}

// registerBVI declares the commands about BVIs.
func (b base) registerBVI(r *plugin.Registry) {
	r.CLI("bvi create", "bvi create [mac ADDRESS] [instance N]\nMakes an interface to route for a bridge domain; set interface l2 bridge IF BD bvi puts it there. It is down at first.", func(c *cli.Call) error {
		mac, instance, err := loopbackWords(c.Args)
		if err != nil {
			return err
		}
		return b.showCreated(c)(b.CreateBVI(c.Context, mac, instance))
	})
	r.Complete(func([]string) []string { return []string{"mac", "instance"} })
	r.CLI("bvi delete", "bvi delete IF\nDeletes one.", b.deleteCommand(isBVI))
	r.Complete(func([]string) []string { return b.InterfaceNames() })
}
