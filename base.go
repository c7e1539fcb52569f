package gvpp

import (
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/plugin"
)

// base is the commands that every dataplane has: fronts over Dataplane's operations.
type base struct{ *Dataplane }

// Register implements plugin.Plugin.
func (b base) Register(r *plugin.Registry) {
	names := func([]string) []string { return b.InterfaceNames() }
	r.CLI("show interface", "show interface [address|features|span] [IF]\nShows interfaces and their counters, their addresses, the features of each arc, or which are mirrored.", b.showInterface)
	r.Complete(func(args []string) []string {
		if len(args) < 2 {
			return append(b.InterfaceNames(), "address", "features", "span")
		}
		return b.InterfaceNames()
	})
	r.CLI("clear interfaces", "clear interfaces\nStarts the counters of show interface anew.", b.clearInterfaces)
	r.CLI("show hardware-interfaces", "show hardware-interfaces [IF]\nShows drivers, modes, addresses, queues and the ports' own counters.", b.showHardware)
	r.Complete(names)
	r.CLI("set interface state", "set interface state IF up|down\nBrings an interface up or down; while down it drops what it receives.", b.setState)
	r.Complete(func(args []string) []string {
		if len(args) > 1 {
			return []string{"up", "down"}
		}
		return b.InterfaceNames()
	})
	r.CLI("create interface af_xdp", "create interface af_xdp host-if NAME [name IF] [queues N] [mode auto|zero-copy|copy|generic]\nTakes over a host interface through AF_XDP; all its queues unless told otherwise.", b.createAFXDP)
	r.Complete(func([]string) []string { return []string{"host-if", "name", "queues", "mode"} })
	b.registerSoftware(r)
	b.registerBVI(r)
	b.registerSubInterfaces(r)
	b.registerLinkSettings(r)
	b.registerAddresses(r)
	b.registerAPI(r)
	r.CLI("show runtime", "show runtime\nShows what each node costs, by worker, and its longest gaps: times for which its loop did not come round.", b.showRuntime)
	r.CLI("clear runtime", "clear runtime\nStarts the figures of show runtime anew.", b.clearRuntime)
	r.CLI("show errors", "show errors\nShows why packets were dropped, by node.", b.showErrors)
	r.CLI("clear errors", "clear errors\nStarts the counters of show errors anew.", b.clearErrors)
	b.registerTrace(r)
	b.registerNodes(r)
	r.CLI("show buffers", "show buffers\nShows the packet memory.", b.showBuffers)
	r.CLI("show barrier", "show barrier\nShows how often and how long workers were held, and how long changes took until all workers acted on them.", b.showBarrier)
	r.CLI("show logging", "show logging\nShows the newest of what was logged.", b.showLogging)
	b.registerVPPTables(r)
	b.registerClock(r)
	b.registerCapture(r)
	b.registerStatistics(r)
	b.registerShowAPI(r)
	b.registerPrograms(r)
}

func (b base) setState(c *cli.Call) error {
	name, err := c.Args.Word("an interface name")
	if err != nil {
		return err
	}
	state, err := c.Args.OneOf("a state", "up", "down")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	swIf, err := b.Interface(name)
	if err != nil {
		return err
	}
	return b.SetState(c.Context, swIf, state == "up")
}

// created is the result of create interface.
type created struct {
	Interface string `json:"interface"`
	Index     uint32 `json:"sw_if_index"`
}

func (b base) createAFXDP(c *cli.Call) error {
	if !c.Args.Keyword("host-if") {
		return c.Args.Errorf("expected host-if NAME")
	}
	host, err := c.Args.Word("the host's interface name")
	if err != nil {
		return err
	}
	var opts []afxdp.Option
	for c.Args.Len() > 0 {
		o, err := afxdpOption(c.Args)
		if err != nil {
			return err
		}
		opts = append(opts, o)
	}
	spec := afxdp.Interface(host, opts...)
	swIf, err := b.AddInterface(c.Context, spec)
	if err != nil {
		return err
	}
	return b.showCreated(c)(swIf, nil)
}

func afxdpOption(a *cli.Args) (afxdp.Option, error) {
	switch {
	case a.Keyword("name"):
		name, err := a.Word("a name for the interface")
		return afxdp.WithName(name), err
	case a.Keyword("queues"):
		n, err := a.Int("a number of queues", 1, 64)
		return afxdp.Queues(int(n)), err
	case a.Keyword("mode"):
		w, err := a.Word("a mode")
		if err != nil {
			return nil, err
		}
		m, err := afxdp.ParseMode(w)
		return afxdp.WithMode(m), err
	}
	return nil, a.Unknown()
}
