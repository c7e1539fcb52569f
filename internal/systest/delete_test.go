package systest

import (
	"net"
	"strings"
	"syscall"
	"testing"
)

// Interfaces are given back and taken again while others forward: the host has theirs at once, and nobody else loses a packet.
func TestDeleteInterface(t *testing.T) {
	s := newSite(t, 1, 1)
	s.cable("spare", 1, s.host("third"), net.HardwareAddr{2, 0, 0, 0, 0, 3}, "10.0.1.1/24")
	d := s.run()
	s.answersWithin(resumeCeiling)
	f := startFlood(t, s.client, s.server, server4+":9000", 5_000, 500)
	for range 5 {
		if got := d.ctl("create interface af_xdp host-if spare"); got != "spare\n" {
			t.Errorf("created %q", got)
		}
		if attrs, err := s.dp.Link("spare"); err != nil || attrs.Xdp == nil || !attrs.Xdp.Attached {
			t.Errorf("spare is not taken: %v", err)
		}
		d.ctl("set interface l2 xconnect spare right")
		d.ctl("delete interface af_xdp spare")
		s.unattached("spare")
	}
	f.stop()
	m := d.interfaces()
	_, full := d.dropped()
	congested := int(full + m["left"].port("rx dropped by the kernel") + m["right"].port("rx dropped by the kernel"))
	if missing := f.sent - f.got - f.dropped; f.sent == 0 || missing < 0 || missing > congested {
		t.Errorf("%d of %d datagrams are missing; congestion explains %d", missing, f.sent, congested)
	}
	t.Logf("%d datagrams; %s", f.sent, d.ctl("show barrier"))

	d.addRule("left proto udp dport 9001 drop")
	d.ctl("delete interface left")
	s.unattached("left", "spare")
	if got := d.ctl("show classify"); strings.Contains(got, "dport 9001") {
		t.Errorf("its rules are left:\n%s", got)
	}
	d.ctl("create interface af_xdp host-if left")
	d.ctl("set interface l2 xconnect left right")
	t.Logf("traffic resumes after %v", s.answersWithin(resumeCeiling))
	d.stop(syscall.SIGTERM, s.socket)
	s.unattached("left", "right", "spare")
}
