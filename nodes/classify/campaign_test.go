package classify_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify"
)

// twin is a rig with the golden twin beside it.
type twin struct {
	*rig
	c goldenRules
}

func newTwin(t testing.TB) *twin {
	tw := &twin{rig: newRig(t, "a", "b", "c", "d")}
	tw.c.peer = map[string]string{"a": "b", "b": "a", "c": "d", "d": "c"}
	tw.c.index, tw.c.nameByIndex = map[string]uint32{}, map[uint32]string{}
	for _, n := range tw.names {
		tw.c.index[n] = tw.rig.index(n)
		tw.c.nameByIndex[tw.rig.index(n)] = n
	}
	if err := tw.force.start(rand.New(rand.NewPCG(9, 9)), len(tw.names)); err != nil {
		t.Fatal(err)
	}
	return tw
}

// reset makes n random rules and settings, on both sides.
func (tw *twin) reset(r *rand.Rand, n int) {
	var all []uint32
	for i := range tw.c.rules {
		all = append(all, tw.c.rules[i].ID)
	}
	if _, err := tw.cls.Replace(context.Background(), all, nil); err != nil {
		tw.t.Fatal(err)
	}
	c := &tw.c
	c.rules, c.packets, c.bytes = nil, map[int]uint64{}, map[int]uint64{}
	c.defaultsIn, c.defaultsOut, c.nonIPs = map[string]uint64{}, map[string]uint64{}, map[string]uint64{}
	c.neighboursIn, c.neighboursOut = map[string]uint64{}, map[string]uint64{}
	c.fallback, c.nonIP, c.off = map[string]classify.Action{}, map[string]classify.Action{}, map[string]bool{}
	c.configuredAny = map[string]bool{}
	for _, name := range tw.names {
		c.fallback[name], c.nonIP[name] = classify.Action(r.IntN(2)), classify.Action(r.IntN(2))
		c.off[name], c.configuredAny[name] = r.IntN(10) == 0, true
		tw.cli("classify default "+name+" "+c.fallback[name].String(), "classify non-ip "+name+" "+c.nonIP[name].String())
		tw.cli("classify " + map[bool]string{true: "disable ", false: "enable "}[c.off[name]] + name)
	}
	for range n {
		rule, words := randomRule(r, tw.names, c.index)
		tw.cli("classify add rule " + words)
		list := tw.cls.Report(&rule.Interface)
		rule.ID = list[0].Rules[len(list[0].Rules)-1].ID
		c.rules = append(c.rules, rule)
	}
}

// TestTwin holds the real path against the twin: outcome by outcome, then the counters.
func TestTwin(t *testing.T) {
	sets, packets := 400, 600
	if raceEnabled || testing.Short() {
		sets = 12
	}
	tw := newTwin(t)
	r := rand.New(rand.NewPCG(1, 2))
	for set := range sets {
		tw.reset(r, r.IntN(25))
		before := tw.cls.Report(nil)
		for range packets {
			in, frame := pick(r, tw.names), randomFrame(r)
			got := tw.send(in, frame)
			if want := tw.c.decide(in, frame, tw.force.class[uint16(len(frame))]); got != want {
				t.Fatalf("set %d: %x into %s, %v (%+v):\n got %+v\nwant %+v\n%s", set, frame, in, tw.force.class, goldenParse(frame), got, want, tw.dump())
			}
		}
		tw.checkCounters(before)
		if t.Failed() {
			t.Fatalf("set %d\n%s", set, tw.dump())
		}
	}
}

func (tw *twin) dump() string {
	var s []string
	for _, i := range tw.cls.Report(nil) {
		s = append(s, i.Interface+" default "+i.Default)
		for _, r := range i.Rules {
			s = append(s, "  "+r.Direction+" "+r.Rule)
		}
	}
	return strings.Join(s, "\n")
}

// checkCounters compares all counters; those of defaults since before.
func (tw *twin) checkCounters(before []classify.InterfaceReport) {
	for i, got := range tw.cls.Report(nil) {
		for _, r := range got.Rules {
			if want, bytes := tw.c.packets[int(r.ID)], tw.c.bytes[int(r.ID)]; r.Packets != want || r.Bytes != bytes {
				tw.t.Errorf("rule %d: %d packets, %d bytes; want %d, %d", r.ID, r.Packets, r.Bytes, want, bytes)
			}
		}
		n := got.Interface
		have := []uint64{got.In.Packets - before[i].In.Packets, got.Out.Packets - before[i].Out.Packets, got.NonIPHits.Packets - before[i].NonIPHits.Packets,
			got.NeighboursIn.Packets - before[i].NeighboursIn.Packets, got.NeighboursOut.Packets - before[i].NeighboursOut.Packets}
		if want := []uint64{tw.c.defaultsIn[n], tw.c.defaultsOut[n], tw.c.nonIPs[n], tw.c.neighboursIn[n], tw.c.neighboursOut[n]}; !slices.Equal(have, want) {
			tw.t.Errorf("%s: defaults in, out, non-ip and neighbour discovery in, out counted %d, want %d", n, have, want)
		}
	}
}
