package gvpptest

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// traced bounds the packets of one send that are followed: the graph keeps about 20 records for each of 500.
	traced = 500
	// chunk bounds what arrives at an interface before the worker goes on. Memory ports hold 4096.
	chunk = 2048
	// patience bounds the passes in which a worker finds work without an end, as with a stream that has no limit.
	patience = 20_000
)

// Stream is packets that arrive at an interface, in order.
type Stream struct {
	In      *Interface
	Packets []Packet
}

// From makes a stream for Send.
func From(in *Interface, packets []Packet) Stream { return Stream{in, packets} }

// Received is what left by each interface, in order.
type Received map[*Interface][]Packet

// SendAndExpect lets packets arrive at in, and fails the test unless as many leave by out, and none by another interface. It returns
// those that left by out, in order.
func (h *Harness) SendAndExpect(in *Interface, packets []Packet, out *Interface) []Packet {
	h.t.Helper()
	h.mustSend(out)
	got := h.Send(From(in, packets))
	h.expect(in, packets, got, out)
	return got[out]
}

// SendAndExpectSame is SendAndExpect, and fails the test, too, unless the packets that leave are those that arrived, without a
// change. Packets of different connections may overtake each other, so their order does not matter; ExpectPackets looks at it.
func (h *Harness) SendAndExpectSame(in *Interface, packets []Packet, out *Interface) {
	h.t.Helper()
	h.mustSend(out)
	got := h.Send(From(in, packets))
	if h.expect(in, packets, got, out) {
		h.expectSame(out.Name, packets, inOrderOf(packets, got[out]))
	}
}

// SendAndAssertNoReplies lets packets arrive at in, and fails the test if any packet leaves by any interface.
func (h *Harness) SendAndAssertNoReplies(in *Interface, packets []Packet) {
	h.t.Helper()
	h.expect(in, packets, h.Send(From(in, packets)), nil)
}

// Send lets packets arrive at interfaces, together, and returns what left by each when the worker has nothing more to do.
func (h *Harness) Send(streams ...Stream) Received {
	h.t.Helper()
	n := 0
	for _, s := range streams {
		h.mustHave(s.In)
		n += len(s.Packets)
		for _, p := range s.Packets {
			if room := h.DP.Buffers().Room(); len(p) > room {
				h.t.Fatalf("a packet of %d bytes into %s: a buffer holds %d", len(p), s.In.Name, room)
			}
		}
	}
	if n == 0 {
		h.t.Fatalf("nothing is sent: there are no packets in the list")
	}
	if err := h.DP.Graph().TraceAdd("ethernet-input", min(n, traced)); err != nil {
		h.t.Fatal(err)
	}
	return h.send(streams)
}

// send is Send of what can be sent.
func (h *Harness) send(streams []Stream) Received {
	h.t.Helper()
	streams = slices.Clone(streams) // it is cut
	generated := slices.ContainsFunc(streams, func(s Stream) bool { return s.In.mem == nil })
	h.before = h.transmitted()
	h.ways.begin(generated && slices.ContainsFunc(streams, func(s Stream) bool { return s.In.mem != nil }))
	for _, i := range h.ifs {
		i.others = nil
	}
	for i := range streams {
		h.generate(&streams[i])
	}
	for more := true; more; {
		more = false
		for i := range streams {
			more = h.arrive(&streams[i]) || more
		}
		h.step()
	}
	if generated {
		h.endStreams()
	}
	return h.take()
}

// arrive lets some of a stream's packets arrive at an interface in memory, and cuts them off it.
func (h *Harness) arrive(s *Stream) (more bool) {
	n := min(len(s.Packets), chunk)
	for _, p := range s.Packets[:n] {
		s.In.coming = append(s.In.coming, h.ways.expects(s.In, p))
		s.In.mem.Inject(0, p)
	}
	s.Packets = s.Packets[n:]
	return len(s.Packets) > 0
}

// Run lets the worker go on until it has nothing to do, and returns what left by each interface: for packets that are not sent by
// the harness, as those of a packet generator's streams.
func (h *Harness) Run() Received {
	h.t.Helper()
	h.step()
	return h.take()
}

// step lets the worker go on until it has nothing to do.
func (h *Harness) step() {
	h.t.Helper()
	for n := 0; h.DP.Step(); n++ {
		if n == patience {
			h.tellFaults()
			h.t.Fatalf("after %d passes the worker still has work; does a stream have no limit?\n%s", n, h.Exec("show runtime"))
		}
	}
	h.tellFaults()
	for _, i := range h.ifs {
		n := len(i.coming)
		i.coming = nil
		h.mustReceive(n, i)
	}
	for _, src := range h.sources {
		h.mustReceive(len(src.packets), src.in)
	}
}

// mustReceive fails the test where packets have not been received.
func (h *Harness) mustReceive(left int, i *Interface) {
	h.t.Helper()
	if left > 0 {
		h.t.Fatalf("%s into %s not received: %d of %d buffers are in use", plural(left, "packet"), i.Name, h.DP.Buffers().InUse(), h.DP.Buffers().Len())
	}
}

// take is what has left by the interfaces so far.
func (h *Harness) take() Received {
	got := Received{}
	for _, i := range h.ifs {
		if len(i.got) > 0 {
			got[i] = i.got
		}
		i.got = nil
	}
	return got
}

// mustHave fails the test for an interface that is none of the harness.
func (h *Harness) mustHave(i *Interface) {
	h.t.Helper()
	for _, have := range h.ifs {
		if i == have && i != nil {
			return
		}
	}
	h.t.Fatalf("an interface that is nil, or of another harness: want one from Interface, Loopback or PG of this one")
}

// mustSend fails the test for an interface that packets cannot leave by for good.
func (h *Harness) mustSend(out *Interface) {
	h.t.Helper()
	h.mustHave(out)
	if out.back {
		h.t.Fatalf("nothing leaves by %s: what is sent by it comes back; say where the packets go then", out.Name)
	}
}

// expect fails the test unless all packets have left by out, or none has left where out is nil.
func (h *Harness) expect(in *Interface, packets []Packet, got Received, out *Interface) (ok bool) {
	h.t.Helper()
	var wrong []string
	for _, i := range h.ifs {
		switch n := len(got[i]); {
		case i == out && n != len(packets):
			wrong = append(wrong, fmt.Sprintf("%d left by %s, want %d", n, i.Name, len(packets)))
		case i != out && n != 0:
			wrong = append(wrong, fmt.Sprintf("%d left by %s, want none", n, i.Name))
		}
	}
	wrong = append(wrong, h.elsewhere(got)...)
	if len(wrong) > 0 {
		h.t.Errorf("%s into %s: %s\n%s", plural(len(packets), "packet"), in.Name, strings.Join(wrong, "; "), h.report(in, out))
	}
	return len(wrong) == 0
}

// transmitted is how many packets each interface has sent, but those that give them back.
func (h *Harness) transmitted() map[string]uint64 {
	counts := map[string]uint64{}
	for _, st := range h.DP.Interfaces() {
		if i := h.find(st.Name); (i == nil || !i.back) && (st.Device == nil || st.Device.Driver != "loopback") {
			counts[st.Name] = st.Packets.TxPackets
		}
	}
	return counts
}

// elsewhere says what has left since the last send began without the harness having it: by interfaces that it did not make, or whose
// packets somebody else takes.
func (h *Harness) elsewhere(got Received) (wrong []string) {
	for name, n := range h.transmitted() {
		n -= h.before[name]
		switch i := h.find(name); {
		case i == nil && n > 0:
			wrong = append(wrong, fmt.Sprintf("%d left by %s, which is none of the harness's interfaces", n, name))
		case i != nil && n > uint64(len(got[i])):
			wrong = append(wrong, fmt.Sprintf("%d left by %s and %d came to the test: a capture has the others", n, name, len(got[i])))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// plural is "1 packet", "2 packets".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
