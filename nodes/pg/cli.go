package pg

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

const usageNew = `packet-generator new { name NAME [WORDS] data { DATA } }
Makes a stream of packets, which sends nothing until it is enabled.
One of the same name is replaced. It may go over several lines, until its last brace is closed, in a file for exec and at a prompt.
Behind gvpp ctl it stands in quotes, or the shell takes the > of -> for itself.
The words, in any order:

  name NAME             for the other commands; else stream0, stream1, …
  limit N               packets; without it there is no end
  rate N                packets a second, such as 1e6; without it as many as go
  size A-B or A+B       bytes of the packets: A, A+1, … B, or random; without it as the data says, 64 at least; an Ethernet
                        header that is put in front comes on top
  interface IF          that has received them, as far as the graph can tell; needed but with source
  node NODE             where they begin: ethernet-input (as without it), ip4-input, any other; or an interface to send them by.
                        Those of an interface with mode ip4 or ip6, which begin with IP, do at ip4-input or ip6-input
  tx-interface IF       that they are to leave by, for nodes that are about that
  maxframe N            at once
  worker N              that sends them
  pcap FILE             packets of a capture instead of data; source pgN: from that interface, which is made and brought up

DATA is headers, and then payload. Values may be ranges: A - B counts up, A + B is random. Lengths and checksums are computed.

  IP4: 1.2.3 -> 4.5.6                      Ethernet (or 02:00:00:00:00:01), then vlan N; without it, one is put in front
  UDP: 10.0.0.1 - 10.0.0.9 -> 20.0.0.1     IPv4 or IPv6, then ttl N, tos N, fragment id N offset N, df, mf, length N, checksum N
  UDP: 1000 + 2000 -> 53                   or TCP: 1000 -> 80 SYN seqnum 7 window 100
  ICMP echo_request                        behind an IP header of ICMP: or ICMP6:
  request: 1.2.3/10.0.0.1 -> 0.0.0/10.0.0.2   behind an Ethernet header of ARP:
  incrementing 30  hex 0xdeadbeef

  packet-generator new { name x limit 10 interface pg0 data { UDP: 10.0.0.1 -> 10.0.0.2 UDP: 1000 -> 53 incrementing 18 } }
  packet-generator new { name y rate 1000 interface pg0 node ip6-input data { ICMP6: ::1 -> ::2 - ::9 ICMP echo_request } }
  packet-generator new pcap /tmp/in.pcap source pg0 name z`

const usageCapture = `packet-generator capture pgN pcap FILE [count N] [disable]
Writes what is sent by pgN to a file, which is made with the first packet and must not be there before. With disable that ends.`

// commands declares the CLI.
func (p *Plugin) commands(r *plugin.Registry) {
	names := func([]string) (list []string) {
		for _, s := range p.Streams() {
			list = append(list, s.Name)
		}
		return list
	}
	r.CLI("packet-generator new", usageNew, p.newCommand)
	r.Complete(p.completeNew)
	r.CLI("packet-generator delete", "packet-generator delete NAME\nDeletes a stream.", p.one(p.Delete))
	r.Complete(names)
	r.CLI("packet-generator configure", "packet-generator configure NAME [limit N] [rate N] [size A-B] [maxframe N]\nChanges a stream, which goes on if it was sending.", p.configureCommand)
	r.Complete(func(args []string) []string {
		if len(args) < 2 {
			return names(nil)
		}
		return []string{"limit", "rate", "size", "maxframe"}
	})
	for _, word := range []string{"enable", "enable-stream"} {
		r.CLI("packet-generator "+word, "packet-generator "+word+" [NAME]\nLets a stream, or all, send. The count of one that has ended begins anew.", p.some(p.Enable, "enable"))
		r.Complete(names)
	}
	for _, word := range []string{"disable", "disable-stream"} {
		r.CLI("packet-generator "+word, "packet-generator "+word+" [NAME]\nLets a stream, or all, send no more.", p.some(p.Disable, "disable"))
		r.Complete(names)
	}
	r.CLI("packet-generator capture", usageCapture, p.captureCommand)
	r.Complete(func(args []string) []string {
		if len(args) < 2 {
			return p.interfaces()
		}
		return []string{"pcap", "count", "disable"}
	})
	r.CLI("show packet-generator", "show packet-generator [verbose]\nShows the streams. Those that have ended or were not enabled say No, once their packets are through the graph; the statistics segment has them then, too.", p.showCommand)
	r.Complete(func([]string) []string { return []string{"verbose"} })
	r.CLI("show packet-generator interface", "show packet-generator interface [pgN]\nShows the interfaces of the packet generator.", p.showInterface)
	r.Complete(func([]string) []string { return p.interfaces() })
}

// completeNew offers the words of a stream, and where one was given its values.
func (p *Plugin) completeNew(args []string) []string {
	before := ""
	if len(args) > 1 {
		before = args[len(args)-2]
	}
	switch before {
	case "interface", "tx-interface":
		return p.host.InterfaceNames()
	case "source":
		return p.interfaces()
	case "node":
		list := p.host.InterfaceNames()
		for _, n := range p.host.Graph().Plan.Nodes {
			list = append(list, n.Name)
		}
		return list
	case "name", "limit", "rate", "size", "maxframe", "worker", "pcap", "buffer-size":
		return nil
	}
	return []string{"name", "limit", "rate", "size", "interface", "node", "source", "tx-interface", "maxframe", "worker", "pcap", "data"}
}

func (p *Plugin) newCommand(c *cli.Call) error {
	s, err := ParseStream(strings.Join(c.Args.Rest(), " "))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Path, err)
	}
	return p.Add(c.Context, s)
}

func (p *Plugin) configureCommand(c *cli.Call) error {
	name, err := c.Args.Word("a stream's name")
	if err != nil {
		return err
	}
	change, err := ParseChange(strings.Join(c.Args.Rest(), " "))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Path, err)
	}
	return p.Configure(c.Context, name, change)
}

// one is a command about a stream, some about one or all.
func (p *Plugin) one(do func(context.Context, string) error) cli.Handler {
	return func(c *cli.Call) error {
		if c.Args.Len() == 0 {
			_, err := c.Args.Word("a stream's name")
			return err
		}
		return p.some(do, "")(c)
	}
}

// some tells who means all streams that there are none. That is no error, as in VPP: scripts go on.
func (p *Plugin) some(do func(context.Context, string) error, verb string) cli.Handler {
	return func(c *cli.Call) error {
		name, _ := c.Args.Next()
		if err := c.Args.End(); err != nil {
			return err
		}
		if name == "" && len(p.Streams()) == 0 {
			c.Printf("no streams to %s: `packet-generator new` makes one\n", verb)
		}
		return do(c.Context, name)
	}
}

func (p *Plugin) captureCommand(c *cli.Call) error {
	name, err := c.Args.Word("an interface of the packet generator")
	if err != nil {
		return err
	}
	file, count, disable := "", uint64(0), false
	for c.Args.Len() > 0 && err == nil {
		switch {
		case c.Args.Keyword("pcap"):
			file, err = c.Args.Word("a file")
		case c.Args.Keyword("count"):
			count, err = c.Args.Uint("a number of packets", 1, 1<<62)
		case c.Args.Keyword("disable"):
			disable = true
		default:
			err = c.Args.Unknown()
		}
	}
	switch {
	case err != nil:
		return err
	case disable:
		return p.EndCapture(c.Context, name)
	case file == "":
		return c.Args.Errorf("expected pcap FILE, or disable")
	}
	return p.CaptureFile(c.Context, name, file, count)
}

// settlePatience bounds how long show packet-generator waits for packets that workers pass to each other.
const settlePatience = time.Second

// settle waits until what ended streams have sent is through the graph.
func (p *Plugin) settle(ctx context.Context) {
	for end := time.Now().Add(settlePatience); p.host.Graph().HandingOver() && time.Now().Before(end); {
		time.Sleep(100 * time.Microsecond)
	}
	_ = p.host.Published(ctx) // whoever gave up waiting sees what there is
	p.host.RefreshStatistics()
}

func (p *Plugin) showCommand(c *cli.Call) error {
	verbose := c.Args.Keyword("verbose")
	if err := c.Args.End(); err != nil {
		return err
	}
	list := p.Streams()
	p.settle(c.Context)
	return c.Show(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no streams currently defined")
			return
		}
		fmt.Fprintf(w, "%-16s%s%s%s\n", "Name", centre("Enabled", 12), centre("Count", 16), "Parameters")
		for i := range list {
			list[i].write(w, verbose)
		}
	})
}

// write is VPP's line.
func (s *Status) write(w io.Writer, verbose bool) {
	enabled, mark := "No", "-"
	if s.Enabled {
		enabled = "Yes"
	}
	if s.RandomSize {
		mark = "+"
	}
	fmt.Fprintf(w, "%-16s%s%slimit %d, rate %.2e pps, size %d%s%d, worker %d, \n",
		s.Name, centre(enabled, 12), centre(fmt.Sprint(s.Count), 16), s.Limit, s.Rate, s.MinSize, mark, s.MaxSize, s.Worker)
	if !verbose {
		return
	}
	fmt.Fprintf(w, "%44sinterface %s, node %s, maxframe %d", "", s.Interface, s.NodeName(), s.MaxFrame)
	if s.TxInterface != "" {
		fmt.Fprintf(w, ", tx-interface %s", s.TxInterface)
	}
	if s.Generator != "" {
		fmt.Fprintf(w, ", source %s", s.Generator)
	}
	what := "packets of the program"
	if s.Pcap != "" {
		what = "pcap " + s.Pcap
	} else if s.Data != "" {
		what = "data { " + strings.Join(strings.Fields(s.Data), " ") + " }"
	}
	fmt.Fprintf(w, "\n%44s%s\n", "", what)
}

// centre puts a word into the middle of a field, as VPP does.
func centre(s string, width int) string {
	left := max(width-len(s), 0) / 2
	return fmt.Sprintf("%*s%-*s", left, "", max(width-left, 0), s)
}

// interfaces is the names of the open ones.
func (p *Plugin) interfaces() (list []string) {
	for _, name := range p.host.InterfaceNames() {
		if _, ok := p.ports.Load(name); ok {
			list = append(list, name)
		}
	}
	return list
}

func (p *Plugin) showInterface(c *cli.Call) error {
	only, _ := c.Args.Next()
	if err := c.Args.End(); err != nil {
		return err
	}
	list := []InterfaceStatus{}
	for _, name := range p.interfaces() {
		if v, ok := p.ports.Load(name); ok && name == cmp.Or(only, name) {
			list = append(list, v.(*Interface).status())
		}
	}
	if only != "" && len(list) == 0 {
		return fmt.Errorf("no packet-generator interface %q: %w", only, ErrNoInterface)
	}
	return c.Show(list, func(w io.Writer) {
		for _, i := range list {
			fmt.Fprintf(w, "Interface: %s\n  id: %d\n  mode: %s\n", i.Name, i.ID, i.Mode)
			if i.MAC != "" {
				fmt.Fprintf(w, "  hw-addr: %s\n", i.MAC)
			}
			if i.File != "" {
				fmt.Fprintf(w, "  capture: %s\n", i.File)
			}
		}
	})
}
