package classify_test

import (
	"fmt"
	"testing"
)

// TestEqualExactRules: of equal rules the first one wins, however often the table has grown; the next one when it goes.
func TestEqualExactRules(t *testing.T) {
	r := newRig(t, "a", "b")
	const n = 200
	for i := range 2 * n {
		r.cli(fmt.Sprintf("classify add rule a src 10.0.0.1 dst 10.0.0.2 proto udp sport %d dport 53 pass", i%n))
	}
	for i := range n {
		r.passes("a", "b", fmt.Sprintf("udp 10.0.0.1:%d > 10.0.0.2:53", i), i)
	}
	r.cli("classify del rule 7")
	r.passes("a", "b", "udp 10.0.0.1:7 > 10.0.0.2:53", n+7)
}
