package tuple

import (
	"fmt"
	"math/bits"
	"testing"
)

func Diag(s *Set, v *View, keys []Key) string {
	asks, heads, lines, cands := 0, 0, 0, 0
	for i := range keys {
		k := &keys[i]
		best := noLabel
		c := v.candidates(k)
		cands += bits.OnesCount64(c)
		for ; c != 0; c &= c - 1 {
			t := &v.tables[bits.TrailingZeros64(c)]
			if t.first >= best {
				continue
			}
			asks++
			at := t.head(v.tag(t, k))
			if at != 0 {
				heads++
			}
			for at != 0 {
				lines++
				l := &v.lines[at]
				if l.label >= best {
					break
				}
				if l.matches(k.Addr[0], k.Rest) {
					best = l.label
					break
				}
				at = l.next
			}
		}
	}
	n := float64(len(keys))
	return fmt.Sprintf("tables %d cand %.2f asks %.2f chains %.2f lines %.2f", len(v.tables), float64(cands)/n, float64(asks)/n, float64(heads)/n, float64(lines)/n)
}

var _ = testing.Short

func Tables(s *Set) (out string) {
	for i := range s.tables {
		t := &s.tables[i]
		out += fmt.Sprintf("  %2d %016x %010x bits %d lines %d buckets %d used %d first %d\n", i, t.addr[0], t.rest, t.size, t.lines, len(t.buckets), t.used, t.first>>32)
	}
	return
}
