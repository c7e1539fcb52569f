package macswap

import (
	"context"
	"errors"
	"fmt"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"

	"example.com/macswap/macswapapi"
)

// Plugin is the feature. Its operation is safe for concurrent use.
type Plugin struct{ dp plugin.Dataplane }

// New makes the plugin.
func New() *Plugin { return &Plugin{} }

// arcs are where the node is: together they see all that an interface receives, but for IP that is malformed.
var arcs = []string{"l2-input", "ip4-unicast", "ip6-unicast"}

// Register implements plugin.Plugin.
func (p *Plugin) Register(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     "macswap",
		Nexts:    graph.Nexts{nextOutput: graph.ArcStart("interface-output"), nextDrop: graph.ErrorDrop},
		Counters: graph.Counters{swapped: "packets sent back", tooShort: "too short for an Ethernet header"},
		Arc:      graph.Arc{Name: arcs[0]},
		MoreArcs: []graph.Arc{{Name: arcs[1]}, {Name: arcs[2]}},
		New:      func(*graph.Worker) graph.Processor { return node{} },
		Trace:    trace,
	})
	r.CLI("macswap enable-disable", "macswap enable-disable IF [disable]\nSends what interface IF receives back by it, MAC addresses swapped.", p.command)
	r.Complete(p.complete)
	r.API(macswapapi.Serve(service{p}))
	r.Init(func(dp plugin.Dataplane) error { p.dp = dp; return nil })
}

// EnableDisable makes an interface send back what it receives, or no more. It returns when all workers do so.
func (p *Plugin) EnableDisable(ctx context.Context, swIf uint32, on bool) error {
	if at, err := p.dp.Interface(p.dp.InterfaceName(swIf)); err != nil || at != swIf {
		return api.Wrap(api.InvalidSwIfIndex, fmt.Errorf("macswap: no interface with sw_if_index %d; `show interface` lists them", swIf))
	}
	var errs []error
	for _, arc := range arcs {
		_, err := p.dp.SetFeature(arc, "macswap", swIf, on)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, p.dp.Published(ctx))...)
}

// command is the operation's front in the CLI.
func (p *Plugin) command(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	off := c.Args.Keyword("disable")
	if err := c.Args.End(); err != nil {
		return err
	}
	swIf, err := p.dp.Interface(name)
	if err != nil {
		return c.Args.Errorf("%w", err)
	}
	return p.EnableDisable(c.Context, swIf, !off)
}

func (p *Plugin) complete(args []string) []string {
	if len(args) <= 1 {
		return p.dp.InterfaceNames()
	}
	return []string{"disable"}
}

// service is its front in the binary API.
type service struct{ *Plugin }

// MacswapEnableDisable implements macswapapi.Service.
func (s service) MacswapEnableDisable(ctx context.Context, m *macswapapi.MacswapEnableDisable) (*macswapapi.MacswapEnableDisableReply, error) {
	return nil, s.EnableDisable(context.WithoutCancel(ctx), uint32(m.SwIfIndex), m.EnableDisable)
}
