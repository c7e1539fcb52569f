package oracle

import (
	"path/filepath"
	"testing"
)

// TestOracleCaptures sends every IP packet of the captures: as it is but for what the kernel would not route, and with all
// addresses rewritten.
func TestOracleCaptures(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/data/pcap/*.pcap*")
	if len(files) == 0 {
		t.Skip("TestOracleCaptures: no captures at ../shared/data/pcap")
	}
	for _, all := range []bool{false, true} {
		m := newMatch(t, NewTimeouts(nil))
		sent := 0
		for i, f := range files {
			list, _ := ReadCapture(f) // as far as it can be read
			w := Rewriter{All: all}
			for _, p := range list {
				sent++
				ok(t, m.Send(Packet{Data: w.Rewrite(p), Dialogue: i, Whole: p}))
			}
		}
		t.Logf("%d captures, %d packets", len(files), sent)
		settle(t, m)
	}
}
