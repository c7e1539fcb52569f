package systest

import (
	"fmt"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A flood of SYNs from 50,000 sources, at a server inside that is open to all and answers none of them, into a table of
// 10,000 sessions: a transfer from inside goes on meanwhile, and a connection that is silent lives through it.
func TestLiveFlood(t *testing.T) {
	const sources, room, flooded = 50_000, 10_000, "10.0.0.99"
	g := newGuarded(t, "flowtrack { sessions 10000 }")
	g.d.addRule(fmt.Sprint("right before ", g.stopped, " dst ", flooded, " proto tcp dport 80 state new pass"))
	ok(t, g.server.Neighbour("eth0", flooded, net.HardwareAddr{2, 0, 0, 0, 0, 1})) // the client, which is silent about it
	syns := make([][]byte, sources)
	for i := range syns {
		syns[i] = segment(t, "tcp 172.16.%d.%d:%d > %s:80 [S] seq %d", i>>8, i&255, 1024+i, flooded, i)
	}
	f := newForger(t, g.server)
	silent, busy := g.talkTo(g.server, server4+":7300"), g.talkTo(g.server, server4+":7301")
	ok(t, silent.round([]byte("hello")))
	ok(t, busy.round([]byte("hello")))
	silentBefore, busyBefore, begun := g.one(7300), g.one(7301), g.hits(g.begun)

	done, flood := make(chan error, 1), make(chan error, 1)
	go func() { flood <- f.flood(syns) }()
	start, moved := time.Now(), int64(0)
	for flooding := true; flooding; { // a transfer at least as long as the flood
		const n = 10_000_000
		go func() { done <- busy.upload(n) }()
		if err := <-done; err != nil {
			t.Fatalf("the transfer ends in the flood after %d bytes: %v", moved, err)
		}
		moved += n
		select {
		case err := <-flood:
			ok(t, err)
			flooding = false
		default:
		}
	}
	took := time.Since(start)
	if err := silent.round([]byte("still there")); err != nil {
		t.Errorf("the silent connection has not survived: %v", err)
	}

	var s struct{ Sessions, Capacity, Created, Evicted, Refused int }
	g.d.show("show flowtrack summary", &s)
	if s.Sessions > room || s.Created < sources*9/10 || s.Created != s.Sessions+s.Evicted {
		t.Errorf("the table: %+v", s)
	}
	for _, x := range []struct{ before, now tracked }{{silentBefore, g.one(7300)}, {busyBefore, g.one(7301)}} {
		if x.now.Flow != x.before.Flow || x.now.Detail != "ESTABLISHED" {
			t.Errorf("port %d: the session was %+v and is %+v", x.now.DstPort, x.before, x.now)
		}
	}
	if n, lost := g.hits(g.begun)-begun, g.hits(g.stopped); n != 0 || lost != 0 {
		t.Errorf("%d packets of the transfer were new, %d were dropped", n, lost)
	}
	if m := g.faults("sessions given up for room"); len(m) != 0 {
		t.Errorf("show flowtrack errors: %v", m)
	}
	info, err := tcpInfo(busy.near)
	ok(t, err)
	_, full := g.d.dropped()
	t.Logf("flood of %v: %+v; meanwhile %.2f Gb/s of TCP, %d segments sent again, queue full for %d packets", took, s, float64(moved)*8/1e9/took.Seconds(), info.Total_retrans, full)
}

// flood sends packets, some tens of thousands a second.
func (f *forger) flood(packets [][]byte) error {
	const burst, pause = 50, 2 * time.Millisecond
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i, p := range packets {
		if i%burst == 0 {
			<-tick.C
		}
		if err := f.Send(p); err != nil {
			return err
		}
	}
	return nil
}

// tcpInfo is what the kernel tells about a connection's own end.
func tcpInfo(c net.Conn) (info *unix.TCPInfo, err error) {
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return nil, err
	}
	if e := raw.Control(func(fd uintptr) { info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); e != nil {
		return nil, e
	}
	return info, err
}
