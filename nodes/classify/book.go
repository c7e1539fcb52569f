package classify

import (
	"iter"

	"github.com/dolthub/swiss"

	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// book is all rules in order, as control keeps them, and what is compiled of them. A rule's position is its counter's
// number: fixed while the rule is there, and given to another one only when no worker can meet the old one any more. Its place
// in the order is its label, which leaves room for others. The zero book is empty. Plugin.mu guards it.
type book struct {
	first, last *entry
	byID        *swiss.Map[uint32, *entry]
	compiled    []compiled // by position; workers read those of rules that they can meet
	points      []tables   // by point
	cursors     []cursor   // of lists that are read page by page, the newest last
}

// entry is a rule and its neighbours in the order.
type entry struct {
	compiled
	rule       Rule
	label      uint64
	prev, next *entry
}

// flags is 1 for a rule that looks at TCP flags.
func (e *entry) flags() int {
	if e.rule.FlagsSet {
		return 1
	}
	return 0
}

// states is 1 for a rule that looks at the state of packets.
func (e *entry) states() int {
	if e.rule.States.any() {
		return 0
	}
	return 1
}

// tables is the compiled rules of a point, by family: IPv4, IPv6. Both are nil until there is a rule.
type tables struct {
	sets    [2]*tuple.Set
	views   [2]*tuple.View
	rules   int
	flags   int  // rules that look at TCP flags
	states  int  // rules that look at the state of packets
	changed bool // since the views were made
}

var families = [2]bool{false, true} // by index of tables.sets: is it IPv6

// all visits the rules in order.
func (b *book) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for e := b.first; e != nil && yield(e); e = e.next {
		}
	}
}

// find is the rule with an id, or nil.
func (b *book) find(id uint32) *entry {
	if b.byID == nil {
		return nil
	}
	e, _ := b.byID.Get(id)
	return e
}

// add puts rules before another one, or behind all where that is nil. seed is for the tables.
func (b *book) add(made []*entry, before *entry, seed func() uint64) {
	if b.byID == nil {
		b.byID = swiss.NewMap[uint32, *entry](64)
	}
	for _, e := range made {
		b.link(e, before)
		b.byID.Put(e.rule.ID, e)
		for int(e.slot) >= len(b.compiled) {
			b.compiled = append(b.compiled, compiled{})
		}
		b.compiled[e.slot] = e.compiled
		for int(e.point) >= len(b.points) {
			b.points = append(b.points, tables{})
		}
		b.points[e.point].start(seed)
		b.points[e.point].rules++
		b.points[e.point].flags += e.flags()
		b.points[e.point].states += e.states()
		b.compile(e)
	}
}

// remove takes rules out. A point that loses most of its rules is compiled anew, which takes less time and gives back the memory.
func (b *book) remove(dead []*entry, seed func() uint64) {
	gone := map[uint32]int{} // by point
	for _, e := range dead {
		b.passOver(e)
		b.unlink(e)
		b.byID.Delete(e.rule.ID)
		b.points[e.point].rules--
		b.points[e.point].flags -= e.flags()
		b.points[e.point].states -= e.states()
		gone[e.point]++
	}
	for _, e := range dead {
		if gone[e.point] <= b.points[e.point].rules {
			b.forget(e)
		}
	}
	for at, n := range gone {
		if n > b.points[at].rules {
			b.rebuild(at, seed)
		}
	}
}

// start makes the sets of a point that had no rule.
func (t *tables) start(seed func() uint64) {
	if t.sets[0] == nil {
		for i, ip6 := range families {
			t.sets[i] = tuple.New(ip6, seed())
		}
	}
}

// compile enters a rule into the sets of its point, forget takes it out.
func (b *book) compile(e *entry) {
	t, m := &b.points[e.point], e.rule.match()
	t.changed = true
	for i, ip6 := range families {
		if e.rule.has(ip6) {
			t.sets[i].Insert(&m, e.label, e.slot)
		}
	}
}

func (b *book) forget(e *entry) {
	t, m := &b.points[e.point], e.rule.match()
	t.changed = true
	for i, ip6 := range families {
		if e.rule.has(ip6) && !t.sets[i].Delete(&m, e.label, e.slot) {
			panic("classify: a rule is not in its table")
		}
	}
}

// view brings the views of a point up to date and returns them; nil for a point that never had a rule.
func (b *book) view(at uint32, seed func() uint64) (v [2]*tuple.View, rules int) {
	if int(at) >= len(b.points) {
		return v, 0
	}
	t := &b.points[at]
	if t.changed && (t.sets[0].Worn() || t.sets[1].Worn()) {
		b.rebuild(at, seed)
	}
	for i := range t.sets {
		if t.changed {
			t.views[i] = t.sets[i].Commit()
		}
	}
	t.changed = false
	return t.views, t.rules
}

// reclaim lets go of what no worker sees any more. All of them use the newest views.
func (b *book) reclaim() {
	for i := range b.points {
		for _, s := range b.points[i].sets {
			if s != nil {
				s.Reclaim()
			}
		}
	}
}

// rebuild compiles a point anew.
func (b *book) rebuild(at uint32, seed func() uint64) {
	t := &b.points[at]
	t.sets = [2]*tuple.Set{}
	t.start(seed)
	t.changed = true
	left := t.rules // a point's last rule mostly goes while others have many
	for e := b.first; e != nil && left > 0; e = e.next {
		if e.point == at {
			b.compile(e)
			left--
		}
	}
}
