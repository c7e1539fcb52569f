package oracle

import "testing"

// TestOracleKernelAgainstItself: two namespaces say the same of the same packets, so that what differs is gvpp's.
func TestOracleKernelAgainstItself(t *testing.T) {
	limits := NewTimeouts(nil)
	a, b := newKernel(t, limits), newKernel(t, limits)
	g := NewGenerator(seeds(t)[0], 6)
	seen := map[string]bool{}
	for range packets(t, 20_000) {
		p := g.Next()
		x, err := a.Ask(p.Data)
		ok(t, err)
		y, err := b.Ask(p.Data)
		ok(t, err)
		if d := x.difference(y); d != "" {
			t.Fatalf("%s: %s", Describe(p.Data), d)
		}
		seen[x.Class] = true
		seen[x.Info.State] = true
	}
	for _, want := range append(append(tcpStates[1:], sctpStates[1:]...), "new", "established", "related", "invalid", "untracked", "unseen") {
		if !seen[want] && !testing.Short() {
			t.Errorf("the packets bring about no %s", want)
		}
	}
}
