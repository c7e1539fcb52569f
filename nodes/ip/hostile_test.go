package ip_test

import (
	"testing"

	"github.com/gvpp/gvpp/internal/packetline"
)

// raw injects a line's frame from a MAC address.
func (r *rig) raw(from, line string, mac ...byte) []string {
	r.t.Helper()
	p := packetline.MustBuild(line)
	copy(p, r.mems[from].MAC)
	copy(p[6:], mac)
	r.mems[from].Inject(0, p)
	return r.step()
}

// The pieces of a fragment must not begin anew at offset 0: as a first fragment that no input rule has seen.
func TestFragmentsBehindTheEnd(t *testing.T) {
	r := routed(t)
	r.cli("set interface mtu ip4 600 b")
	for _, line := range []string{"udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 8120+ len 584", "udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 8191+ len 1000", "udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 8119+ len 592"} {
		r.expect(line, r.send("a", line))
	}
	if n := len(r.send("a", "udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 8118 len 584")); n != 2 {
		t.Errorf("%d pieces of the last fragment that there may be", n)
	}
}
