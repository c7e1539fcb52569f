package flowtrack

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// filterUsage is how a filter is written; its conditions come in any order.
const filterUsage = "[src|dst|addr PREFIX] [sport|dport|port N|LO-HI] [proto P] [state NAME] [zone N] [age >S|<S] [older|younger S] [interface IF]"

const filterHelp = `Conditions come in any order; all of them must hold. Addresses and ports are those of the packet that began the session: addr
and port ask for either end. state is a coarse state (NEW, ESTABLISHED, FIN_WAIT, CLOSED), one of nf_conntrack's (SYN_SENT,
TIME_WAIT ...), or replied, unreplied, assured, unassured, expected, unexpected; it may stand more than once. age counts from the first
packet, in seconds: quote > and < in a shell, or say older S, younger S.`

// StateWords are the names that Filter.States may have: the coarse states, those of TCP and SCTP, and marks.
var StateWords = func() (names []string) {
	for s := StateNew; s < numStates; s++ {
		names = append(names, s.String())
	}
	for d, coarse := range coarseTCP {
		if coarse != StateNone {
			names = append(names, detailName(packet.ProtoTCP, uint32(d)<<detailShift))
		}
	}
	for d, coarse := range coarseSCTP {
		if coarse != StateNone {
			names = append(names, detailName(packet.ProtoSCTP, uint32(d)<<detailShift))
		}
	}
	for _, m := range marks {
		names = append(names, m.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}()

// protocols are those with names, as `conntrack -L` has them.
var protocols = []struct {
	number uint8
	name   string
}{
	{packet.ProtoTCP, "tcp"}, {packet.ProtoUDP, "udp"}, {packet.ProtoICMP, "icmp"}, {packet.ProtoICMP6, "icmpv6"}, {packet.ProtoSCTP, "sctp"},
	{packet.ProtoGRE, "gre"}, {packet.ProtoESP, "esp"}, {packet.ProtoAH, "ah"}, {packet.ProtoUDPLite, "udplite"}, {packet.ProtoDCCP, "dccp"},
}

func protoName(n uint8) string {
	for i := range protocols {
		if protocols[i].number == n {
			return protocols[i].name
		}
	}
	return strconv.Itoa(int(n))
}

// condition reads what stands behind the word that names it.
type condition struct {
	word string
	read func(p *Plugin, f *Filter, a *cli.Args) error
	hint func(p *Plugin) []string // nil: nothing to propose
}

var conditions = []condition{
	{"src", func(_ *Plugin, f *Filter, a *cli.Args) (err error) {
		f.Src, err = a.Prefix("a source prefix")
		return err
	}, nil},
	{"dst", func(_ *Plugin, f *Filter, a *cli.Args) (err error) {
		f.Dst, err = a.Prefix("a destination prefix")
		return err
	}, nil},
	{"addr", func(_ *Plugin, f *Filter, a *cli.Args) (err error) { f.Addr, err = a.Prefix("a prefix"); return err }, nil},
	{"sport", func(_ *Plugin, f *Filter, a *cli.Args) (err error) { f.SrcPort, err = readPorts(a); return err }, nil},
	{"dport", func(_ *Plugin, f *Filter, a *cli.Args) (err error) { f.DstPort, err = readPorts(a); return err }, nil},
	{"port", func(_ *Plugin, f *Filter, a *cli.Args) (err error) { f.Port, err = readPorts(a); return err }, nil},
	{"proto", func(_ *Plugin, f *Filter, a *cli.Args) (err error) { f.Proto, err = readProto(a); return err }, protoWords},
	{"state", readState, func(*Plugin) []string { return StateWords }},
	{"zone", readZone, nil},
	{"age", readAge, nil},
	{"older", func(_ *Plugin, f *Filter, a *cli.Args) (err error) { f.Older, err = readSeconds(a); return err }, nil},
	{"younger", func(_ *Plugin, f *Filter, a *cli.Args) (err error) { f.Younger, err = readSeconds(a); return err }, nil},
	{"interface", readInterface, func(p *Plugin) []string { return p.dp.InterfaceNames() }},
}

// filterReader reads conditions between a command's other words.
type filterReader struct {
	Filter
	p    *Plugin
	seen []string
}

// next reads a condition, if the next word begins one.
func (r *filterReader) next(a *cli.Args) (ok bool, err error) {
	word, _ := a.Peek()
	for i := range conditions {
		c := &conditions[i]
		if c.word != word {
			continue
		}
		if word != "state" && slices.Contains(r.seen, word) {
			return true, a.Errorf("%s stands twice", word)
		}
		r.seen = append(r.seen, word)
		a.Next()
		return true, c.read(r.p, &r.Filter, a)
	}
	return false, nil
}

// all reads a filter that is all of a command's words.
func (r *filterReader) all(a *cli.Args) error {
	for a.Len() > 0 {
		if ok, err := r.next(a); err != nil {
			return err
		} else if !ok {
			return a.Unknown()
		}
	}
	return nil
}

func readPorts(a *cli.Args) (*Ports, error) {
	from, to, err := a.Range("a port", 0, 65535)
	return &Ports{uint16(from), uint16(to)}, err
}

func protoWords(*Plugin) (names []string) {
	for _, k := range protocols {
		names = append(names, k.name)
	}
	return names
}

func readProto(a *cli.Args) (*uint8, error) {
	const what = "a protocol: a name, or a number from 0 to 255"
	word, err := a.Word(what)
	if err != nil {
		return nil, err
	}
	for _, k := range protocols {
		if k.name == strings.ToLower(word) {
			return &k.number, nil
		}
	}
	n, err := strconv.ParseUint(word, 10, 8)
	if err != nil {
		return nil, a.Errorf("expected %s, got %q; names are %s", what, word, strings.Join(protoWords(nil), ", "))
	}
	number := uint8(n)
	return &number, nil
}

func readState(_ *Plugin, f *Filter, a *cli.Args) error {
	word, err := a.Word("a state")
	if err != nil {
		return err
	}
	name, ok := findState(word)
	if !ok {
		return a.Errorf("no state %q; there are %s", word, strings.Join(StateWords, ", "))
	}
	f.States = append(f.States, name)
	return nil
}

// findState finds the name of a state or mark, hyphens and capitals as one likes.
func findState(word string) (name string, ok bool) {
	plain := strings.ReplaceAll(word, "-", "_")
	for _, name := range StateWords {
		if strings.EqualFold(name, plain) {
			return name, true
		}
	}
	return "", false
}

func readZone(_ *Plugin, f *Filter, a *cli.Args) error {
	n, err := a.Uint("a zone", 0, 65535)
	zone := uint16(n)
	f.Zone = &zone
	return err
}

// maxAge bounds ages that are asked for: no session's is counted further.
const maxAge = 49 * 24 * time.Hour

func readSeconds(a *cli.Args) (time.Duration, error) {
	return a.Duration("an age", time.Millisecond, maxAge)
}

func readAge(_ *Plugin, f *Filter, a *cli.Args) error {
	const what = "an age, >SECONDS or <SECONDS"
	word, err := a.Word(what)
	if err != nil {
		return err
	}
	bound := &f.Older
	switch {
	case strings.HasPrefix(word, "<"):
		bound = &f.Younger
	case !strings.HasPrefix(word, ">"):
		return a.Errorf("expected %s, got %q", what, word)
	}
	*bound, err = readSeconds(cli.NewArgs("age", word[1:]))
	return err
}

func readInterface(p *Plugin, f *Filter, a *cli.Args) error {
	name, err := a.Word("an interface name")
	if err == nil {
		_, err = p.dp.Interface(name)
	}
	f.Interface = name
	return err
}

// completeFilter proposes how a filter goes on, or the command's other words.
func (p *Plugin) completeFilter(others ...string) func(args []string) []string {
	return func(args []string) (words []string) {
		if len(args) > 1 {
			for _, c := range conditions {
				if before := args[len(args)-2]; before == c.word && c.hint != nil {
					return c.hint(p)
				} else if before == c.word {
					return nil
				}
			}
		}
		for _, c := range conditions {
			words = append(words, c.word)
		}
		return append(words, others...)
	}
}
