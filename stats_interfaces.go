package gvpp

import (
	"strings"

	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/stats"
)

// ifCounters are an interface's counters, in VPP's order: /if/NAME, and /interfaces/INTERFACE/NAME for one of them. Workers
// count rx, tx, drops, tx-error, ip4 and ip6; rx-no-buf, rx-miss and rx-error are the ports', sampled; the others are there for clients
// that want them, and stay zero.
var ifCounters = []struct {
	name     string
	combined bool
}{
	{"drops", false}, {"punt", false}, {"ip4", false}, {"ip6", false}, {"rx-no-buf", false}, {"rx-miss", false}, {"rx-error", false}, {"tx-error", false}, {"mpls", false},
	{"rx", true}, {"rx-unicast", true}, {"rx-multicast", true}, {"rx-broadcast", true},
	{"tx", true}, {"tx-unicast", true}, {"tx-multicast", true}, {"tx-broadcast", true},
}

// ifStatistics is what the segment has of interfaces: columns are sw_if_index.
type ifStatistics struct {
	names   *stats.Names
	all     []*stats.Counters // by place in ifCounters, and behind them vectors
	shown   []string          // by sw_if_index: the name in the segment; "" for one that was removed
	columns int
	shared  bool // row 0 is a worker's

	rx, tx                    *stats.Counters
	vectors                   *stats.Counters // of packets sent, sampled: what VPP's nodes NAME-tx have; nil: left out
	drops, txErrors, ip4, ip6 *stats.Counters
	rxNoBuf, rxMiss, rxError  *stats.Counters
}

func (i *ifStatistics) declare(ch *stats.Change, threads, first int, nodes bool) {
	i.shared = first == 0
	by := map[string]*stats.Counters{}
	for _, c := range ifCounters {
		add := ch.Simple
		if c.combined {
			add = ch.Combined
		}
		k := add("/if/"+c.name, threads, 0, graph.MaxInterfaces)
		i.all, by[c.name] = append(i.all, k), k
	}
	if nodes {
		i.vectors = ch.Simple("/if/tx-vectors", threads, 0, graph.MaxInterfaces)
		i.all = append(i.all, i.vectors)
	}
	i.names = ch.Names("/if/names", graph.MaxInterfaces)
	i.rx, i.tx, i.drops, i.txErrors = by["rx"], by["tx"], by["drops"], by["tx-error"]
	i.ip4, i.ip6 = by["ip4"], by["ip6"]
	i.rxNoBuf, i.rxMiss, i.rxError = by["rx-no-buf"], by["rx-miss"], by["rx-error"]
}

// interfaces shows the interfaces as they are: list is names by sw_if_index-1, "" for one that was removed. Dataplane.mu is held, or
// nobody else is there yet.
func (s *statistics) interfaces(list []string) {
	i := &s.ifs
	list = append([]string{local0.Name}, list...)
	s.change(func(ch *stats.Change) {
		for _, k := range i.all {
			ch.Grow(k, len(list))
		}
		for swIf, name := range list {
			if swIf == len(i.shown) {
				i.shown = append(i.shown, "")
				i.show(ch, swIf, name)
			} else if i.shown[swIf] != name {
				i.hide(ch, swIf)
				i.show(ch, swIf, name)
			}
		}
	})
}

func (i *ifStatistics) show(ch *stats.Change, swIf int, name string) {
	i.shown[swIf] = name
	if name == "" {
		ch.SetName(i.names, swIf, "deleted") // as VPP calls them
		return
	}
	ch.SetName(i.names, swIf, name)
	for c := range i.all {
		ch.Link(ifEntry(name, c), i.all[c], swIf)
	}
}

func (i *ifStatistics) hide(ch *stats.Change, swIf int) {
	for c := range i.all {
		if i.shown[swIf] != "" {
			ch.Unlink(ifEntry(i.shown[swIf], c), i.all[c], swIf)
		}
	}
}

// ifEntry is the name of an interface's counter, by place in ifStatistics.all.
func ifEntry(name string, c int) string {
	name = stats.Part(name[:min(len(name), 100)])
	if c == len(ifCounters) {
		return fit("/nodes/", name+"-tx/vectors")
	}
	return fit("/interfaces/", name+"/"+ifCounters[c].name)
}

// sampleVectors takes the packets of tx.
func (i *ifStatistics) sampleVectors(threads int) {
	if i.vectors == nil {
		return
	}
	for thread := range threads {
		sent := counter.PairsIn(i.tx.Row(thread))
		for swIf := range min(len(sent), len(i.shown)) {
			i.vectors.Set(thread, swIf, sent[swIf].Packets.Load())
		}
	}
}

// samplePorts reads what the ports count themselves. Dataplane.mu is held.
func (i *ifStatistics) samplePorts(dp *Dataplane) {
	for f := range dp.here() {
		if f.device == nil {
			continue
		}
		var n portFaults
		for _, p := range f.device.Ports() {
			p.Stats(n.add)
		}
		swIf := int(f.swIf)
		i.rxNoBuf.Set(0, swIf, n.noBuf)
		i.rxMiss.Set(0, swIf, n.miss)
		i.rxError.Set(0, swIf, n.rxError)
		if !i.shared {
			i.txErrors.Set(0, swIf, n.txError)
		}
	}
}

// portFaults is an interface's packets that did not reach the graph or the wire, as VPP sorts them.
type portFaults struct{ noBuf, miss, rxError, txError uint64 }

// add sorts a port's counter by its name.
func (n *portFaults) add(name string, value uint64) {
	switch {
	case name == "rx dropped by the kernel" || name == "rx ring full":
		n.miss += value
	case strings.HasPrefix(name, "rx no buffer") || name == "rx pool empty":
		n.noBuf += value
	case strings.HasPrefix(name, "rx "):
		n.rxError += value
	case name == "tx queue full": // workers have counted those
	case strings.HasPrefix(name, "tx "):
		n.txError += value
	}
}
