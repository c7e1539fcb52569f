package classify

import (
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/plugin"
)

// alone is the plugin without sessions, in a dataplane of two interfaces; a has sw_if_index 1.
func alone(t *testing.T) *Plugin {
	p := New(nil)
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{p}, Interfaces: []gvpp.Interface{port.NewMemory("a", 1), port.NewMemory("b", 1)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dp.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// ruleOf is a rule of an interface with a single source port.
func ruleOf(swIf uint32, sport uint16) Rule {
	r := Any()
	r.Interface, r.Proto, r.SPort = swIf, 17, Ports{sport, sport, true}
	return r
}

// state is all that a change that fails must leave as it was.
func (p *Plugin) state() (s struct {
	rules               []string
	gen                 uint32
	slotsLeft, compiled int
}) {
	for e := range p.book.all() {
		s.rules = append(s.rules, e.rule.String())
	}
	s.gen, s.slotsLeft, s.compiled = p.gen, maxSlots-int(p.slotUsed)+len(p.freeSlot), len(p.book.compiled)
	return s
}

// TestMostRules: where there is no room for all of a change's rules, nothing changes, the error says how many are too many, and
// there is as much room as before.
func TestMostRules(t *testing.T) {
	p := alone(t)
	ids, err := p.Replace(t.Context(), nil, []Rule{ruleOf(1, 1), ruleOf(2, 2)})
	if err != nil {
		t.Fatal(err)
	}
	p.ifs[2].configured = false // as if it had no rules yet
	p.slotUsed = maxSlots - 3
	before := p.state()
	for range 2 {
		_, err = p.Replace(t.Context(), ids, []Rule{ruleOf(1, 3), ruleOf(2, 4), ruleOf(1, 5), ruleOf(1, 6)})
		if err == nil || !strings.Contains(err.Error(), "1048575") {
			t.Fatal(err)
		}
		if after := p.state(); !slices.Equal(after.rules, before.rules) || after.gen != before.gen || after.slotsLeft != before.slotsLeft ||
			after.compiled != before.compiled || p.published.Load().gen != before.gen {
			t.Errorf("%+v, before %+v", after, before)
		}
	}
	if p.ifs[2].configured {
		t.Error("b is configured by rules that were not added")
	}
	more, err := p.Replace(t.Context(), nil, []Rule{ruleOf(1, 3), ruleOf(1, 4), ruleOf(1, 5)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Add(t.Context(), ruleOf(1, 6), nil); err == nil {
		t.Error("one more than there can be")
	}
	if err := p.Delete(t.Context(), more[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Add(t.Context(), ruleOf(1, 6), &more[2]); err != nil {
		t.Error(err)
	}
	want := []string{"proto udp sport 1 pass", "proto udp sport 2 pass", "proto udp sport 3 pass", "proto udp sport 6 pass", "proto udp sport 5 pass"}
	if got := p.state().rules; !slices.Equal(got, want) {
		t.Errorf("rules %q, want %q", got, want)
	}
}

// TestPositionsAreUsedAgain: however often rules come and go, positions are those of as many rules as there are at once, and
// hardly any memory is held when they have gone.
func TestPositionsAreUsedAgain(t *testing.T) {
	p := alone(t)
	var ids []uint32
	for round := range 20 {
		var add []Rule
		for i := range 300 {
			add = append(add, ruleOf(1, uint16(round+i)))
		}
		var err error
		if ids, err = p.Replace(t.Context(), ids, add); err != nil {
			t.Fatal(err)
		}
	}
	if p.slotUsed > 2*300+10 { // the old ones are there until the new ones are
		t.Errorf("%d positions for 300 rules", p.slotUsed)
	}
	for _, id := range ids {
		if err := p.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(p.freeSlot); len(p.deadSlot) != 0 || n != int(p.slotUsed)-10 || p.book.first != nil || p.book.last != nil || p.book.byID.Count() != 0 {
		t.Errorf("%d of %d positions free, %d dead", n, p.slotUsed, len(p.deadSlot))
	}
	if s := slices.Compact(slices.Sorted(slices.Values(p.freeSlot))); len(s) != len(p.freeSlot) {
		t.Error("a position is free twice")
	}
}

// TestStatesNeedATracker: a rule that no packet could match is not added.
func TestStatesNeedATracker(t *testing.T) {
	rule := ruleOf(1, 1)
	rule.States = 1 << buffer.TrackNew
	if _, err := alone(t).Add(t.Context(), rule, nil); err == nil || !strings.Contains(err.Error(), "state new needs the flowtrack plugin") {
		t.Error(err)
	}
}
