package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/internal/packetline"
)

// tracking is what belongs to a session, and what only claims to.
func (d *demo) tracking(ctx context.Context) error {
	d.begin(actTracking)
	if err := d.operate(ctx, actTracking); err != nil {
		return err
	}
	if err := d.resets(ctx); err != nil {
		return err
	}
	const large = 4000
	before, err := d.fallen(ctx, "bob")
	if err != nil {
		return err
	}
	d.pingLarge(d.alice, bobAddr, large, 3)
	d.pingLarge(d.bob, aliceAddr, large, 0)
	after, err := d.fallen(ctx, "bob")
	if err != nil {
		return err
	}
	d.check(after >= before+3*3, "the default of bob's interface dropped %d packets meanwhile: each of bob's is three fragments", after-before)
	hop, err := d.alice.Probe("udp", bobAddr, 9, 64, silence)
	d.check(err == nil && hop.From.String() == bobAddr && hop.Type == 3 && hop.Code == 3, "alice sends a datagram to a port of bob's where nobody is: %s", told(hop, err))
	return d.enter(ctx, "show flowtrack errors")
}

func told(hop netlab.Hop, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%v says so, ICMP type %d code %d", hop.From, hop.Type, hop.Code)
}

// pingLarge is ping with so many bytes.
func (d *demo) pingLarge(from *netlab.Host, to string, size, want int) {
	r, err := from.Ping(to, 3, netlab.PingOptions{Timeout: silence, Size: size})
	why := ""
	if want > 0 && err != nil {
		why = fmt.Sprintf(" (%v)", err)
	}
	d.check(r.Received == want, "%s pings %s with %d bytes, in fragments: %d of %d answered%s", from.Name, to, size, r.Received, r.Sent, why)
}

// resets sends forged ones into a connection between alice and bob.
func (d *demo) resets(ctx context.Context) error {
	l, err := d.bob.Listen("tcp", net.JoinHostPort(bobAddr, "9000"))
	if err != nil {
		return err
	}
	defer l.Close()
	near, err := d.alice.Dial("tcp", l.Addr().String(), 2*time.Second)
	if err != nil {
		d.check(false, "alice connects to %v: %v", l.Addr(), err)
		return nil
	}
	defer near.Close()
	far, err := l.Accept()
	if err != nil {
		return err
	}
	defer far.Close()
	forger, err := d.bob.Injector()
	if err != nil {
		return err
	}
	defer forger.Close()
	const blind = 3
	for i := range blind {
		if err := reset(forger, far, near, (i+1)<<29); err != nil {
			return err
		}
	}
	err = errors.Join(says(far, near), says(near, far)) // what bob says comes behind the RSTs; alice acknowledges it
	n, e := d.rule(ctx, ruleInvalid)
	d.check(err == nil && n == blind, "%d forged RSTs of bob's, out of the window: rule %d has dropped %d, alice's connection goes on%s", blind, ruleInvalid, n, reason(err))
	if err := errors.Join(e, reset(forger, far, near, 0)); err != nil {
		return err
	}
	near.SetReadDeadline(time.Now().Add(silence))
	_, err = near.Read(make([]byte, 1))
	d.check(errors.Is(err, syscall.ECONNRESET), "one more, with the number that bob would send next: alice's connection ends (%v)", err)
	return nil
}

// reset sends a RST in the name of a connection's far end, with the number that this end would send next and so much more.
func reset(forger *netlab.Injector, far, near net.Conn, more int) error {
	next, _, err := netlab.Sequence(far)
	if err != nil {
		return err
	}
	frame, err := packetline.Build(fmt.Sprintf("tcp %v > %v [R] seq %d win 0", far.LocalAddr(), near.LocalAddr(), next+uint32(more)))
	if err != nil {
		return err
	}
	const etherLen = 14
	return forger.Send(frame[etherLen:])
}

// says sends a word over a connection.
func says(from, to net.Conn) error {
	to.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := io.WriteString(from, "hello"); err != nil {
		return err
	}
	_, err := io.ReadFull(to, make([]byte, len("hello")))
	return err
}

// reason is an error behind a statement.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(" (%v)", err)
}
