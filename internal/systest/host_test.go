package systest

import (
	"net"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// pairedSite is a router between client and server whose left interface has a device of the host, cp0, with its addresses.
func pairedSite(t *testing.T) (*site, *daemon) {
	t.Helper()
	s := newSite(t, 1, 1)
	d := s.runBare("af_xdp { interface left interface right } linux-cp { pair { left host-if cp0 } }")
	for _, line := range []string{
		"set interface ip address left 10.9.1.1/24", "set interface ip address right 10.9.2.1/24", "set interface ip address left fd09:1::1/64",
	} {
		d.ctl(line)
	}
	for _, a := range []string{"10.9.1.1/24", "fd09:1::1/64"} {
		ok(t, s.dp.Addr("cp0", a))
	}
	for _, a := range []string{"10.9.1.2/24", "fd09:1::2/64"} {
		ok(t, s.client.Addr("eth0", a))
	}
	ok(t, s.server.Addr("eth0", "10.9.2.2/24"))
	ok(t, s.client.Route("10.9.2.0/24", "10.9.1.1"))
	ok(t, s.server.Route("10.9.1.0/24", "10.9.2.1"))
	return s, d
}

// The host's stack speaks for an interface's addresses: whoever connects to them reaches a program of the host, and the other way round.
// What gvpp answers itself it goes on to answer.
func TestHostSpeaksForInterface(t *testing.T) {
	s, d := pairedSite(t)
	for _, a := range []struct{ own, client string }{{"10.9.1.1", "10.9.1.2"}, {"fd09:1::1", "fd09:1::2"}} {
		if _, err := s.client.Ping(a.own, 3, netlab.PingOptions{}); err != nil {
			t.Errorf("ping %s: %v\n%s", a.own, err, d.ctl("show errors"))
		}
		const seconds = 20
		if err := netlab.Transfer(s.client, s.dp, net.JoinHostPort(a.own, "2222"), 200_000, seconds*time.Second); err != nil {
			t.Errorf("client to host: %v\n%s%s", err, d.ctl("show lcp"), d.ctl("show errors"))
		}
		if err := netlab.Transfer(s.dp, s.client, net.JoinHostPort(a.client, "2222"), 200_000, seconds*time.Second); err != nil {
			t.Errorf("host to client: %v\n%s%s", err, d.ctl("show lcp"), d.ctl("show errors"))
		}
	}
	if i := d.interfaces()["tap0"].Counters; i.Rx < 100 || i.Tx < 100 {
		t.Errorf("tap0 %+v", i)
	}
	d.ctl("lcp delete left")
	if _, err := s.dp.Link("cp0"); err == nil {
		t.Error("a deleted pair leaves its device")
	}
	d.ctl("lcp create left host-if cp0")
	d.kill()
	if _, err := s.dp.Link("cp0"); err == nil {
		t.Error("a killed gvpp leaves its device")
	}
}

// A flood to an own address reaches the host up to the limit, and takes nothing from what is routed.
func TestFloodToHost(t *testing.T) {
	s, d := pairedSite(t)
	const rate, burst = 500, 100
	d.ctl("lcp punt-limit left rate 500 burst 100")
	for _, to := range []string{"10.9.1.1", "10.9.2.2"} {
		if _, err := s.client.Ping(to, 3, netlab.PingOptions{}); err != nil {
			t.Logf("ping %s at first: %v", to, err) // while neighbours are asked for
		}
	}
	begin := time.Now()
	f := startFlood(t, s.client, s.dp, "10.9.1.1:9000", 20_000, 100)
	r, err := s.client.Ping("10.9.2.2", 200, netlab.PingOptions{Interval: 5 * time.Millisecond})
	ok(t, err)
	f.stop()
	most := burst + int(float64(rate)*time.Since(begin).Seconds())
	if r.Lost() > 2 {
		t.Errorf("%d of %d routed pings lost", r.Lost(), r.Sent)
	}
	if f.sent < 5000 || f.got == 0 || f.got > most {
		t.Errorf("%d of %d reached the host, want at most %d\n%s", f.got, f.sent, most, d.ctl("show lcp"))
	}
	t.Logf("%d sent, %d reached the host, at most %d may; of %d routed pings %d lost", f.sent, f.got, most, r.Sent, r.Lost())
}
