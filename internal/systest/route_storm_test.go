package systest

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/packetline"
)

// Bounds that nodes/ip promises: docs/design/0010-routing.md.
const (
	asksPerSecond   = 487 // of an interface
	wantedOfOne     = 512 + 32
	learnsPerSecond = 500
	waitingPackets  = 2 * 64 * 4 // of a worker and family
)

// storm sends packets for a second, and pings a host behind all the while. each is called now and then.
func (r *routed) storm(packet func(n int), to string, each func(round int)) (n int, took time.Duration) {
	r.t().Helper()
	start, rounds := time.Now(), 0
	for time.Since(start) < time.Second {
		packet(n)
		if n++; n%1000 == 0 {
			r.reaches(r.client, to, 1)
			if each != nil {
				each(rounds)
			}
			rounds++
		}
	}
	return n, time.Since(start)
}

// A scan of a connected network: what is asked, kept and remembered is bounded, the server is reached all the while, and other
// senders' packets find hosts that nobody has heard of before.
func TestRoutedScan(t *testing.T) {
	r := newRouted(t, nil)
	ok(t, r.client.Route("10.128.0.0/16", gate1))
	r.ctl("set interface ip address right 10.128.0.254/16")
	i, err := r.client.Injector()
	ok(t, err)
	defer i.Close()
	for _, c := range []struct{ far, scan, other, host string }{
		{far1, "udp 10.1.0.1:1 > 10.128.%d.%d:1", "udp 10.1.0.%d:1 > 10.128.255.%d:1", "10.128.255.%d"},
		{far1v6, "udp [fd01::1]:1 > [fd02::%d:%d]:1", "udp [fd01::%d]:1 > [fd02::cafe:%d]:1", "fd02::cafe:%d"},
	} {
		const others = 8 // a scanner's class has one of 16 senders
		for n := range others {
			a := fmt.Sprintf(c.host, 10+n)
			ok(t, r.server.Addr("eth0", fmt.Sprintf("%s/%d", a, netip.MustParseAddr(a).BitLen())))
		}
		r.reaches(r.client, c.far, 3)
		before, out := r.tx("right"), r.buffersOut()
		n, took := r.storm(func(n int) {
			ok(t, i.Send(packetline.MustBuild(fmt.Sprintf(c.scan, n>>8&0x7f, n&0xff))[14:]))
		}, c.far, func(round int) {
			n := 10 + round%others
			ok(t, i.Send(packetline.MustBuild(fmt.Sprintf(c.other, n, n))[14:]))
		})
		sent := float64(r.tx("right") - before)
		found := 0
		for _, x := range r.neighbors("right", "reachable") {
			for n := range others {
				if x.Address == fmt.Sprintf(c.host, 10+n) {
					found++
				}
			}
		}
		wanted := len(r.neighbors("right", "incomplete", "failed"))
		t.Logf("%d packets to as many hosts in %v: %.0f packets to the network, %d neighbours looked for, %d of %d hosts found", n, took, sent, wanted, found, others)
		if rest := float64(n/1000) + 2*others; n < 2000 || sent > asksPerSecond*(took.Seconds()+2)+2*rest || wanted > wantedOfOne+16*others {
			t.Errorf("%d packets: %.0f to the network, %d neighbours looked for", n, sent, wanted)
		}
		if found < others/2 {
			t.Errorf("%d of %d hosts were found during the scan\n%s", found, others, r.ctl("show errors"))
		}
		if now := r.buffersOut(); now > out+waitingPackets+keptByWorkers {
			t.Errorf("%d buffers are with ports and workers, %d before", now, out)
		}
		t.Logf("%s", r.ctl("show errors"))
		r.lines("ip neighbor-flush right")
		time.Sleep(3200 * ms) // until what still waits is given up: it takes the turns of whoever is of the scanner's class by chance
	}
}

// Requests by hosts that nobody knows: all are answered, few are remembered, and the server is reached all the while.
func TestRoutedRequestStorm(t *testing.T) {
	r := newRouted(t, nil)
	r.ctl("set interface ip address left 10.128.0.254/16")
	f, err := r.client.Framer("eth0")
	ok(t, err)
	defer f.Close()
	for _, c := range []struct {
		far   string
		frame func(n int) []byte
	}{{far1, requestARP}, {far1v6, requestND}} {
		r.reaches(r.client, c.far, 3)
		before, known := r.tx("left"), len(r.neighbors("left", "reachable"))
		n, took := r.storm(func(n int) { ok(t, f.Send(c.frame(n))) }, c.far, nil)
		answers := r.tx("left") - before
		learned := len(r.neighbors("left", "reachable")) - known
		t.Logf("%d requests by as many hosts in %v: %d packets back, %d neighbours learned", n, took, answers, learned)
		if n < 2000 || float64(learned) > learnsPerSecond*(took.Seconds()+1) || learned < 100 {
			t.Errorf("%d requests, %d neighbours learned", n, learned)
		}
		if answers > uint64(n+2*(n/1000)+100) {
			t.Errorf("%d requests, %d packets back", n, answers)
		}
	}
}

// requestARP asks for the router, as the n-th of many hosts.
func requestARP(n int) []byte {
	p := make([]byte, 60)
	for i := range 6 {
		p[i] = 0xff
	}
	mac := []byte{2, 0, 0, 0x10, byte(n >> 8), byte(n)}
	copy(p[6:], mac)
	copy(p[12:], []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1})
	copy(p[22:], mac)
	copy(p[28:], []byte{10, 128, byte(n >> 8), byte(n | 1)})
	copy(p[38:], []byte{10, 128, 0, 254})
	return p
}

// requestND is the same in IPv6.
func requestND(n int) []byte {
	mac := []byte{2, 0, 0, 0x10, byte(n >> 8), byte(n)}
	target := netip.MustParseAddr(gate1v6).As16()
	p := packetline.MustBuild(fmt.Sprintf("icmpv6 fd01::5:%x > ff02::1:ff00:fe type 135 ttl 255 data %x0101%s", n&0xffff, target, hex.EncodeToString(mac)))
	copy(p, []byte{0x33, 0x33, 0xff, 0, 0, 0xfe})
	copy(p[6:], mac)
	return p
}

// keptByWorkers is how many buffers a worker and its ports may have more at one time than at another.
const keptByWorkers = 512

// buffersOut is how many buffers are with ports and workers.
func (r *routed) buffersOut() int {
	r.t().Helper()
	var b struct{ Buffers, Free int }
	r.show("show buffers", &b)
	return b.Buffers - b.Free
}
