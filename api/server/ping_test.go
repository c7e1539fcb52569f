package server

import (
	"slices"
	"testing"
	"time"
)

// TestPingOvertakes answers pings of other channels while a request runs; those of its own channel wait for it.
func TestPingOvertakes(t *testing.T) {
	r := serve(t, nil)
	c := hello(t, r)
	c.write(slices.Concat(c.request("toy_hold", on(5, 1)), c.request("toy_add", on(6, 1), 1, 2)))
	<-r.toy.Held
	start := time.Now()
	c.write(slices.Concat(c.request("control_ping", on(5, 2)), c.request("control_ping", on(6, 2)), c.request("control_ping", on(7, 1))))
	c.expect("control_ping_reply", on(7, 1), 0) // channel 6 has a request in the queue
	if took := time.Since(start); took > 100*time.Millisecond {
		t.Errorf("the ping took %v, want 10 ms at most", took)
	}
	r.toy.Release <- struct{}{}
	c.expect("toy_hold_reply", on(5, 1), 0)
	c.expect("toy_add_reply", on(6, 1), 0, 3)
	c.expect("control_ping_reply", on(5, 2), 0)
	c.expect("control_ping_reply", on(6, 2), 0)
}

// TestSmallContextsKeepTheirOrder is vpp_papi's case: it counts contexts up, and a ping ends its dumps.
func TestSmallContextsKeepTheirOrder(t *testing.T) {
	r := serve(t, nil)
	c := hello(t, r)
	c.write(slices.Concat(c.request("toy_hold", 1), c.request("toy_count_dump", 2, 1), c.request("control_ping", 2), c.request("control_ping", 3)))
	<-r.toy.Held
	r.toy.Release <- struct{}{}
	c.expect("toy_hold_reply", 1, 0)
	c.expect("toy_count_details", 2, 0)
	c.expect("control_ping_reply", 2, 0)
	c.expect("control_ping_reply", 3, 0)
}

// TestPingPassesDump has its answer between two details, and each of them whole.
func TestPingPassesDump(t *testing.T) {
	const details = 20000
	r := serve(t, nil)
	c := hello(t, r)
	c.write(slices.Concat(c.request("toy_count_dump", on(1, 1), details), c.request("control_ping", on(1, 1))))
	eventually(t, "the dump waits for its client", func() bool { return c.stuck(r) })
	sent := r.Clients()[0].Replies
	c.write(c.request("control_ping", on(2, 1)))
	eventually(t, "the ping is answered", func() bool { return r.Clients()[0].Replies > sent })
	next, pinged := uint32(0), uint32(0)
	for next < details || pinged == 0 {
		b := c.read()
		if id := uint16(b[0])<<8 | uint16(b[1]); id == c.table["control_ping_reply"] {
			pinged = next
			continue
		}
		if got := uint32(b[6])<<24 | uint32(b[7])<<16 | uint32(b[8])<<8 | uint32(b[9]); got != next || len(b) != 6+8+100 {
			t.Fatalf("got detail %d of %d bytes, want %d", got, len(b), next)
		}
		next++
	}
	if pinged == 0 || pinged >= details {
		t.Errorf("the ping is answered behind %d details of %d", pinged, details)
	}
	c.expect("control_ping_reply", on(1, 1), 0)
	if err := <-r.toy.Ended; err != nil {
		t.Error(err)
	}
}

// stuck tells whether the client's outbox is full and stays so.
func (c *raw) stuck(r *rig) bool {
	before := r.Clients()[0]
	time.Sleep(20 * time.Millisecond)
	after := r.Clients()[0]
	return before.Replies == after.Replies && before.Sent == after.Sent && before.Replies > 1
}

// TestPingBeyondTheBorder is a client's that counts contexts up, its pings' too, and has come to the next channel.
func TestPingBeyondTheBorder(t *testing.T) {
	r := serve(t, nil)
	c := hello(t, r)
	c.write(c.request("toy_hold", on(1, 0)-1))
	<-r.toy.Held
	c.write(slices.Concat(c.request("control_ping", on(1, 0)), c.request("control_ping", on(2, 1))))
	c.expect("control_ping_reply", on(2, 1), 0)
	r.toy.Release <- struct{}{}
	c.expect("toy_hold_reply", on(1, 0)-1, 0)
	c.expect("control_ping_reply", on(1, 0), 0)
}
