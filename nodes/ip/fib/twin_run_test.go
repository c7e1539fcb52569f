package fib

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// held is a snapshot that some worker has not let go of yet, and what it led to when it was taken.
type held struct {
	*Snapshot
	routes []heldRoute
}

type heldRoute struct {
	v6      bool
	place   uint32
	prefix  netip.Prefix
	forward uint32
	key     string
}

func hold(r *rig) *held {
	h := &held{Snapshot: r.Snapshot()}
	for v, tables := range h.tables {
		for place := range tables {
			for x := range h.Routes(v == 1, uint32(place)) {
				h.routes = append(h.routes, heldRoute{v == 1, uint32(place), x.Prefix, x.Forward, keyOf(h.Forward(x.Forward).list)})
			}
		}
	}
	return h
}

// check fails if one of its routes is not what it was: what is published is never changed, and a number is not used again while
// a worker may have it.
func (h *held) check(t *testing.T, seed uint64, n int) {
	t.Helper()
	for _, x := range h.routes {
		got, ok := h.Get(x.v6, x.place, x.prefix, false)
		if !ok || got.Forward != x.forward || keyOf(h.Forward(got.Forward).list) != x.key {
			t.Fatalf("seed %d, change %d: a snapshot's route to %v was another one before", seed, n, x.prefix)
		}
	}
	count := 0
	for v, tables := range h.tables {
		for place := range tables {
			for range h.Routes(v == 1, uint32(place)) {
				count++
			}
		}
	}
	if count != len(h.routes) {
		t.Fatalf("seed %d, change %d: a snapshot has %d routes, it had %d", seed, n, count, len(h.routes))
	}
}

func TestTwin(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		t.Run(fmt.Sprintf("IPv%d", 4+2*family(v6)), func(t *testing.T) {
			seed := rand.Uint64()
			g := rand.New(rand.NewPCG(seed, 0))
			r := newRig(t)
			r.ok(r.AddTable(v6, 7, ""))
			w := &twin{map[twinRoute][]Path{}, map[uint32]bool{1: true, 2: true, 3: true, 4: true}, map[twinHost]byte{}, map[uint32][]netip.Prefix{}}
			h := hold(r)
			for n := range 1500 {
				w.random(r, g, v6)
				h.check(t, seed, n)
				if g.IntN(3) == 0 {
					r.epochs.pass()
					h = hold(r)
				}
				for range 20 {
					if err := w.agree(r, uint32(g.IntN(2)), asked(g, v6)); err != nil {
						t.Fatalf("seed %d, change %d: %v", seed, n, err)
					}
				}
				if t.Failed() {
					t.Fatalf("seed %d, change %d", seed, n)
				}
			}
			w.tidy(r, v6)
		})
	}
}

// tidy takes everything away: nothing may be left.
func (w *twin) tidy(r *rig, v6 bool) {
	for at := range w.given {
		r.ok(r.apply(v6, at.table, Change{Prefix: at.prefix, Delete: true}))
	}
	for swIf := range uint32(5) {
		r.ok(r.Forget(swIf))
	}
	r.ok(r.DeleteTable(v6, 7))
	if n := r.Sizes(); n.Routes != 8 || n.Hops != 2 || n.Forwards != 2 || len(r.recursive) != 0 || len(r.ifs) != 0 || len(r.targets) != 2 || len(r.byKey) != 2 {
		r.t.Errorf("%+v, %d recursive, %d interfaces, %d targets", n, len(r.recursive), len(r.ifs), len(r.targets))
	}
}
