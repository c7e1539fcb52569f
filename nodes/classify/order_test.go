package classify

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// ordered is a book of rules of one point beside a list of their ids in order.
type ordered struct {
	book
	order []uint32
	rnd   *rand.Rand
	next  uint32
	ports bool // most rules ask for a port, which no packet has, so that chains are short
}

func one() uint64 { return 1 }

// put adds a rule before the one at a place of the order, or behind all.
func (o *ordered) put(at int) {
	r := Any()
	r.ID = o.next
	r.Src = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(o.rnd.IntN(3))}), []int{7, 8, 16}[o.rnd.IntN(3)]).Masked()
	if o.ports && o.rnd.IntN(16) > 0 {
		r.Proto, r.DPort = 6, Ports{uint16(o.next), uint16(o.next), true}
	}
	var before *entry
	if at < len(o.order) {
		before = o.find(o.order[at])
	}
	o.add([]*entry{{rule: r, compiled: r.compile(o.next)}}, before, one)
	o.order = slices.Insert(o.order, min(at, len(o.order)), r.ID)
	o.next++
}

func (o *ordered) drop(at int) {
	o.remove([]*entry{o.find(o.order[at])}, one)
	o.order = slices.Delete(o.order, at, at+1)
}

// check holds the list, the labels and the tables against the order.
func (o *ordered) check(t *testing.T) {
	t.Helper()
	var got []uint32
	label := uint64(0)
	for e := range o.all() {
		got = append(got, e.rule.ID)
		if e.label <= label {
			t.Fatalf("rule %d has label %d behind %d", e.rule.ID, e.label, label)
		}
		label = e.label
	}
	if !slices.Equal(got, o.order) {
		t.Fatalf("order %d, want %d", got, o.order)
	}
	views, rules := o.view(0, one)
	if rules != len(o.order) {
		t.Fatalf("%d rules, want %d", rules, len(o.order))
	}
	for net := range uint32(3) {
		a, want := netip.AddrFrom4([4]byte{10, byte(net), 1, 1}), noRule
		for _, id := range slices.Backward(o.order) {
			if o.find(id).rule.Src.Contains(a) && !o.find(id).rule.DPort.Set {
				want = id // its slot, too
			}
		}
		var k tuple.Key
		k.SetAddrs4(10<<24|net<<16|0x0101, 1)
		k.SetProto(6)
		if got := views[0].Find(&k); got != want {
			t.Fatalf("%v: rule %d, want %d", a, got, want)
		}
	}
}

// TestOrder: whatever place rules are put into again and again.
func TestOrder(t *testing.T) {
	for name, place := range map[string]func(o *ordered) int{
		"behind all":         func(o *ordered) int { return len(o.order) },
		"before all":         func(o *ordered) int { return 0 },
		"before the last":    func(o *ordered) int { return max(0, len(o.order)-1) },
		"in the middle":      func(o *ordered) int { return len(o.order) / 2 },
		"anywhere":           func(o *ordered) int { return o.rnd.IntN(len(o.order) + 1) },
		"before the newest":  func(o *ordered) int { return max(0, slices.Index(o.order, o.next-1)) },
		"behind the newest":  func(o *ordered) int { return slices.Index(o.order, o.next-1) + 1 },
		"here and elsewhere": func(o *ordered) int { return o.rnd.IntN(2) * len(o.order) / 3 },
	} {
		t.Run(name, func(t *testing.T) {
			o := &ordered{rnd: rand.New(rand.NewPCG(1, 2))}
			for n := range 600 {
				o.put(place(o))
				if o.rnd.IntN(4) == 0 {
					o.drop(o.rnd.IntN(len(o.order)))
				}
				if n%20 == 0 {
					o.check(t)
					o.reclaim()
				}
			}
			o.check(t)
		})
	}
}

// TestAlwaysBeforeTheSame: thousands of rules, each put right before the same one, and each before the one before it. Labels
// run out again and again, and few of the others move.
func TestAlwaysBeforeTheSame(t *testing.T) {
	n := 10000
	if testing.Short() {
		n = 2000
	}
	for name, first := range map[string]bool{"before the same": false, "before the newest": true} {
		t.Run(name, func(t *testing.T) {
			o := &ordered{rnd: rand.New(rand.NewPCG(1, 2)), ports: true}
			for range 100 {
				o.put(len(o.order))
			}
			moved, labels := 0, map[*entry]uint64{}
			for i := range n {
				at := 50
				if !first {
					at += i
				}
				if o.put(at); i%64 == 0 {
					for e := range o.all() {
						if l, ok := labels[e]; ok && l != e.label {
							moved++
						}
						labels[e] = e.label
					}
				}
				if i%1024 == 0 {
					o.check(t)
					o.reclaim()
				}
			}
			o.check(t)
			t.Logf("labels moved: %d", moved)
			if most := 24 * n; moved == 0 || moved > most {
				t.Errorf("labels changed %d times, want up to %d", moved, most)
			}
		})
	}
}

// TestLabelsRunOut: behind the last label all rules get new ones.
func TestLabelsRunOut(t *testing.T) {
	o := &ordered{rnd: rand.New(rand.NewPCG(1, 2))}
	for range 20 {
		o.put(len(o.order))
	}
	o.relabel(o.find(o.order[10]), 10, lastLabel, 1<<20)
	o.check(t)
	o.put(len(o.order))
	o.check(t)
	if o.last.label > lastLabel/2 {
		t.Errorf("the last label is %d", o.last.label)
	}
}
