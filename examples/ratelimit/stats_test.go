package ratelimit_test

import (
	"fmt"
	"testing"

	"github.com/gvpp/gvpp/plugin"
)

// told is what a plugin tells readers of the statistics segment.
type told map[string]string

func (t told) Same()                                           {}
func (t told) Number(name string, value uint64)                { t[name] = fmt.Sprint(value) }
func (t told) Numbers(name string, n int, at func(int) uint64) {}
func (t told) Counters(name string, n int, at func(int) (packets, bytes uint64)) {
	for i := range n {
		packets, bytes := at(i)
		t[name] += fmt.Sprintf("%d:%d ", packets, bytes)
	}
}

// Counts are by sw_if_index; 0 is nobody's.
func TestStatistics(t *testing.T) {
	r := newRig(t, 0, "ratelimit { limit { b packets 1 } limit { a packets 1 burst 3 } }")
	r.passes("10.0.0.1", 3, 2)
	var declared plugin.Registry
	r.plugin.Register(&declared)
	got := told{}
	for _, tell := range declared.Stats {
		tell(got)
	}
	want := told{"/ratelimit/sources": "1", "/ratelimit/passed": "0:0 3:126 0:0 ", "/ratelimit/dropped": "0:0 2:84 0:0 "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
