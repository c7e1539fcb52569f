package tuple_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

const classBenchDir = "../../../../shared/data/classbench"

// packets is how many each set meets.
func packets() int {
	if testing.Short() {
		return 100
	}
	return 3000
}

// named is ClassBench's rules; the test is skipped where they are absent.
func named(t testing.TB, name string) []tuplemerge.Rule {
	rules, err := rulegen.ClassBench(classBenchDir, name)
	if errors.Is(err, rulegen.ErrAbsent) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	return rules
}

// check holds set, single and in vectors, against trying all rules.
func check(t *testing.T, rules []tuplemerge.Rule, headers []tuplemerge.Key) {
	v := tuple.Build(false, 1, rulegen.Matches(rules)).Commit()
	keys := rulegen.TupleKeys(headers)
	var s tuple.Scratch
	out := make([]uint32, len(keys))
	for i := 0; i < len(keys); i += tuple.VectorSize {
		end := min(i+tuple.VectorSize, len(keys))
		v.FindAll(&s, keys[i:end], out[i:end])
	}
	for i := range keys {
		want := uint32(rulegen.Linear(rules, &headers[i]))
		if got := v.Find(&keys[i]); got != want || out[i] != want {
			t.Fatalf("%+v: %d alone, %d in a vector, want %d", headers[i], int32(got), int32(out[i]), int32(want))
		}
	}
}

func TestRandomRules(t *testing.T) {
	for _, n := range []int{0, 1, 2, 4, 5, 10, 100, 1000, 10000} {
		rules := rulegen.Random(n, uint64(n))
		check(t, rules, rulegen.Headers(rules, packets(), 0.7, 1))
	}
	if !testing.Short() {
		rules := rulegen.Random(100000, 1)
		check(t, rules, rulegen.Headers(rules, 1000, 0.7, 1))
	}
}

// wider makes an IPv6 prefix of an IPv4 one: under 2001:db8::/32, and where the address says so with the IPv4 address's bits
// in the lower half.
func wider(a uint32, n uint8) (hi, lo uint64, bits uint8) {
	if a>>24&3 > 0 || n < 8 {
		return 0x20010db8<<32 | uint64(a), 0, 32 + n
	}
	return 0x20010db8<<32 | uint64(a>>16), uint64(a) << 32, 64 + n
}

// TestRandomRules6: the random rules, with IPv6 addresses.
func TestRandomRules6(t *testing.T) {
	for _, n := range []int{3, 5, 100, 3000} {
		rules := rulegen.Random(n, uint64(n))
		set, matches := tuple.New(true, 1), rulegen.Matches(rules)
		for i, r := range rules {
			r.SrcBits, r.DstBits = 0, 0
			matches[i] = rulegen.Match(&r)
			if hi, lo, bits := wider(rules[i].Src, rules[i].SrcBits); rules[i].SrcBits > 0 {
				matches[i].SetSrc6(hi, lo, bits)
			}
			if hi, lo, bits := wider(rules[i].Dst, rules[i].DstBits); rules[i].DstBits > 0 {
				matches[i].SetDst6(hi, lo, bits)
			}
			set.Insert(&matches[i], uint64(i+1)<<24, uint32(i))
		}
		v, hits := set.Commit(), 0
		for _, h := range rulegen.Headers(rules, packets()/4, 0.8, 2) {
			key, want := rulegen.TupleKey(&h), tuple.None
			srcHi, srcLo, _ := wider(h.Src, 32)
			dstHi, dstLo, _ := wider(h.Dst, 32)
			key.Addr = [4]uint64{srcHi, srcLo, dstHi, dstLo}
			if i := slices.IndexFunc(matches, func(m tuple.Match) bool { return m.Matches(&key) }); i >= 0 {
				want, hits = uint32(i), hits+1
			}
			var out [1]uint32
			v.FindAll(new(tuple.Scratch), []tuple.Key{key}, out[:])
			if got := v.Find(&key); got != want || out[0] != want {
				t.Fatalf("%+v: %d alone, %d in a vector, want %d", key, int32(got), int32(out[0]), int32(want))
			}
		}
		if hits < packets()/8 {
			t.Errorf("%d rules: %d hits of %d", n, hits, packets()/4)
		}
	}
}

func TestClassBench(t *testing.T) {
	for _, name := range rulegen.ClassBenchSets {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && strings.HasSuffix(name, "10k") && name != "fw1_10k" {
				t.Skip("long")
			}
			rules := named(t, name)
			check(t, rules, rulegen.Headers(rules, packets(), 0.9, 1))
		})
	}
}
