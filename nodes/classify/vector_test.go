package classify_test

import (
	"fmt"
	"testing"

	"github.com/gvpp/gvpp/internal/packetline"
)

// both sends frames of both sides in one vector, in order a..., b...; outcomes by length.
func (r *rig) both(a, b []string) []outcome {
	r.begin()
	place := map[int]int{}
	n := 0
	for _, x := range []struct {
		in    string
		lines []string
	}{{"a", a}, {"b", b}} {
		for _, l := range x.lines {
			f := packetline.MustBuild(fmt.Sprintf("%s len %d", l, 20+n))
			r.ports[x.in].Inject(0, f)
			place[len(f)] = n
			n++
		}
	}
	for r.dp.Step() {
	}
	ordered := make([]outcome, n)
	for i, o := range r.got {
		ordered[place[int(r.metas[i].Len)]] = o
	}
	return ordered
}

// TestKeepThenReplyInOneVector: a keep-state rule is added under a session that is already tracked; first vector after it holds both directions.
func TestKeepThenReplyInOneVector(t *testing.T) {
	const orig, reply = "udp 10.0.0.1:1000 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:1000"
	for _, vector := range []bool{false, true} {
		r := newRig(t, "a", "b")
		r.cli("classify add rule a proto udp pass", "classify add rule b proto udp pass")
		r.line("a", orig)
		r.line("b", reply)
		r.cli("classify del rule 1", "classify default b drop", "classify add rule a before 0 proto udp keep-state pass")
		var o []outcome
		if vector {
			o = r.both([]string{orig}, []string{reply})
		} else {
			o = []outcome{r.line("a", orig), r.line("b", reply)}
		}
		if o[1].out != "a" {
			t.Errorf("vector %v: the reply is dropped", vector)
		}
	}
}

// TestBeginAndReplyInOneVector: a session that comes into being in the vector answers for its packets further back.
func TestBeginAndReplyInOneVector(t *testing.T) {
	const orig, reply = "udp 10.0.0.1:1000 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:1000"
	r := newRig(t, "a", "b")
	r.cli("classify add rule a proto udp keep-state pass", "classify default b drop")
	if o := r.both([]string{orig}, []string{reply}); o[1].out != "a" {
		t.Errorf("%+v", o)
	}
}

// TestWordsApart: what was found for a session holds for those with the same word only.
func TestWordsApart(t *testing.T) {
	r := newRig(t, "a", "b")
	r.cli("classify add rule a src 10.0.0.1/32 proto udp pass", "classify add rule a src 10.0.0.2/32 proto udp pass")
	var frames [][]byte
	for i := range 8 {
		frames = append(frames, packetline.MustBuild(fmt.Sprintf("udp 10.0.0.%d:1000 > 10.0.0.9:53 len %d", 1+i%2, 20+i)))
	}
	for range 3 {
		for i, o := range r.vector("a", frames) {
			if o.rule != i%2 {
				t.Errorf("packet %d: %+v", i, o)
			}
		}
	}
	for _, rule := range r.cls.Report(nil)[0].Rules {
		if rule.Packets != 12 {
			t.Errorf("rule %d has counted %d packets of 12", rule.ID, rule.Packets)
		}
	}
}
