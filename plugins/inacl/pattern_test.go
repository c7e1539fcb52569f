package inacl

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/cli"
)

// FuzzPattern: no words break the parser of a filter's fields, and what it reads makes a table or is refused.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{"l3 ip4 src match l3 ip4 src 10.0.0.1", "l2 src proto match l2 src 02:00:00:00:00:01 proto 2048", "hex 00ff match hex 0011", "l3 ip6 dst l4 dst_port match l4 dst_port 99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := cli.NewArgs("x", strings.Fields(text)...)
		mask, err := pattern(a, true)
		if err != nil || !a.Keyword("match") {
			return
		}
		match, err := pattern(a, false)
		if err != nil {
			return
		}
		tbl, match, err := cover(mask, match)
		if err != nil {
			return
		}
		if err := newTable(tbl, 1).put(match, false, None); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
