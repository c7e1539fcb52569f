package oracle

import (
	"testing"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// TestOracleKernelAgainstItself: two namespaces say the same of the same packets, so that what differs is gvpp's.
func TestOracleKernelAgainstItself(t *testing.T) {
	limits := NewTimeouts(nil)
	a, b := newKernel(t, limits), newKernel(t, limits)
	g := NewGenerator(seeds(t)[0], 6)
	seen := map[string]bool{}
	for range packets(t, 20_000) {
		p := g.Next()
		x, err := a.Ask(p)
		ok(t, err)
		y, err := b.Ask(p)
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

// TestOracleSeesADifference: with other settings on one side, the match fails, and shows why in one packet.
func TestOracleSeesADifference(t *testing.T) {
	m := newMatch(t, NewTimeouts(nil))
	s := flowtrack.DefaultSettings
	s.TCPLoose = false
	m.settings = s // the graph's alone
	ok(t, m.Anew())
	g := NewGenerator(1, 10)
	for range 2000 {
		ok(t, m.Send(g.Next()))
	}
	list := m.Findings()
	if m.Percent() > wantPercent || len(list) == 0 {
		t.Fatalf("%s, %d findings", m.Result(), len(list))
	}
	f := list[0]
	shown, err := m.Minimise(f)
	ok(t, err)
	if !shown || len(f.Example) != 1 || f.What != "class new, gvpp invalid" {
		story, err := m.Story(f.Example)
		t.Errorf("%v, %s, %v\n%s", shown, f.What, err, story)
	}
}
