package systest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// Rules come and go, and somebody watches, while several flows pass: none of their packets is lost.
func TestChurn(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	first := [2]uint32{d.addRule("left src 10.0.0.1/32 keep-state pass"), d.addRule("right src 10.0.0.2/32 keep-state pass")}
	ok(t, s.ping(3))
	floods := []*flood{
		startFlood(t, s.client, s.server, server4+":9000", 2000, 500),
		startFlood(t, s.client, s.server, server4+":9001", 2000, 100),
		startFlood(t, s.server, s.client, client4+":9002", 2000, 1200),
	}
	n := tcpBytes() / 2
	var flows sync.WaitGroup
	for i, from := range []*netlab.Host{s.client, s.server} {
		to, address := s.server, server4
		if from == s.server {
			to, address = s.client, client4
		}
		flows.Go(func() {
			rate, err := transfer(from, to, fmt.Sprintf("%s:%d", address, 8000+i), n)
			if err != nil {
				t.Error(err)
			}
			t.Logf("TCP to %s during the changes: %.2f Gb/s", address, rate/1e9)
		})
	}
	start := time.Now()
	shows := []string{"show classify", "show flowtrack", "show runtime", "show interface", "show errors", "show hardware", "show buffers"}
	for i := range 100 {
		id := d.addRule(fmt.Sprintf("%s before %d src 192.0.2.0/24 proto udp dport %d drop", [2]string{"left", "right"}[i%2], first[i%2], 1+i))
		d.ctl(shows[i%len(shows)])
		d.ctl(fmt.Sprint("classify del rule ", id))
	}
	t.Logf("100 rules added and deleted, with as many shows, in %v", time.Since(start))
	flows.Wait()
	for _, f := range floods {
		f.stop()
	}
	m := d.interfaces()
	_, full := d.dropped()
	congested := int(full + m["left"].port("rx dropped by the kernel") + m["right"].port("rx dropped by the kernel"))
	for _, f := range floods {
		t.Logf("UDP: %d sent, %d arrived, %d dropped by the receiving socket", f.sent, f.got, f.dropped)
		if missing := f.sent - f.got - f.dropped; missing < 0 || missing > congested {
			t.Errorf("%d of %d datagrams are missing; congestion explains %d", missing, f.sent, congested)
		}
	}
	t.Logf("left %v, right %v, errors:\n%s", nonzero(m["left"]), nonzero(m["right"]), d.ctl("show errors"))
	s.conserved(t, d)
}
