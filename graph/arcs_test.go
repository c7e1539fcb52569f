package graph_test

import (
	"fmt"
	"testing"
)

func TestArcsAreDescribed(t *testing.T) {
	v := newWired(t, true)
	a := v.Plan.Arcs()
	if len(a) != 1 || fmt.Sprintf("%s %v %s %s %s", a[0].Name, a[0].ByTx, a[0].Features, a[0].End, a[0].Ends) != "arc true [f g h] end [end other-end]" {
		t.Errorf("%+v", a)
	}
	v.must(v.SetArcEnd("arc", 1, "other-end"))
	for _, c := range []struct {
		arc  string
		swIf uint32
		end  string
	}{{"arc", 1, "other-end"}, {"arc", 2, "end"}, {"arc", 999, ""}, {"bow", 1, ""}} {
		if end, ok := v.ArcEnd(c.arc, c.swIf); end != c.end || ok != (c.end != "") {
			t.Errorf("%s of %d ends in %q, %v", c.arc, c.swIf, end, ok)
		}
	}
}
