package tap

import (
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/tap"
	"github.com/gvpp/gvpp/plugin"
)

const createUsage = `create tap [id N] [hw-addr MAC] [host-if-name NAME] [host-ns NS] [host-mac-addr MAC] [host-mtu-size N] [host-ip4-addr A/L] [host-ip6-addr A/L] [host-ip4-gw A] [host-ip6-gw A] [host-bridge NAME]
Makes interface tapN, down at first, and at its other end a network device of the host, up, which goes when the tap or gvpp does.
NS is a name of ip netns, a path, or pid:N. Sizes of rings and the word no-gso are read and change nothing.`

func (p *Plugin) commands(r *plugin.Registry) {
	r.CLI("create tap", createUsage, p.create)
	r.Complete(func([]string) []string {
		return []string{"id", "hw-addr", "host-if-name", "host-ns", "host-mac-addr", "host-mtu-size", "host-ip4-addr", "host-ip6-addr", "host-ip4-gw", "host-ip6-gw", "host-bridge"}
	})
	names := func([]string) (list []string) {
		for _, s := range p.All() {
			list = append(list, s.Name)
		}
		return list
	}
	r.CLI("delete tap", "delete tap IF|sw_if_index N\nDeletes a tap and its host device.", p.delete)
	r.Complete(names)
	r.CLI("show tap", "show tap [IF]\nShows the taps and their host devices.", p.show)
	r.Complete(names)
}

// created is the result of create tap.
type created struct {
	Interface string `json:"interface"`
	Index     uint32 `json:"sw_if_index"`
}

func (p *Plugin) create(c *cli.Call) error {
	conf, auto, err := words(c.Args)
	if err != nil {
		return err
	}
	swIf, err := p.Create(c.Context, conf, auto)
	if err != nil {
		return err
	}
	name := p.dp.InterfaceName(swIf)
	return c.Show(created{name, swIf}, func(w io.Writer) { fmt.Fprintln(w, name) })
}

// createUp is create of startup.conf, whose interfaces are up.
func (p *Plugin) createUp(c *cli.Call) error {
	conf, auto, err := words(c.Args)
	if err != nil {
		return err
	}
	swIf, err := p.Create(c.Context, conf, auto)
	if err != nil {
		return err
	}
	return p.dp.SetState(c.Context, swIf, true)
}

// words reads what a tap is to be; auto: its id is gvpp's choice.
func words(a *cli.Args) (c tap.Config, auto bool, err error) {
	auto = true
	for a.Len() > 0 && err == nil {
		word, _ := a.Next()
		switch word {
		case "id":
			var n uint64
			n, err = a.Uint("an id", 0, MaxInstances-1)
			c.ID, auto = uint32(n), false
		case "hw-addr":
			c.MAC, err = macWord(a)
		case "host-mac-addr":
			c.HostMAC, err = macWord(a)
		case "host-if-name":
			c.HostIf, err = a.Word("the host device's name")
		case "host-ns":
			c.HostNS, err = a.Word("a network namespace")
		case "host-bridge":
			c.HostBridge, err = a.Word("a bridge of the host's")
		case "host-mtu-size":
			var n uint64
			n, err = a.Uint("an MTU", 68, 65535)
			c.HostMTU = int(n)
		default:
			err = moreWords(a, word, &c)
		}
	}
	return c, auto, err
}

func moreWords(a *cli.Args, word string, c *tap.Config) (err error) {
	addr := func(to *netip.Addr) error { *to, err = a.Addr("an address"); return err }
	prefix := func(to *netip.Prefix) error { *to, err = a.Prefix("an address with its network's length"); return err }
	switch word {
	case "host-ip4-addr":
		return prefix(&c.HostIP4)
	case "host-ip6-addr":
		return prefix(&c.HostIP6)
	case "host-ip4-gw":
		return addr(&c.HostGW4)
	case "host-ip6-gw":
		return addr(&c.HostGW6)
	case "rx-ring-size", "tx-ring-size":
		_, err = a.Uint("a number", 1, 32768)
		return err
	case "num-rx-queues", "num-tx-queues":
		_, err = a.Uint("a number; a tap has one queue", 1, 1)
		return err
	case "no-gso":
		return nil
	case "gso", "csum-offload", "gro-coalesce", "persist", "attach", "tun", "packed", "in-order", "consistent-qp":
		return a.Errorf("%q: %s; leave it out", word, unsupported)
	}
	return a.Errorf("unknown word %q; see help", word)
}

const unsupported = "taps are plain: no offloads, one queue, Ethernet frames, gone with gvpp"

func macWord(a *cli.Args) (net.HardwareAddr, error) {
	w, err := a.Word("an address")
	if err != nil {
		return nil, err
	}
	mac, err := net.ParseMAC(w)
	if err != nil || len(mac) != 6 {
		return nil, a.Errorf("address %q: want six numbers like 02:00:00:00:00:01", w)
	}
	return mac, nil
}

func (p *Plugin) delete(c *cli.Call) error {
	swIf, err := p.interfaceWord(c.Args)
	if err != nil {
		return err
	}
	return p.Delete(c.Context, swIf)
}

// interfaceWord reads an interface, by name or number, as the last of the words.
func (p *Plugin) interfaceWord(a *cli.Args) (swIf uint32, err error) {
	if a.Keyword("sw_if_index") {
		n, err := a.Uint("a number", 0, 1<<32-1)
		if err != nil {
			return 0, err
		}
		return uint32(n), a.End()
	}
	name, err := a.Word("an interface name")
	if err != nil {
		return 0, err
	}
	if err := a.End(); err != nil {
		return 0, err
	}
	return p.dp.Interface(name)
}

func (p *Plugin) show(c *cli.Call) error {
	list := p.All()
	if c.Args.Len() > 0 {
		swIf, err := p.interfaceWord(c.Args)
		if err != nil {
			return err
		}
		s, err := p.Status(swIf)
		if err != nil {
			return err
		}
		list = []Status{s}
	}
	return c.Show(list, func(w io.Writer) {
		for _, s := range list {
			fmt.Fprintf(w, "Interface: %s (ifindex %d)\n  name %q\n", s.Name, s.Index, s.HostIf)
			if s.HostNS != "" {
				fmt.Fprintf(w, "  host-ns %q\n", s.HostNS)
			}
			if s.HostMTU != 0 {
				fmt.Fprintf(w, "  host-mtu-size \"%d\"\n", s.HostMTU)
			}
			fmt.Fprintf(w, "  host-mac-addr: %s\n", s.HostMAC)
			for _, x := range [][2]string{{"host-ip4-addr", s.HostIP4}, {"host-ip6-addr", s.HostIP6}, {"host-bridge", s.HostBridge}} {
				if x[1] != "" {
					fmt.Fprintf(w, "  %s: %s\n", x[0], x[1])
				}
			}
		}
	})
}
