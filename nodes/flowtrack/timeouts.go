package flowtrack

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// timeouts is how long a session of each state and class may be silent, in ticks, by word & kindMask. The control side
// writes, everybody reads.
type timeouts struct {
	ticks   [kindMask + 1]atomic.Uint32
	changes atomic.Uint32 // how often one was set, counted after it was: for whoever has planned by them
}

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

// tickLength is the resolution of sessions' times, which are 32 bits wide. Longer, and a session that has not been silent
// for its timeout can be taken to be; shorter, and the longest timeout is too short for established TCP (5 days).
const tickLength = time.Millisecond

// tickOf converts nanoseconds on the dataplane's clock.
func tickOf(now int64) uint32 { return uint32(now / int64(tickLength)) }

// Bounds of a timeout. Ticks are compared as differences of up to 2^31, which is 24.8 days.
const (
	MinTimeout = 100 * time.Millisecond
	MaxTimeout = 24 * 24 * time.Hour
)

func (t *timeouts) reset() {
	for _, k := range Timeouts {
		t.set(k, k.Default)
	}
}

func (t *timeouts) set(k Timeout, d time.Duration) {
	ticks := uint32((d + tickLength - 1) / tickLength)
	for _, s := range k.states {
		t.ticks[uint32(k.class)<<classShift|uint32(s)].Store(ticks)
	}
	t.changes.Add(1)
}

func (t *timeouts) get(k Timeout) time.Duration {
	return time.Duration(t.ticks[uint32(k.class)<<classShift|uint32(k.states[0])].Load()) * tickLength
}

// of is the timeout of a session in ticks.
func (t *timeouts) of(word uint32) uint32 { return t.ticks[word&kindMask].Load() }

// shortest is the least of all timeouts in ticks: a session that begins or changes its state now does not expire before.
func (t *timeouts) shortest() uint32 {
	least := ^uint32(0)
	for _, k := range Timeouts {
		for _, s := range k.states {
			least = min(least, t.ticks[uint32(k.class)<<classShift|uint32(s)].Load())
		}
	}
	return least
}

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
