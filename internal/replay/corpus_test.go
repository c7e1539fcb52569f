package replay

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestCorpus replays every capture of the corpus twice, with and against rules, alone and beside another one: no panic, no
// broken graph, a verdict for every packet, and the second time the same bytes.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/data/pcap/*.pcap*")
	if len(files) == 0 {
		t.Skip("no corpus at ../shared/data/pcap")
	}
	rules := []string{
		"classify add rule a proto tcp keep-state pass", "classify add rule a dst ::/0 proto udp dport 1-1024 drop",
		"classify add rule b out proto udp keep-state pass", "classify add rule b in src 10.0.0.0/8 redirect b", "classify add rule b proto icmp icmp 8 keep-state redirect a",
		"classify default b drop", "classify non-ip b drop", "flowtrack timeout udp 1",
	}
	packets, broken := uint64(0), 0
	for i, f := range files {
		o := Options{In: []File{{"a", f}, {"b", files[(i+1)%len(files)]}}, Then: []string{"show classify", "show flowtrack"}}
		if i%2 == 0 {
			o.In, o.Interfaces = o.In[:1], []string{"b"}
		}
		verdicts, output, sum, err := run(t, o, rules...)
		again, output2, sum2, err2 := run(t, o, rules...)
		if verdicts != again || output != output2 || sum != sum2 || (err == nil) != (err2 == nil) {
			t.Errorf("%s: not the same again", f)
		}
		if n := strings.Count(verdicts, "\n"); uint64(n) != sum.Packets || sum.Packets != sum.Passed+sum.Dropped+sum.Redirected {
			t.Errorf("%s: %d verdicts, %+v", f, n, sum)
		}
		if err != nil {
			if broken++; !strings.Contains(err.Error(), "pcapport: ") {
				t.Errorf("%s: %v", f, err)
			}
		}
		packets += sum.Packets
	}
	t.Logf("%d captures, %d packets, %d captures refused or broken", len(files), packets, broken)
}
