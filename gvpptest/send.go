package gvpptest

import (
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/dataplane/port"
)

// Interface is an interface of a harness.
type Interface struct {
	Name  string
	Index uint32 // sw_if_index
	mem   *port.Memory
}

// traced is how many packets of one send are followed.
const traced = 100

// SendAndExpect lets packets arrive at in, and fails the test unless as many leave by out, and none by another interface. It returns
// those that left, in order.
func (h *Harness) SendAndExpect(in *Interface, packets []Packet, out *Interface) []Packet {
	h.t.Helper()
	got := h.send(in, packets)
	for _, i := range h.mems {
		want := 0
		if i == out {
			want = len(packets)
		}
		if n := len(got[i]); n != want {
			h.t.Errorf("%d packets into %s: %d left by %s, want %d:%s\n%s", len(packets), in.Name, n, i.Name, want, list(got[i]), h.Trace())
		}
	}
	return got[out]
}

// SendAndAssertNoReplies lets packets arrive at in, and fails the test if any packet leaves by any interface.
func (h *Harness) SendAndAssertNoReplies(in *Interface, packets []Packet) {
	h.t.Helper()
	got := h.send(in, packets)
	for _, i := range h.mems {
		if n := len(got[i]); n != 0 {
			h.t.Errorf("%d packets into %s: %d left by %s, want none:%s\n%s", len(packets), in.Name, n, i.Name, list(got[i]), h.Trace())
		}
	}
}

// send lets packets arrive, and lets the worker go on until it has nothing to do. It returns what left by each interface.
func (h *Harness) send(in *Interface, packets []Packet) map[*Interface][]Packet {
	h.t.Helper()
	if err := h.DP.Graph().TraceAdd("ethernet-input", traced); err != nil {
		h.t.Fatal(err)
	}
	for _, p := range packets {
		if in.mem.Inject(0, p) != 1 {
			h.t.Fatalf("gvpptest: %d packets into %s are more than it holds", len(packets), in.Name)
		}
	}
	h.step()
	got := map[*Interface][]Packet{}
	for _, i := range h.mems {
		for _, p := range i.mem.Sent() {
			got[i] = append(got[i], p)
		}
	}
	return got
}

func (h *Harness) step() {
	for h.DP.Step() {
	}
}

// Trace is what each node did with the packets that were sent last, as `show trace` prints it.
func (h *Harness) Trace() string {
	h.t.Helper()
	return h.Exec("show trace")
}

// ExpectCounter fails the test unless a node's counter, by its text, stands at want.
func (h *Harness) ExpectCounter(node, text string, want uint64) {
	h.t.Helper()
	if n := h.Counter(node, text); n != want {
		h.t.Errorf("counter %q of %s is %d, want %d; all that are not zero: %v", text, node, n, want, h.DP.Errors())
	}
}

// Counter is a node's counter, by its text.
func (h *Harness) Counter(node, text string) uint64 {
	for _, e := range h.DP.Errors() {
		if e.Node == node && e.Reason == text {
			return e.Count
		}
	}
	return 0
}

// list is packets, a line each.
func list(packets []Packet) string {
	var s strings.Builder
	for _, p := range packets {
		fmt.Fprintf(&s, "\n  %s", p)
	}
	return s.String()
}
