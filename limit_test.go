package gvpp_test

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/graph"
)

// As many interfaces as there can be in a dataplane's life, one after the other; what is refused then is told with the remedy.
func TestAllInterfacesOfALife(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	for n := 1; n < graph.MaxInterfaces; n++ {
		swIf, err := r.CreateLoopback(t.Context(), nil, nil)
		if err != nil || swIf != uint32(n) {
			t.Fatalf("interface %d has sw_if_index %d: %v", n, swIf, err)
		}
		if err := r.DeleteLoopback(t.Context(), swIf); err != nil {
			t.Fatal(err)
		}
	}
	before := r.Stats().Usage()
	for range 3 {
		if _, err := r.CreateLoopback(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), "restart gvpp") {
			t.Errorf("one more: %v", err)
		}
	}
	if list := r.Interfaces(); len(list) != 0 {
		t.Errorf("%d interfaces are left", len(list))
	}
	if now := r.Stats().Usage(); now != before {
		t.Errorf("the segment: %+v, before %+v", now, before)
	}
}
