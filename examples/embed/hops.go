package main

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Hops counts TTL and hop limit down, as a router does, and drops packets whose time has come. The zero value is ready; what plugs
// it in keeps it, and asks it.
type Hops struct {
	dp   plugin.Dataplane
	aged []*counter.Counter // by worker, who alone adds to it; the slice is made before any runs
}

const (
	nextPass graph.Next = iota
	nextDrop
)

const errDied graph.Counter = iota

// Register implements plugin.Plugin.
func (h *Hops) Register(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     "hops",
		Nexts:    graph.Nexts{nextPass: graph.Continue, nextDrop: graph.ErrorDrop},
		Counters: graph.Counters{errDied: "TTL or hop limit ran out"},
		Arc:      graph.Arc{Name: "ip4-unicast"},
		MoreArcs: []graph.Arc{{Name: "ip6-unicast"}},
		New:      h.newNode,
		Trace: func(m *buffer.Meta, p []byte) string {
			if m.Reason != 0 {
				return "hops left: 0"
			}
			return fmt.Sprintf("hops left: %d", p[m.L3+ttlAt(m)])
		},
	})
	r.Init(func(dp plugin.Dataplane) error { h.dp = dp; return nil })
}

// Enable makes packets age that an interface receives.
func (h *Hops) Enable(name string) error {
	swIf, err := h.dp.Interface(name)
	if err != nil {
		return err
	}
	_, err4 := h.dp.SetFeature("ip4-unicast", "hops", swIf, true)
	_, err6 := h.dp.SetFeature("ip6-unicast", "hops", swIf, true)
	return errors.Join(err4, err6)
}

// Aged is how many packets have gone on, a hop older. Any goroutine may ask.
func (h *Hops) Aged() (n uint64) {
	for _, c := range h.aged {
		n += c.Load()
	}
	return n
}

// node is a worker's.
type node struct{ aged counter.Counter }

func (h *Hops) newNode(*graph.Worker) graph.Processor {
	n := &node{}
	h.aged = append(h.aged, &n.aged)
	return n
}

// Process implements graph.Processor.
func (n *node) Process(w *graph.Worker, f *graph.Frame) {
	died := 0
	bufs, nexts := f.Vector()
	for i, b := range bufs {
		m := w.Meta(b)
		if !age(w.Bytes(b)[m.L3:], m) {
			nexts[i] = nextDrop
			m.Reason = uint8(errDied) + 1 // for traces
			died++
		}
	}
	n.aged.Add(uint64(len(bufs) - died))
	w.Count(errDied, died)
}

// ttlAt is where TTL or hop limit stands in the header.
func ttlAt(m *buffer.Meta) uint16 {
	if m.IsIP4 {
		return 8
	}
	return 7
}

// age counts down, unless that is the end. An IPv4 header's checksum then is larger by what the word with the TTL is smaller.
func age(ip []byte, m *buffer.Meta) bool {
	ttl := &ip[ttlAt(m)]
	if *ttl <= 1 {
		return false
	}
	*ttl--
	if m.IsIP4 {
		sum := uint32(binary.BigEndian.Uint16(ip[10:])) + 1<<8
		binary.BigEndian.PutUint16(ip[10:], uint16(sum+(sum+1)>>16)) // 0xffff is written 0
	}
	return true
}
