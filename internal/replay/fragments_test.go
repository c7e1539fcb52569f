package replay

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/reassembly"
)

// TestFragments: fragments that wait for others have their lines when they end, in that order: together with the last one,
// when their time is over, or at the end of all.
func TestFragments(t *testing.T) {
	if _, ok := any(flowtrack.New()).(reassembly.Tracker); !ok {
		t.Skip("the tracker does not follow datagrams yet")
	}
	const udp = "udp 10.0.0.1:5 > 10.0.0.2:53 "
	a := capture(t,
		shot{0, udp + "nosum frag 0+ len 16 data 0005003500280000"}, // bytes 0 to 24
		shot{second, udp + "frag 4"},                                // 32 to 40
		shot{2 * second, udp + "ipid 7 frag 0+ len 8"},
		shot{3 * second, udp + "frag 3+"},
		shot{4 * second, udp + "ipid 8 frag 2"},
		shot{33 * second, udp + "ipid 9 frag 2"},
		shot{34 * second, "tcp 10.0.0.1:5 > 10.0.0.2:80 [S]"},
	)
	out := t.TempDir() + "/b.pcap"
	verdicts, output, sum, err := run(t, Options{In: []File{{"a", a}}, Out: []File{{"b", out}}, Then: []string{"show reassembly"}},
		"classify add rule a proto udp dport 53 keep-state pass", "classify default a drop")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for l := range strings.Lines(verdicts) {
		n, rest, _ := strings.Cut(strings.TrimPrefix(l, `{"n":`), ",")
		_, verdict, _ := strings.Cut(rest, `"verdict":"`)
		verdict, _, _ = strings.Cut(verdict, `"`)
		_, reason, _ := strings.Cut(rest, `"reason":"`)
		reason, _, _ = strings.Cut(reason, `"`)
		order = append(order, n+" "+verdict+" "+reason)
	}
	want := "1 pass rule; 4 pass rule; 2 pass rule; 3 drop incomplete datagram: timeout; 5 drop incomplete datagram: timeout; 7 drop default; 6 drop incomplete datagram"
	if got := strings.Join(order, "; "); got != want {
		t.Errorf("got  %s\nwant %s\n%s", got, want, verdicts)
	}
	if sum.Packets != 7 || sum.Passed != 3 || sum.Dropped != 4 || !strings.Contains(output, "1 of 1024") {
		t.Errorf("%+v, %s", sum, output)
	}
}
