package systest

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// tcpBytes is the length of a transfer whose rate is of interest.
func tcpBytes() int64 {
	if testing.Short() {
		return 20_000_000
	}
	return 200_000_000
}

// The host's traffic passes unharmed, offloads as they come.
func TestForwardNative(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	if hw := d.ctl("show hardware left"); !strings.Contains(hw, "native copy") {
		t.Errorf("the mode is not native copy:\n%s", hw)
	}
	s.allTraffic(t)
	s.conserved(t, d)
	t.Logf("SIGTERM to exit: %v", d.stop(syscall.SIGTERM, s.socket))
	s.unattached("left", "right")
}

// In generic mode senders must not merge packets: gvpp says so, and with what command to turn it off.
func TestForwardGeneric(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.runBare("af_xdp { mode generic interface left interface right }")
	d.ctl("set interface l2 xconnect left right")
	hw := d.ctl("show hardware left")
	for _, want := range []string{"generic copy", "ethtool -K DEVICE tso off gso off"} {
		if !strings.Contains(hw, want) {
			t.Errorf("show hardware does not say %q:\n%s", want, hw)
		}
	}
	for _, h := range []*netlab.Host{s.client, s.server} {
		ok(t, h.Offload("eth0", "tso", false))
		ok(t, h.Offload("eth0", "gso", false))
	}
	s.allTraffic(t)
}

// Generic mode cannot work with receive merging on the device itself: gvpp refuses and names the command, and works once
// that was done.
func TestGenericOffload(t *testing.T) {
	s := newSite(t, 1, 1)
	ok(t, s.dp.Offload("left", "gro", true))
	words := []string{"run", "unix", "{", "cli-listen", s.socket, "}", "af_xdp", "{", "mode", "generic", "interface", "left", "}"}
	output(t, s.dp, words...).wants(t, 1, `interface "left"`, "ethtool -K left gro off")
	ok(t, s.dp.Offload("left", "gro", false))
	s.runBare("af_xdp { mode generic interface left }")
}

// allTraffic is ping, UDP and TCP, both families, both ways.
func (s *site) allTraffic(t *testing.T) {
	t.Helper()
	for _, to := range []string{server4, server6} {
		r, err := s.client.Ping(to, 20, netlab.PingOptions{Size: 1000})
		ok(t, err)
		if r.Lost() != 0 {
			t.Errorf("ping %s: %d of %d lost", to, r.Lost(), r.Sent)
		}
		t.Logf("ping %s: %v to %v", to, r.Min, r.Max)
	}
	for _, way := range []struct {
		from, to *netlab.Host
		address  string
	}{
		{s.client, s.server, server4 + ":7000"}, {s.server, s.client, client4 + ":7000"},
		{s.client, s.server, "[" + server6 + "]:7000"}, {s.server, s.client, "[" + client6 + "]:7000"},
	} {
		stop, err := way.to.ServeUDPEcho(way.address)
		ok(t, err)
		n, err := way.from.UDPEcho(way.address, 100, 1400, time.Second)
		stop()
		ok(t, err)
		if n != 100 {
			t.Errorf("UDP to %s: %d of 100 answered", way.address, n)
		}
		n64 := tcpBytes()
		if strings.HasPrefix(way.address, "[") {
			n64 /= 10
		}
		rate, err := transfer(way.from, way.to, way.address, n64)
		ok(t, err)
		t.Logf("TCP to %s: %d MB, %.2f Gb/s", way.address, n64/1e6, rate/1e9)
	}
}

// ifStatus is a line of show interface -o json.
type ifStatus struct {
	Name   string
	Up     bool
	Gone   string
	Device *struct {
		Mode   string
		Queues int
		LinkUp bool `json:"link_up"`
	}
	Counters ifCounters
	Ports    []struct {
		Name  string
		Value uint64
	} `json:"port_counters"`
}

type ifCounters struct {
	Rx     uint64 `json:"rx_packets"`
	Tx     uint64 `json:"tx_packets"`
	RxDown uint64 `json:"rx_down"`
	Drops  uint64 `json:"tx_drops"`
}

// interfaces is show interface, by name.
func (d *daemon) interfaces() map[string]ifStatus {
	d.t.Helper()
	var list []ifStatus
	d.show("show interface", &list)
	m := map[string]ifStatus{}
	for _, i := range list {
		m[i.Name] = i
	}
	return m
}

// port is a counter of an interface's ports.
func (i ifStatus) port(name string) uint64 {
	for _, c := range i.Ports {
		if c.Name == name {
			return c.Value
		}
	}
	return 0
}

// conserved fails unless all that came in went out, or was dropped and counted: before the cross-connect there was nowhere
// to go.
func (s *site) conserved(t *testing.T, d *daemon) {
	t.Helper()
	var l, r ifCounters
	var dropped, full uint64
	eventually(t, "as many packets out as in", func() bool { // the hosts' IPv6 may announce something between two commands
		m := d.interfaces()
		l, r = m["left"].Counters, m["right"].Counters
		dropped, full = d.dropped()
		return l.Rx+r.Rx == l.Tx+r.Tx+l.Drops+r.Drops+dropped+full
	})
	if dropped > 10 || l.Drops+r.Drops != 0 || l.Rx == 0 || r.Rx == 0 {
		t.Errorf("left %+v, right %+v; errors:\n%s", l, r, d.ctl("show errors"))
	}
	t.Logf("left to right %d packets, right to left %d; queue full for %d", l.Rx, r.Rx, full)
}

// dropped is how many packets show errors counts, and how many more because a queue was full, as it may be.
func (d *daemon) dropped() (sum, full uint64) {
	d.t.Helper()
	var list []struct {
		Reason string
		Count  uint64
	}
	d.show("show errors", &list)
	for _, e := range list {
		if strings.Contains(e.Reason, "queue is full") {
			full += e.Count
		} else {
			sum += e.Count
		}
	}
	return sum, full
}
