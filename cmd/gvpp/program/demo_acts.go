package program

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// ping checks how many of count requests are answered.
func (d *demo) ping(from *netlab.Host, to string, count, want int) {
	r, err := from.Ping(to, count, netlab.PingOptions{Timeout: silence})
	times := ""
	if r.Received > 0 {
		times = fmt.Sprintf(", round trip %v to %v", r.Min.Round(time.Microsecond), r.Max.Round(time.Microsecond))
	} else if err != nil && want > 0 {
		times = fmt.Sprintf(" (%v)", err)
	}
	d.check(r.Received == want, "%s pings %s: %d of %d answered%s", from.Name, to, r.Received, r.Sent, times)
}

// answered checks who answers a TCP connection.
func (d *demo) answered(from *netlab.Host, address, by string) {
	name, took, err := answer(from, address)
	if err != nil {
		d.check(false, "%s connects to %s: %v", from.Name, address, err)
		return
	}
	d.check(name == by, "%s connects to %s by TCP: %s answers, after %v", from.Name, address, name, took.Round(10*time.Microsecond))
}

// silent checks that a TCP connection comes to nothing.
func (d *demo) silent(from *netlab.Host, address string) {
	quiet, err := unanswered(from, address)
	if err != nil {
		d.check(false, "%s connects to %s: %v", from.Name, address, err)
		return
	}
	what := map[bool]string{true: fmt.Sprintf("no answer within %v", silence), false: "connected"}[quiet]
	d.check(quiet, "%s connects to %s by TCP: %s", from.Name, address, what)
}

// transfer checks that bytes arrive as they were sent, both ways at once.
func (d *demo) transfer(client, server *netlab.Host, address string, bytes int64) {
	start := time.Now()
	err := netlab.Transfer(client, server, address, bytes, 10*time.Second)
	took := time.Since(start)
	if err != nil {
		d.check(false, "%v", err)
		return
	}
	d.check(true, "%s and %s exchange %d MiB each way by TCP (%s): SHA-256 equal, %.0f Mbit/s each way",
		client.Name, server.Name, bytes>>20, address, float64(bytes)*8/1e6/took.Seconds())
}

// datagrams checks how many datagrams to an echo server come back.
func (d *demo) datagrams(from, server *netlab.Host, address string, count, want int) error {
	stop, err := server.ServeUDPEcho(address)
	if err != nil {
		return err
	}
	defer stop()
	n, err := from.UDPEcho(address, count, 512, silence)
	if err != nil {
		return err
	}
	d.check(n == want, "%s sends %d datagrams to %s: %d came back", from.Name, count, address, n)
	return nil
}

// cable is plain forwarding.
func (d *demo) cable(ctx context.Context) error {
	d.begin(actCable)
	d.ping(d.alice, bobAddr, 1, 0)
	if err := d.forget(d.alice, bobAddr); err != nil {
		return err
	}
	if err := d.operate(ctx, actCable); err != nil {
		return err
	}
	d.ping(d.alice, bobAddr, 5, 5)
	d.ping(d.alice, bobAddr6, 3, 3)
	d.answered(d.bob, net.JoinHostPort(aliceAddr, "22"), "alice")
	d.transfer(d.alice, d.bob, net.JoinHostPort(bobAddr, "5000"), 8<<20)
	return nil
}

// drop is a rule that drops, with the trace of a packet.
func (d *demo) drop(ctx context.Context) error {
	d.begin(actDrop)
	if err := d.operate(ctx, actDrop); err != nil {
		return err
	}
	if err := d.enter(ctx, "trace add ethernet-input 20"); err != nil {
		return err
	}
	d.ping(d.alice, bobAddr, 3, 0)
	n, err := d.rule(ctx, ruleDrop)
	if err != nil {
		return err
	}
	d.check(n == 3, "rule %d counts %d packets", ruleDrop, n)
	d.typed("gvpp#", "show trace")
	text, err := d.gvpp.client.Exec(ctx, "show trace", false)
	if err != nil {
		return err
	}
	dropped := ""
	for packet := range strings.SplitSeq(text, "Packet ") {
		if strings.Contains(packet, "pkt-classify") && strings.Contains(packet, "error-drop") {
			dropped = packet
			break
		}
	}
	d.check(dropped != "", "the trace has a dropped packet:")
	_, dropped, _ = strings.Cut(dropped, "\n\n")
	d.quote(dropped)
	if _, err := d.gvpp.client.Exec(ctx, "clear trace", false); err != nil {
		return err
	}
	d.answered(d.alice, net.JoinHostPort(bobAddr, "80"), "bob")
	return nil
}

// sessions is keep-state: replies pass, and nothing unasked.
func (d *demo) sessions(ctx context.Context) error {
	d.begin(actSessions)
	if err := d.operate(ctx, actSessions); err != nil {
		return err
	}
	d.ping(d.alice, bobAddr, 3, 3)
	d.answered(d.alice, net.JoinHostPort(bobAddr, "80"), "bob")
	if err := d.datagrams(d.alice, d.bob, net.JoinHostPort(bobAddr, "53"), 10, 10); err != nil {
		return err
	}
	before, err := d.fallen(ctx, "bob")
	if err != nil {
		return err
	}
	d.silent(d.bob, net.JoinHostPort(aliceAddr, "22"))
	if err := d.datagrams(d.bob, d.alice, net.JoinHostPort(aliceAddr, "53"), 2, 0); err != nil {
		return err
	}
	after, err := d.fallen(ctx, "bob")
	if err != nil {
		return err
	}
	d.check(after >= before+3, "the default of bob's interface dropped %d packets meanwhile", after-before)
	return nil
}

// redirect sends a port's connections to the third host.
func (d *demo) redirect(ctx context.Context) error {
	d.begin(actRedirect)
	web := net.JoinHostPort(bobAddr, "8080")
	d.answered(d.alice, web, "bob")
	if err := d.operate(ctx, actRedirect); err != nil {
		return err
	}
	d.answered(d.alice, web, "carol")
	d.answered(d.alice, net.JoinHostPort(bobAddr, "80"), "bob")
	d.transfer(d.alice, d.carol, net.JoinHostPort(bobAddr, "8081"), 4<<20)
	d.silent(d.carol, net.JoinHostPort(aliceAddr, "22"))
	n, err := d.rule(ctx, ruleRedirect)
	if err != nil {
		return err
	}
	d.check(n > 0, "rule %d has decided about %d packets", ruleRedirect, n)
	return nil
}

// figures shows what gvpp tells about all that.
func (d *demo) figures(ctx context.Context) error {
	d.chapter("What gvpp knows")
	list, err := ask[[]flowtrack.Session](ctx, d, "show flowtrack")
	if err != nil {
		return err
	}
	both := 0
	for _, s := range list {
		if s.Packets[0] > 0 && s.Packets[1] > 0 {
			both++
		}
	}
	d.check(both >= 5, "%d sessions have packets of both directions", both)
	for _, line := range []string{"show flowtrack", "show classify", "show errors", "show interface", "show hardware alice", "show runtime"} {
		if err := d.enter(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// router is a bridge domain with a gateway in it, behind which another network is.
func (d *demo) router(ctx context.Context) error {
	d.begin(actRouter)
	if err := d.operate(ctx, actRouter); err != nil {
		return err
	}
	d.ping(d.alice, bobAddr, 3, 3)
	d.ping(d.alice, daveAddr, 3, 3)
	hop, err := d.alice.Probe("udp", daveAddr, 33434, 1, silence)
	d.check(err == nil && hop.From.String() == gateway && hop.Type == 11, "alice sends dave a datagram with TTL 1, as traceroute does: %s", told(hop, err))
	d.answered(d.alice, net.JoinHostPort(daveAddr, "80"), "dave")
	d.silent(d.bob, net.JoinHostPort(daveAddr, "80"))
	d.transfer(d.alice, d.dave, net.JoinHostPort(daveAddr, "5000"), 8<<20)
	for _, line := range []string{"show bridge-domain 1 detail", "show ip neighbors", "show ip fib " + daveAddr} {
		if err := d.enter(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// crash kills gvpp and sees what the kernel does about it.
func (d *demo) crash(ctx context.Context) error {
	d.chapter("kill -9")
	names := []string{"alice", "bob", "carol", "dave"}
	attached := func() (n int, err error) {
		for _, name := range names {
			a, err := d.box.Link(name)
			if err != nil {
				return 0, err
			}
			if x := a.Xdp; x != nil && x.Attached {
				n++
			}
		}
		return n, nil
	}
	n, err := attached()
	if err != nil {
		return err
	}
	d.check(n == len(names), "while gvpp runs, %d interfaces carry its XDP program", n)
	d.typed("#", fmt.Sprintf("kill -9 %d", d.gvpp.cmd.Process.Pid))
	start := time.Now()
	d.gvpp.kill()
	for n > 0 && time.Since(start) < time.Second && err == nil {
		if n, err = attached(); n > 0 {
			time.Sleep(time.Millisecond)
		}
	}
	d.check(n == 0 && err == nil, "%v later, %d do: the interfaces are the kernel's again", time.Since(start).Round(time.Millisecond), n)
	return err
}
