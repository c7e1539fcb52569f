package gvpptest

import (
	"context"
	"fmt"

	"github.com/gvpp/gvpp/nodes/pg"
)

// PG makes interfaces of the packet generator, pg0, pg1, … up to n of them, as tests of VPP have them, and brings them up. The verbs work
// with them as with interfaces in memory; packets pass the node pg-input. What streams of the test's own send is there after Run:
//
//	h.Exec(`packet-generator new { name x limit 3 source pg0 data { … } }`)
//	h.Exec("packet-generator enable")
//	got := h.Run()
//
// A capture that a command begins takes the packets from the harness.
func (h *Harness) PG(n int) (list []*Interface) {
	h.t.Helper()
	for id := range uint32(n) {
		i := h.find(fmt.Sprintf("pg%d", id))
		if i == nil {
			swIf, err := h.DP.CreateGenerator(context.Background(), id)
			i = h.addMade(swIf, err)
			if err := h.DP.Generator().Capture(context.Background(), i.Name, h.ways.captured(i)); err != nil {
				h.t.Fatal(err)
			}
		}
		list = append(list, i)
	}
	return list
}

// Loopback makes an interface that receives what is sent by it, loop0 at first, and brings it up. Packets arrive at it through the
// packet generator.
func (h *Harness) Loopback() *Interface {
	h.t.Helper()
	swIf, err := h.DP.CreateLoopback(context.Background(), nil, nil)
	i := h.addMade(swIf, err)
	i.back = true
	return i
}

// addMade takes up an interface that was made, and brings it up.
func (h *Harness) addMade(swIf uint32, err error) *Interface {
	h.t.Helper()
	if err == nil {
		err = h.DP.SetState(context.Background(), swIf, true)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	i := &Interface{Name: h.DP.InterfaceName(swIf), Index: swIf}
	h.ifs = append(h.ifs, i)
	return i
}

// captured is what becomes of each packet that an interface of the packet generator sends.
func (w *ways) captured(i *Interface) func([]byte) {
	return func(p []byte) {
		if !w.blind {
			i.got = append(i.got, append(Packet(nil), p...))
		}
	}
}

// source is packets for a stream of the packet generator.
type source struct {
	name    string // of the stream
	in      *Interface
	ways    *ways
	packets []Packet
	numbers []uint32
}

// Next implements pg.Source.
func (s *source) Next() []byte {
	if len(s.packets) == 0 {
		return nil
	}
	p := s.packets[0]
	s.ways.arrives(s.numbers[0])
	s.packets, s.numbers = s.packets[1:], s.numbers[1:]
	return p
}

// generate makes the packet generator send a stream's packets, unless they are for an interface in memory.
func (h *Harness) generate(s *Stream) {
	h.t.Helper()
	if s.In.mem != nil || len(s.Packets) == 0 {
		return
	}
	src := &source{name: fmt.Sprintf("gvpptest-%d", len(h.sources)), in: s.In, ways: &h.ways, packets: s.Packets}
	for _, p := range s.Packets {
		src.numbers = append(src.numbers, h.ways.expects(s.In, p))
	}
	s.Packets = nil
	g := h.DP.Generator()
	err := g.Add(context.Background(), pg.Stream{Name: src.name, Interface: s.In.Name, Packets: src})
	if err == nil {
		h.sources = append(h.sources, src)
		err = g.Enable(context.Background(), src.name)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// endStreams deletes the streams of a send.
func (h *Harness) endStreams() {
	h.t.Helper()
	for _, src := range h.sources {
		if err := h.DP.Generator().Delete(context.Background(), src.name); err != nil {
			h.t.Fatal(err)
		}
	}
	h.sources = nil
}
