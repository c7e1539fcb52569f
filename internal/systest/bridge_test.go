package systest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// The third host of bridged sites.
const third4, third6 = "10.0.0.3", "fd00::3"

// bridgedSite is a site with a third host at "up", and cables from gvpp's namespace back into it: between loop0 and loop1, loop2 and
// loop3, and so on.
type bridgedSite struct {
	*site
	*daemon
	third *netlab.Host
}

func newBridgedSite(t *testing.T, cables int) *bridgedSite {
	s := &bridgedSite{site: newSite(t, 1, 1)}
	s.third = s.host("third")
	s.cable("up", 1, s.third, net.HardwareAddr{2, 0, 0, 0, 0, 3}, third4+"/24", third6+"/64")
	line := "af_xdp { interface left interface right interface up"
	for i := range cables {
		a, b := fmt.Sprintf("loop%d", 2*i), fmt.Sprintf("loop%d", 2*i+1)
		ok(t, s.lab.Pair(netlab.End{Host: s.dp, Name: a}, netlab.End{Host: s.dp, Name: b}))
		line += " interface " + a + " interface " + b
	}
	s.daemon = s.runBare(line + " }")
	s.bridge(1, "left", "right", "up")
	return s
}

// bridge puts interfaces into a domain.
func (s *bridgedSite) bridge(domain int, names ...string) {
	s.site.t.Helper()
	for _, name := range names {
		s.ctl(fmt.Sprintf("set interface l2 bridge %s %d", name, domain))
	}
}

// talk has all hosts ping each other.
func (s *bridgedSite) talk(count int) {
	t := s.site.t
	t.Helper()
	for _, x := range []struct {
		from *netlab.Host
		to   []string
	}{{s.client, []string{server4, third6}}, {s.server, []string{third4, client6}}, {s.third, []string{client4, server6}}} {
		for _, to := range x.to {
			eventually(t, to+" answers", func() bool {
				_, err := x.from.Ping(to, 1, netlab.PingOptions{Timeout: 100 * ms})
				return err == nil
			})
			if r, err := x.from.Ping(to, count, netlab.PingOptions{Size: 1000, Timeout: long}); err != nil || r.Lost() != 0 {
				t.Errorf("ping %s: %d of %d lost: %v\n%s", to, r.Lost(), r.Sent, err, s.ctl("show l2fib verbose"))
			}
		}
	}
}

// ports is the interface that each host's address was learned at, as `show l2fib` has it.
func (s *bridgedSite) ports() map[string]string {
	s.site.t.Helper()
	var fib struct {
		Entries []struct {
			Domain         int `json:"bd_id"`
			MAC, Interface string
		}
	}
	s.show("show l2fib verbose", &fib)
	ports := map[string]string{}
	for _, e := range fib.Entries {
		if e.Domain == 1 {
			ports[e.MAC] = e.Interface
		}
	}
	return ports
}

// inPlace fails unless hosts were learned where they are.
func (s *bridgedSite) inPlace() {
	s.site.t.Helper()
	ports := s.ports()
	for mac, at := range map[string]string{"02:00:00:00:00:01": "left", "02:00:00:00:00:02": "right", "02:00:00:00:00:03": "up"} {
		if ports[mac] != at {
			s.site.t.Errorf("%s was learned at %q, is at %s", mac, ports[mac], at)
		}
	}
}

// shout sends broadcasts from the client, all different, until it has sent n or the time is over. It returns how many.
func (s *bridgedSite) shout(n int, until time.Duration) (sent int) {
	t := s.site.t
	t.Helper()
	c, err := s.client.ListenPacket("udp4", client4+":0")
	ok(t, err)
	defer c.Close()
	to := &net.UDPAddr{IP: net.IPv4(10, 0, 0, 255), Port: 9}
	for end := time.Now().Add(until); sent < n && time.Now().Before(end); sent++ {
		if _, err := c.WriteTo(fmt.Appendf(nil, "number %d", sent), to); err != nil {
			t.Fatal(err)
		}
	}
	return sent
}

// sentBy is how many packets interfaces have sent.
func (s *bridgedSite) sentBy(names ...string) (n int) {
	i := s.interfaces()
	for _, name := range names {
		n += int(i[name].Counters.Tx)
	}
	return n
}

// Three hosts in a bridge domain reach each other, and are learned where they are.
func TestBridge(t *testing.T) {
	s := newBridgedSite(t, 0)
	s.talk(5)
	s.inPlace()
	before := s.sentBy("up")
	rate, err := transfer(s.client, s.server, server4+":7000", tcpBytes()/10)
	ok(t, err)
	t.Logf("TCP over a bridge domain: %.2f Gb/s", rate/1e9)
	if n := s.sentBy("up") - before; n > 50 {
		t.Errorf("%d frames of others' were flooded to a host", n)
	}
	for _, line := range []string{"set bridge-domain learn 1 disable", "l2fib flush-mac all"} { // a hub
		s.ctl(line)
	}
	s.talk(2)
	if got := s.ports(); len(got) != 0 {
		t.Errorf("learned without learning: %v", got)
	}
}

// Cables back into the same domain, or between two domains: a broadcast goes round once, hosts reach each other and stay where they
// are, and the operator is told where.
func TestBridgeLoop(t *testing.T) {
	for _, x := range []struct {
		name    string
		members map[int][]string
	}{
		{"one cable", map[int][]string{1: {"loop0", "loop1"}}},
		{"two domains", map[int][]string{1: {"loop0", "loop2"}, 2: {"loop1", "loop3"}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newBridgedSite(t, 2)
			cables := []string{"loop0", "loop1", "loop2", "loop3"}
			for domain, names := range x.members {
				s.bridge(domain, names...)
			}
			s.talk(3)
			const broadcasts = 300
			before := s.sentBy(cables...)
			if n := s.shout(broadcasts, 10*time.Second); n != broadcasts {
				t.Errorf("%d broadcasts in 10 s", n)
			}
			s.talk(3)
			time.Sleep(200 * time.Millisecond) // what circulates would by now have done so a thousand times
			// by both cables once, and in the other domain once more; hosts' own queries besides, and what comes after 34 ms
			if n := s.sentBy(cables...) - before; n < broadcasts || n > 6*(broadcasts+100) {
				t.Errorf("%d broadcasts were carried round %d times\n%s", broadcasts, n, s.ctl("show errors"))
			}
			s.inPlace()
			if text := s.ctl("show bridge-domain 1 detail"); !strings.Contains(text, "Loop: a frame came back") {
				t.Error(text)
			}
			told := s.log.String()
			if !slices.ContainsFunc(cables, func(name string) bool {
				return strings.Contains(told, "there is a loop") && strings.Contains(told, "interface="+name)
			}) {
				t.Errorf("the log does not name the interface: %s", told)
			}
		})
	}
}

// A host that broadcasts as fast as it can: others reach each other, and hear no more of it than the limit.
func TestBridgeStorm(t *testing.T) {
	s := newBridgedSite(t, 0)
	s.talk(2)
	const limit, long = 1000, 1500 * time.Millisecond
	storm := func() (sent, heard, lost int) {
		before, done := s.sentBy("up"), make(chan netlab.PingResult)
		go func() {
			r, _ := s.server.Ping(third4, 30, netlab.PingOptions{Timeout: time.Second})
			done <- r
		}()
		sent = s.shout(1<<30, long)
		r := <-done
		return sent, s.sentBy("up") - before, r.Lost()
	}
	sent, heard, lost := storm()
	t.Logf("without a limit: %d broadcasts sent, %d heard, %d of 30 pings between others lost", sent, heard, lost)
	s.ctl(fmt.Sprintf("set bridge-domain flood-limit 1 %d", limit))
	start := time.Now()
	sent, heard, lost = storm()
	most := int(time.Since(start).Seconds()*limit) + limit/10 + 2*30 + 50
	t.Logf("with a limit of %d a second: %d broadcasts sent, %d heard, %d of 30 pings between others lost", limit, sent, heard, lost)
	if sent < 3*limit {
		t.Skipf("%d broadcasts in %v are no storm: this machine is busy", sent, long)
	}
	if heard > most {
		t.Errorf("%d frames, want %d at most", heard, most)
	}
	if lost > 5 { // the hosts' own queues share the processor
		t.Errorf("%d of 30 pings lost", lost)
	}
	eventually(t, "the log tells of the storm", func() bool { return strings.Contains(s.log.String(), "flood-limit") })
	if text := s.ctl("show bridge-domain 1 detail"); !strings.Contains(text, "    left: ") {
		t.Error(text)
	}
}
