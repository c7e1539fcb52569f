package classify_test

import "testing"

const (
	query  = "udp 10.0.0.1:1000 > 10.0.0.2:53"
	answer = "udp 10.0.0.2:53 > 10.0.0.1:1000"
)

// The interface that a keep-state rule redirects to needs no rules of its own for the answers to find back.
func TestAnswersFromAnInterfaceWithoutRules(t *testing.T) {
	r := newRig(t, "a", "b", "c")
	r.cli("set interface l2 xconnect a b", "classify add rule a proto udp keep-state redirect c")
	r.passes("a", "c", query, 0)
	r.passes("c", "a", answer, 0)
	r.cli("classify del rule 0")
	r.passes("a", "b", query, -1)
}

// A session kept on its way in by a rule that passes, and on its way out by one that redirects: only the latter knows
// the way back.
func TestAnswersOfARedirectOnTheWayOut(t *testing.T) {
	r := newRig(t, "a", "b", "c")
	r.cli("set interface l2 xconnect a b", "classify add rule a proto udp keep-state pass", "classify add rule b out keep-state redirect c",
		"classify default a drop", "classify default b drop", "classify default c drop")
	for range 2 {
		r.passes("a", "c", query, 1)
		r.passes("c", "a", answer, 1)
		r.cli("classify add rule a src 9.9.9.9 drop") // a new generation
		r.passes("c", "a", answer, 1)
	}
	r.drops("c", "udp 10.0.0.2:54 > 10.0.0.1:1000", -1)
}
