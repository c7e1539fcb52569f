package classify_test

import (
	"testing"

	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/nodes/classify"
	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// The two tests of the classify plugin that plugin authors begin with, test_classify.py: rules come by the messages of the binary API, and
// packets tell what the rules do. `go test ./nodes/classify -run TestClassify` runs these two and no other.

// classifyRig is a dataplane that sends what pg0 receives to pg1, and a client of its messages.
type classifyRig struct {
	*gvpptest.Harness
	t        *testing.T
	pg0, pg1 *gvpptest.Interface
	wire.Client
}

func newClassifyRig(t *testing.T) *classifyRig {
	track := flowtrack.New()
	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{track, classify.New(track)}})
	pg := h.PG(2)
	r := &classifyRig{Harness: h, t: t, pg0: pg[0], pg1: pg[1], Client: wire.NewClient(h.API())}
	h.Connect(r.pg0, r.pg1)
	r.enable(true)
	return r
}

// enable switches the rules of pg0 on or off.
func (r *classifyRig) enable(on bool) {
	r.t.Helper()
	m := &wire.ClassifyEnableDisable{SwIfIndex: interface_types.InterfaceIndex(r.pg0.Index), Enable: on}
	if _, err := r.ClassifyEnableDisable(r.t.Context(), m); err != nil {
		r.t.Fatal(err)
	}
}

// add appends a rule to those of pg0.
func (r *classifyRig) add(m wire.ClassifyAddRule) {
	r.t.Helper()
	m.SwIfIndex = interface_types.InterfaceIndex(r.pg0.Index)
	if _, err := r.ClassifyAddRule(r.t.Context(), &m); err != nil {
		r.t.Fatal(err)
	}
}

// counted fails the test unless so many packets have passed and been dropped, and each rule has decided about as many as it says.
func (r *classifyRig) counted(passed, dropped uint64, byRule ...uint64) {
	r.t.Helper()
	got, err := r.ClassifyStatsGet(r.t.Context(), &wire.ClassifyStatsGet{})
	if err != nil {
		r.t.Fatal(err)
	}
	if got.NClassified != passed+dropped || got.NPassed != passed || got.NDropped != dropped {
		r.t.Errorf("%d classified, %d passed, %d dropped; want %d, %d, %d", got.NClassified, got.NPassed, got.NDropped, passed+dropped, passed, dropped)
	}
	n := 0
	for d, err := range r.ClassifyRuleDump(r.t.Context(), &wire.ClassifyRuleDump{}) {
		if err != nil {
			r.t.Fatal(err)
		}
		if n < len(byRule) && d.PacketCount != byRule[n] {
			r.t.Errorf("rule %d has decided about %d packets, want %d", n, d.PacketCount, byRule[n])
		}
		n++
	}
	if n != len(byRule) {
		r.t.Errorf("%d rules, want %d", n, len(byRule))
	}
}

const (
	actionPass, actionDrop = 0, 1
	protoTCP, protoUDP     = 6, 17
)

// Packets that a pass rule matches arrive, each as it was.
func TestClassifyPass(t *testing.T) {
	r := newClassifyRig(t)
	r.add(wire.ClassifyAddRule{SrcIP: 0x0a000001, DstIP: 0x0a000002, Protocol: protoUDP, Action: actionPass})
	r.add(wire.ClassifyAddRule{Action: actionDrop})
	packets := gvpptest.Repeat(257, "udp 10.0.0.1:%d > 10.0.0.2:53 len 100")
	r.SendAndExpectSame(r.pg0, packets, r.pg1)
	r.SendAndExpectSame(r.pg1, packets, r.pg0) // pg1 has no rules
	r.counted(257, 0, 257, 0)
}

// Packets that a drop rule matches are dropped, others arrive; switched off, the rule drops none.
func TestClassifyDrop(t *testing.T) {
	r := newClassifyRig(t)
	r.add(wire.ClassifyAddRule{SrcIP: 0x0a000001, DstPort: 80, Protocol: protoTCP, Action: actionDrop})
	bad := gvpptest.Repeat(257, "tcp 10.0.0.1:%d > 10.0.0.2:80 [S]")
	good := gvpptest.Lines(
		"tcp 10.0.0.1:1000 > 10.0.0.2:81 [S]",
		"tcp 10.0.0.3:1000 > 10.0.0.2:80 [S]",
		"udp 10.0.0.1:1000 > 10.0.0.2:80",
		"icmp 10.0.0.1 > 10.0.0.2",
	)
	r.SendAndAssertNoReplies(r.pg0, bad)
	r.SendAndExpectSame(r.pg0, good, r.pg1)
	r.counted(4, 257, 257)
	r.enable(false)
	r.SendAndExpectSame(r.pg0, bad, r.pg1)
	r.counted(4, 257, 257)
	r.ExpectInterfaceCounter(r.pg0, "drops", 257)
}
