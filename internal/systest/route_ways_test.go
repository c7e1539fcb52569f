package systest

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/internal/packetline"
)

// ear hears UDP and knows which source ports it has heard how often.
type ear struct {
	net.PacketConn
	mu    sync.Mutex
	heard map[uint16]int
	all   int
}

func listen(t *testing.T, h *netlab.Host, address string) *ear {
	c, err := h.ListenPacket("udp", address)
	ok(t, err)
	t.Cleanup(func() { c.Close() })
	ok(t, c.(*net.UDPConn).SetReadBuffer(8<<20))
	e := &ear{PacketConn: c, heard: map[uint16]int{}}
	go func() {
		for {
			_, from, err := c.ReadFrom(make([]byte, 100))
			if err != nil {
				return
			}
			e.mu.Lock()
			e.heard[from.(*net.UDPAddr).AddrPort().Port()]++
			e.all++
			e.mu.Unlock()
		}
	}()
	return e
}

func (e *ear) sum() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all
}

// take is what has been heard, and forgets it.
func (e *ear) take() map[uint16]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.heard
	e.heard, e.all = map[uint16]int{}, 0
	return h
}

// Flows spread over two ways, each on its own, and all go one way when the other ends.
func TestRoutedSpread(t *testing.T) {
	const flows, packets = 2000, 3
	const low, high = 1000 - 134, 1000 + 134 // flows at each of two: the mean and 6 standard deviations of 22.4
	var other *netlab.Host
	r := newRouted(t, func(s *site) {
		other = s.host("other")
		s.cable("second", 1, other, net.HardwareAddr{2, 0, 0, 0, 0, 3}, "10.3.0.1/24", "fd03::1/64")
		ok(t, other.Route("10.1.0.0/16", "10.3.0.254"))
		ok(t, other.Route("fd01::/64", "fd03::fe"))
	}, "second")
	r.lines("set interface ip address second 10.3.0.254/24", "set interface ip address second fd03::fe/64",
		"ip route add 10.2.9.0/24 via 10.2.0.1 right via 10.3.0.1 second", "ip route add fd02:9::/64 via fd02::1 right via fd03::1 second")
	i, err := r.client.Injector()
	ok(t, err)
	defer i.Close()
	for _, c := range []struct{ to, line, right, second string }{
		{"10.2.9.9", "udp 10.1.0.1:%d > 10.2.9.9:7000", far1, "10.3.0.1"},
		{"fd02:9::9", "udp [fd01::1]:%d > [fd02:9::9]:7000", far1v6, "fd03::1"},
	} {
		r.knows("right", c.right)
		r.knows("second", c.second)
		var ears [2]*ear
		for n, h := range []*netlab.Host{r.server, other} {
			bits := netip.MustParseAddr(c.to).BitLen()
			ok(t, h.Addr("eth0", fmt.Sprintf("%s/%d", c.to, bits)))
			ears[n] = listen(t, h, net.JoinHostPort(c.to, "7000"))
		}
		send := func() (heard [2]map[uint16]int) {
			sent := 0
			for range packets {
				for port := range flows {
					ok(t, i.Send(packetline.MustBuild(fmt.Sprintf(c.line, 1000+port))[14:]))
					if sent++; sent%100 == 0 { // no more than sockets keep
						r.arrive(func() int { return ears[0].sum() + ears[1].sum() }, sent)
					}
				}
			}
			return [2]map[uint16]int{ears[0].take(), ears[1].take()}
		}
		heard := send()
		for port, n := range heard[0] {
			if heard[1][port] != 0 || n != packets {
				t.Errorf("%s: flow %d: %d packets by one way, %d by the other", c.to, port, n, heard[1][port])
			}
		}
		a, b := len(heard[0]), len(heard[1])
		t.Logf("%s: %d flows by one way, %d by the other", c.to, a, b)
		if a < low || a > high || a+b != flows {
			t.Errorf("%s: %d flows by one way, %d by the other, want %d to %d", c.to, a, b, low, high)
		}
		r.ctl("set interface state second down")
		if heard := send(); len(heard[0]) != flows || len(heard[1]) != 0 {
			t.Errorf("%s: %d flows by the way that is left, %d by the other", c.to, len(heard[0]), len(heard[1]))
		}
		r.ctl("set interface state second up")
	}
}

// knows waits until gvpp knows a neighbour.
func (r *routed) knows(on, address string) {
	r.t().Helper()
	eventually(r.t(), address+" is known", func() bool {
		r.ctl("ping " + address + " repeat 1 interval 0.01")
		return slices.ContainsFunc(r.neighbors(on, "reachable"), func(n neighbor) bool { return n.Address == address })
	})
}

// arrive waits until so many packets have arrived.
func (r *routed) arrive(got func() int, want int) {
	r.t().Helper()
	for end := time.Now().Add(long); got() != want; time.Sleep(ms) {
		if time.Now().After(end) {
			r.t().Fatalf("%d packets have arrived, want %d\n%s%s", got(), want, r.ctl("show errors"), r.ctl("show ip neighbors"))
		}
	}
}

// Two tables have the same addresses on other links, and neither knows of the other.
func TestRoutedTables(t *testing.T) {
	var client, server *netlab.Host
	r := newRouted(t, func(s *site) {
		client, server = s.host("client2"), s.host("server2")
		s.cable("left2", 1, client, net.HardwareAddr{2, 0, 0, 0, 0, 1})
		s.cable("right2", 1, server, serverMAC)
		endHosts(t, client, server)
		ok(t, s.server.Addr("lo", "10.2.9.9/32"))
		ok(t, server.Addr("lo", "10.2.9.9/32"))
	}, "left2", "right2")
	r.lines("ip table add 7", "ip6 table add 7")
	for _, name := range []string{"left2", "right2"} {
		r.lines("set interface ip table "+name+" 7", "set interface ip6 table "+name+" 7")
	}
	r.lines("set interface ip address left2 "+gate1+"/24", "set interface ip address left2 "+gate1v6+"/64",
		"set interface ip address right2 "+gate2+"/24", "set interface ip address right2 "+gate2v6+"/64")
	for _, address := range []string{far1 + ":7000", "[" + far1v6 + "]:7000"} {
		for _, h := range []*netlab.Host{r.server, server} { // each says its name
			l, err := h.Listen("tcp", address)
			ok(t, err)
			defer l.Close()
			go func() {
				if c, err := l.Accept(); err == nil {
					_, _ = io.WriteString(c, h.Name)
					c.Close()
				}
			}()
		}
		for from, want := range map[*netlab.Host]string{r.client: "server", client: "server2"} {
			c, err := from.Dial("tcp", address, long)
			ok(t, err)
			_ = c.SetDeadline(time.Now().Add(long))
			if got, err := io.ReadAll(c); string(got) != want {
				t.Errorf("%s at %s speaks with %q, %v, want %q", from.Name, address, got, err, want)
			}
			c.Close()
		}
	}
	r.ctl("ip route add 10.2.9.0/24 via 10.2.0.1 right")
	r.reaches(r.client, "10.2.9.9", 3)
	if _, err := client.Ping("10.2.9.9", 1, netlab.PingOptions{Timeout: 100 * ms}); err == nil { // dropped, as VPP does: nobody is told
		t.Error("a route of table 0 leads on from table 7")
	}
	before := r.tx("right")
	r.ctl("ip route add 10.2.9.0/24 table 7 via 10.2.0.1 right2")
	r.reaches(client, "10.2.9.9", 3)
	if n := r.tx("right") - before; n != 0 {
		t.Errorf("%d packets have left table 7 by table 0", n)
	}
}
