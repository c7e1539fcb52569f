package flowtrack

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/graph"
)

// timeouts is how long a session of each state and class may be silent, in ticks, by word & kindMask. The control side
// writes, everybody reads.
type timeouts [kindMask + 1]atomic.Uint32

// Timeout is a named timeout. The names and defaults are nf_conntrack's, its finer TCP states folded into ours.
type Timeout struct {
	Name    string        `json:"name"`
	Default time.Duration `json:"-"`
	class   class
	states  []State
}

// Timeouts lists all of them, in the order that they are shown in.
var Timeouts = []Timeout{
	{"new", 120 * time.Second, classTCP, []State{StateNew}},
	{"established", 432000 * time.Second, classTCP, []State{StateEstablished}},
	{"fin_wait", 120 * time.Second, classTCP, []State{StateFinWait}},
	{"closed", 10 * time.Second, classTCP, []State{StateClosed}},
	{"udp", 30 * time.Second, classUDP, []State{StateNew}},
	{"udp_stream", 120 * time.Second, classUDP, []State{StateEstablished}},
	{"icmp", 30 * time.Second, classICMP, []State{StateNew, StateEstablished}},
	{"generic", 600 * time.Second, classOther, []State{StateNew, StateEstablished}},
}

// MaxTimeout is the longest timeout: a year. Ticks are 32 bits wide and are compared as differences up to 6.8 years.
const MaxTimeout = 365 * 24 * time.Hour

func (t *timeouts) reset() {
	for _, k := range Timeouts {
		t.set(k, k.Default)
	}
}

func (t *timeouts) set(k Timeout, d time.Duration) {
	ticks := uint32(max(1, (d+graph.TickLength-1)/graph.TickLength))
	for _, s := range k.states {
		t[uint32(k.class)<<classShift|uint32(s)].Store(ticks)
	}
}

func (t *timeouts) get(k Timeout) time.Duration {
	return time.Duration(t[uint32(k.class)<<classShift|uint32(k.states[0])].Load()) * graph.TickLength
}

// of is the timeout of a session in ticks.
func (t *timeouts) of(word uint32) uint32 { return t[word&kindMask].Load() }

// expired reports whether a session that was last seen at tick last is over at tick now.
func (t *timeouts) expired(word, last, now uint32) bool {
	silent := int32(now - last)
	return silent > 0 && uint32(silent) >= t.of(word)
}

// findTimeout finds a timeout by name, hyphens and capitals as one likes.
func findTimeout(name string) (Timeout, error) {
	plain := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	var names []string
	for _, k := range Timeouts {
		if k.Name == plain {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Timeout{}, fmt.Errorf("flowtrack: no timeout %q; there are %s", name, strings.Join(names, ", "))
}
