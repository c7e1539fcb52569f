package acl_test

import (
	"testing"

	"github.com/gvpp/gvpp/nodes/classify"
)

// TestPieces: where nobody puts datagrams together, a later fragment matches a line about ports by its protocol; where somebody does,
// it has no ports and matches none. A first fragment has its own, and a whole packet is never taken for a piece.
func TestPieces(t *testing.T) {
	const (
		later, first, whole = "udp 10.0.0.1:1000 > 10.0.0.2:53 len 64 frag 185", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 64 frag 0+", "udp 10.0.0.1:1000 > 10.0.0.2:53"
		later6              = "udp [2001:db8::1]:1000 > [2001:db8::2]:53 len 64 frag 185"
		tcp                 = "tcp 10.0.0.1:1000 > 10.0.0.2:53 len 64 frag 185"
	)
	for _, c := range []struct {
		pieces bool
		list   string
		want   []string
	}{
		{true, "deny proto 17 dport 53, permit", []string{"- " + later, "- " + first, "- " + whole, "+ " + tcp}},
		{true, "deny proto 17 dport 99, permit", []string{"- " + later, "+ " + first, "+ " + whole, "+ " + tcp}},
		{true, "deny src 2001:db8::/32 proto 17 dport 99, permit src 2001:db8::/32", []string{"- " + later6}},
		{true, "permit proto 17 dport 99", []string{"+ " + later, "- " + first, "- " + whole, "- " + tcp}},
		{true, "permit+reflect proto 17 dport 99", []string{"+ " + later, "- " + whole}},
		{false, "deny proto 17 dport 53, permit", []string{"+ " + later, "- " + whole}},
		{false, "permit proto 17 dport 99", []string{"- " + later}},
	} {
		r := newRig(t)
		r.acl.Pieces = c.pieces
		r.ok(r.acl.Apply(r.ctx, 1, []uint32{r.list(c.list)}, nil))
		for _, line := range c.want {
			if got := r.passes(r.a, r.b, line[2:]); got != (line[0] == '+') {
				t.Errorf("%s, pieces %v: %s: passes is %v", c.list, c.pieces, line, got)
			}
		}
	}
}

// What a line has matched is counted for it, whichever of its rules has.
func TestPiecesCount(t *testing.T) {
	r := newRig(t)
	r.acl.Pieces = true
	n := r.list("permit proto 17 dport 53, permit proto 6 dport 53")
	r.ok(r.acl.ApplyOne(r.ctx, 1, n, classify.In, true))
	for _, line := range []string{"udp 10.0.0.1:1000 > 10.0.0.2:53 len 64 frag 185", "udp 10.0.0.1:1000 > 10.0.0.2:53", "tcp 10.0.0.1:1000 > 10.0.0.2:53 len 64 frag 185"} {
		r.passes(r.a, r.b, line)
	}
	if got := r.acl.Matches()[n]; len(got) != 2 || got[0].Packets != 2 || got[1].Packets != 1 {
		t.Errorf("%+v", got)
	}
}
