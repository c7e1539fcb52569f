package classify_test

import "testing"

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
