package systest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// ruleReport is a rule of show classify -o json.
type ruleReport struct {
	ID      uint32
	Packets uint64
	Bytes   uint64
}

// rules is show classify: all rules, by id.
func (d *daemon) rules() map[uint32]ruleReport {
	d.t.Helper()
	var list []struct {
		Interface string
		Enabled   bool
		Rules     []ruleReport
	}
	d.show("show classify", &list)
	m := map[uint32]ruleReport{}
	for _, i := range list {
		for _, r := range i.Rules {
			m[r.ID] = r
		}
	}
	return m
}

// session is a session of show flowtrack -o json.
type session struct {
	Proto   uint8
	State   string
	Src     string
	Dst     string
	SrcPort uint16 `json:"src_port"`
	DstPort uint16 `json:"dst_port"`
	Packets [2]uint64
	Bytes   [2]uint64
}

// sessions is show flowtrack of a server's port.
func (d *daemon) sessions(proto uint8, port uint16) (found []session) {
	d.t.Helper()
	var list []session
	d.show("show flowtrack", &list)
	for _, s := range list {
		if s.Proto == proto && s.DstPort == port {
			found = append(found, s)
		}
	}
	return found
}

// How long a test waits for what must not come, and for what must.
const (
	short = 100 * time.Millisecond
	long  = 2 * time.Second
)

// udp sends datagrams one at a time, waits so long for the answer to each, and returns how many were answered.
func udp(t testing.TB, from *netlab.Host, address string, count int, patience time.Duration) int {
	t.Helper()
	n, err := from.UDPEcho(address, count, 200, patience)
	if err != nil && !errors.As(err, new(*net.OpError)) { // an ICMP error may come back
		t.Fatal(err)
	}
	return n
}

// serve answers UDP on a host until the test's end.
func serve(t testing.TB, h *netlab.Host, address string) {
	t.Helper()
	stop, err := h.ServeUDPEcho(address)
	ok(t, err)
	t.Cleanup(stop)
}

func TestDrop(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	serve(t, s.server, server4+":53")
	serve(t, s.server, server4+":54")
	serve(t, s.server, "["+server6+"]:53")
	rule4 := d.addRule("left src 10.0.0.0/24 proto udp dport 53 drop")
	rule6 := d.addRule("left src fd00::/64 proto udp dport 53 drop")
	for _, c := range []struct {
		address string
		want    int
		wait    time.Duration
	}{{server4 + ":53", 0, short}, {server4 + ":54", 3, long}, {"[" + server6 + "]:53", 0, short}} {
		if n := udp(t, s.client, c.address, 3, c.wait); n != c.want {
			t.Errorf("%s answers %d of 3, want %d", c.address, n, c.want)
		}
	}
	ok(t, s.ping(3))
	const ipBytes = 3 * (20 + 8 + 200)
	got := d.rules()
	if r := got[rule4]; r.Packets != 3 || r.Bytes < ipBytes {
		t.Errorf("the IPv4 rule counts %+v, sent 3 packets", r)
	}
	if r := got[rule6]; r.Packets != 3 {
		t.Errorf("the IPv6 rule counts %+v, sent 3 packets", r)
	}
	d.ctl(fmt.Sprint("classify del rule ", rule4))
	if n := udp(t, s.client, server4+":53", 5, long); n != 5 {
		t.Errorf("%d of 5 answered once the rule is gone", n)
	}
	d.ctl("classify default left drop")
	if _, err := s.client.Ping(server4, 1, netlab.PingOptions{Timeout: short}); err == nil {
		t.Error("ping passes a default of drop")
	}
}

// The client reaches the server; the server cannot begin anything, only answer.
func TestKeepState(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	rule := d.addRule("left src 10.0.0.0/24 keep-state pass")
	d.ctl("classify default left drop")
	d.ctl("classify default right drop")
	serve(t, s.server, server4+":7000")
	serve(t, s.client, client4+":7000")
	if _, err := transfer(s.client, s.server, server4+":80", 5_000_000); err != nil {
		t.Error(err)
	}
	if n := udp(t, s.client, server4+":7000", 20, long); n != 20 {
		t.Errorf("the client got %d of 20 answers", n)
	}
	ok(t, s.ping(3))
	if n := udp(t, s.server, client4+":7000", 3, short); n != 0 {
		t.Errorf("the server reached the client: %d answers", n)
	}
	if c, err := s.server.Dial("tcp", client4+":80", short); err == nil || !isTimeout(err) {
		t.Errorf("the server's connection is %v, %v: want silence", c, err)
	}
	if list := d.sessions(17, 7000); len(list) != 1 || list[0].Packets != [2]uint64{20, 20} || list[0].Src != client4 {
		t.Errorf("UDP sessions %+v, want one of 20 and 20 packets", list)
	}
	if list := d.sessions(6, 80); len(list) != 1 || list[0].Packets[0] < 5_000_000/1460 || list[0].Packets[1] == 0 {
		t.Errorf("TCP sessions %+v", list)
	}
	// A keep-state rule counts the packets of its sessions, both ways.
	total := uint64(0)
	var list []session
	d.show("show flowtrack", &list)
	for _, x := range list {
		total += x.Packets[0] + x.Packets[1]
	}
	if r := d.rules()[rule]; r.Packets != total {
		t.Errorf("the rule counts %d packets, its sessions %d: %+v", r.Packets, total, list)
	}
}

// A session ends with the rule that let it in.
func TestSessionOfDeletedRule(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	rule := d.addRule("left proto tcp dport 22 keep-state pass")
	d.ctl("classify default left drop")
	d.ctl("classify default right drop")
	l, err := s.server.Listen("tcp", server4+":22")
	ok(t, err)
	defer l.Close()
	go echo(l)
	c, err := s.client.Dial("tcp", server4+":22", time.Second)
	ok(t, err)
	defer c.Close()
	say := func(patience time.Duration) error {
		_ = c.SetDeadline(time.Now().Add(patience))
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
		_, err := c.Read(make([]byte, 1))
		return err
	}
	ok(t, say(time.Second))
	d.ctl(fmt.Sprint("classify del rule ", rule))
	if err := say(3 * short); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the session goes on without its rule: %v", err)
	}
	d.addRule("left proto tcp dport 22 keep-state pass")
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("unexpected: %v", err)
	}
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Read(make([]byte, 1)); err != nil { // what was sent in vain is sent again
		t.Errorf("the connection does not recover under a new rule: %v", err)
	}
}

// echo sends back what each connection sends.
func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			b := make([]byte, 1<<16)
			for {
				n, err := c.Read(b)
				if err != nil {
					return
				}
				if _, err := c.Write(b[:n]); err != nil {
					return
				}
			}
		}()
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// A third host answers in the server's place, for one service.
func TestRedirect(t *testing.T) {
	s := newSite(t, 1, 1)
	third := s.host("third")
	s.cable("third", 1, third, serverMAC, server4+"/24")
	ok(t, third.Neighbour("eth0", client4, net.HardwareAddr{2, 0, 0, 0, 0, 1}))
	d := s.runBare("af_xdp { interface left interface right interface third }")
	d.ctl("set interface l2 xconnect left right")
	d.ctl("set interface l2 xconnect third left")
	rule := d.addRule("left proto udp dport 7000 redirect third")
	serve(t, s.server, server4+":7001")
	serve(t, third, server4+":7000")
	if n := udp(t, s.client, server4+":7000", 10, long); n != 10 {
		t.Errorf("the third host answered %d of 10", n)
	}
	if n := udp(t, s.client, server4+":7001", 10, long); n != 10 {
		t.Errorf("the server answered %d of 10", n)
	}
	if r := d.rules()[rule]; r.Packets != 10 {
		t.Errorf("the rule counts %+v, sent 10", r)
	}
	if c := d.interfaces()["third"].Counters; c.Tx != 10 || c.Rx < 10 {
		t.Errorf("the third interface counts %+v", c)
	}
}
