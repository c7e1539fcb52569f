package classify_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify"
)

// A list that is read while rules come and go: each rule that is there all the time is given once, in order, and none that is not
// there any more.
func TestListWhileRulesChange(t *testing.T) {
	r := newRig(t, "a", "b")
	rnd, ctx := rand.New(rand.NewPCG(9, 9)), t.Context()
	for round := range 60 {
		ids, err := r.cls.Replace(ctx, nil, wildcards(r, rnd, 50+rnd.IntN(50)))
		r.ok(err)
		stay, gone := map[uint32]bool{}, []uint32(nil)
		for _, id := range ids {
			if stay[id] = rnd.IntN(3) == 0; !stay[id] {
				gone = append(gone, id)
			}
		}
		rnd.Shuffle(len(gone), func(i, j int) { gone[i], gone[j] = gone[j], gone[i] })
		var got []uint32
		deleted := map[uint32]bool{}
		for at := classify.FirstPage; at != classify.LastPage; {
			list, next, err := r.cls.List(at, nil, 1+rnd.IntN(5))
			r.ok(err)
			for _, l := range list {
				if deleted[l.Rule.ID] {
					t.Fatalf("round %d: rule %d is given, and has been deleted", round, l.Rule.ID)
				}
				if stay[l.Rule.ID] {
					got = append(got, l.Rule.ID)
				}
			}
			at = next
			for range min(len(gone), rnd.IntN(12)) {
				r.ok(r.cls.Delete(ctx, gone[0]))
				deleted[gone[0]] = true
				gone = gone[1:]
			}
			if rnd.IntN(3) == 0 {
				_, err := r.cls.Add(ctx, randomWildcard(rnd, 1), nil)
				r.ok(err)
			}
		}
		want := slices.DeleteFunc(slices.Clone(ids), func(id uint32) bool { return !stay[id] })
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: %v, want %v", round, got, want)
		}
		_, _, err = r.cls.ReplaceAll(ctx, 1, nil)
		r.ok(err)
	}
}

// Very many rules of others do not make a page long, but there is a next one.
func TestListOfOneInterfaceAmongOthers(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule b pass")
	_, err := r.cls.Replace(t.Context(), nil, wildcards(r, rand.New(rand.NewPCG(1, 1)), 1000))
	r.ok(err)
	r.cli("classify add rule b drop")
	pages, b, got := 0, r.index("b"), []uint32(nil)
	for at := classify.FirstPage; at != classify.LastPage; pages++ {
		list, next, err := r.cls.List(at, &b, 4)
		r.ok(err)
		for _, l := range list {
			got = append(got, l.Rule.ID)
		}
		at = next
	}
	if !slices.Equal(got, []uint32{0, 1001}) || pages < 15 || pages > 17 {
		t.Errorf("%v in %d pages", got, pages)
	}
}
