package classify_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/internal/packetline"
)

// verdicts are the words that classify keeps in the sessions.
func (r *rig) verdicts() (words []uint64) {
	t, _ := r.trk.Tables()
	for x := range uint32(t.Slots()) {
		if t.Alive(x) {
			words = append(words, t.State(x).LoadVerdict())
		}
	}
	return words
}

// TestOneLookup: the session of a packet that a stateless rule lets through knows the rule from its second packet on, and
// the rule still decides and counts; a change of the rules is believed by the very next packet.
func TestOneLookup(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a proto udp dport 53 pass", "classify default a drop")
	const line = "udp 10.0.0.1:1000 > 10.0.0.2:53"
	r.passes("a", "b", line, 0)
	if v := r.verdicts(); len(v) != 1 || v[0] != 0 {
		t.Fatalf("after one packet the sessions know %x, want one that knows nothing", v)
	}
	for range 3 {
		r.passes("a", "b", line, 0)
	}
	if v := r.verdicts(); len(v) != 1 || v[0] == 0 {
		t.Errorf("after four packets the sessions know %x", v)
	}
	if n := r.cls.Report(nil)[0].Rules[0].Packets; n != 4 {
		t.Errorf("the rule has counted %d packets of 4", n)
	}
	r.cli("classify add rule a before 0 src 10.0.0.1/32 drop")
	r.drops("a", line, 1)
	r.cli("classify del rule 1")
	r.passes("a", "b", line, 0)
	r.passes("a", "b", line, 0)
	r.cli("classify del rule 0")
	r.drops("a", line, -1)
	r.cli("classify default a pass")
	for range 3 {
		r.passes("a", "b", line, -1)
	}
}

// TestNotEverythingIsCached: what a rule says to one packet of a session is not what it says to the next where rules look
// at TCP flags or ICMP codes.
func TestNotEverythingIsCached(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a proto tcp tcp-flags F/F drop", "classify add rule a proto icmp icmp 8/1 drop", "classify default a pass")
	for range 3 {
		r.passes("a", "b", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [A]", -1)
		r.drops("a", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [FA]", 0)
		r.passes("a", "b", "icmp 10.0.0.1 > 10.0.0.2 type 8 id 7", -1)
		r.drops("a", "icmp 10.0.0.1 > 10.0.0.2 type 8 code 1 id 7", 1)
	}
}

// TestCachedVectors sends whole vectors of few sessions in both directions while the rules change between them: everything
// must be decided as the golden twin does, packet by packet.
func TestCachedVectors(t *testing.T) {
	tw := newTwin(t)
	rnd := rand.New(rand.NewPCG(7, 8))
	for round := range 30 {
		tw.reset(rnd, 1+rnd.IntN(6))
		for range 4 {
			in := tw.names[rnd.IntN(len(tw.names))]
			var frames [][]byte
			for range 1 + rnd.IntN(120) {
				src, dst := 1+rnd.IntN(3), 1+rnd.IntN(3)
				line := "udp 10.0.0.%d:1000 > 10.0.0.%d:53 len %d"
				if rnd.IntN(2) == 0 {
					line = "udp 10.0.0.%d:53 > 10.0.0.%d:1000 len %d"
				}
				frames = append(frames, packetline.MustBuild(fmt.Sprintf(line, src, dst, 20+len(frames))))
			}
			got := tw.vector(in, frames)
			for i, f := range frames {
				if want := tw.c.decide(in, f, tw.force.class[uint16(len(f))]); got[i].out != want.out || got[i].rule != want.rule {
					t.Fatalf("round %d, packet %d into %s: %+v, want %+v", round, i, in, got[i], want)
				}
			}
		}
	}
}

// vector sends frames, no two of one length, all at once; their outcomes come in the frames' order.
func (r *rig) vector(in string, frames [][]byte) []outcome {
	r.begin()
	place := map[int]int{}
	for i, f := range frames {
		r.ports[in].Inject(0, f)
		place[len(f)] = i
	}
	r.stepping = true
	for r.dp.Step() {
	}
	r.stepping = false
	if len(r.got) != len(frames) || len(place) != len(frames) {
		r.t.Fatalf("%d packets of %d lengths into %s came to %d ends", len(frames), len(place), in, len(r.got))
	}
	ordered := make([]outcome, len(frames))
	for i, o := range r.got {
		ordered[place[int(r.metas[i].Len)]] = o
	}
	return ordered
}
