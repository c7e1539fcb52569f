package classify_test

import (
	"testing"

	"github.com/gvpp/gvpp/internal/packetline"
)

// TestWhatSessionsDoNotName: what rules say to one packet of a session is no answer to another one that differs in what rules look at:
// DCCP's ports, which no session is named by, and in IPv6 what is in AH, which rules do not see.
func TestWhatSessionsDoNotName(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a proto 33 dport 5001 pass", "classify add rule a proto 51 pass", "classify default a drop")
	const wrapped, plain = "udp [fd00::1]:1000 > [fd00::2]:53 ext ah", "udp [fd00::1]:1000 > [fd00::2]:53"
	for range 3 {
		r.passes("a", "b", "dccp 10.0.0.1:1000 > 10.0.0.2:5001", 0)
		r.passes("a", "b", wrapped, 1)
	}
	for range 3 {
		r.drops("a", "dccp 10.0.0.1:1000 > 10.0.0.2:22", -1)
		r.drops("a", plain, -1)
	}

	r = newRig(t, "a", "b")
	r.cli("classify add rule a proto udp pass", "classify default a drop")
	for range 3 {
		r.passes("a", "b", plain, 0)
		r.drops("a", wrapped, -1)
	}
}

// TestSameWordOtherInterface: a session that a rule of one interface lets through is not let through at another one, in the same vector
// either.
func TestSameWordOtherInterface(t *testing.T) {
	r := newRig(t, "a", "b", "c", "d")
	r.cli("classify add rule a proto udp keep-state pass", "classify default c drop")
	r.passes("a", "b", query, 0)
	for range 8 { // the interfaces take turns in being first
		r.begin()
		for _, in := range []string{"a", "c"} {
			r.ports[in].Inject(0, packetline.MustBuild(query))
		}
		for r.dp.Step() {
		}
		if len(r.got) != 2 || r.got[0].out+r.got[1].out != "b" {
			t.Fatalf("%+v, want one out of b and one dropped", r.got)
		}
	}
}
