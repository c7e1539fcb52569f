package ratelimit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/gvpptest"
)

func TestPacketsASecond(t *testing.T) {
	r := newRig(t, 0, "")
	r.passes("10.0.0.1", 100, 0) // no limit yet
	r.Exec("ratelimit set a packets 10 burst 5")
	r.passes("10.0.0.1", 5, 3)
	r.passes("10.0.0.9", 5, 1)    // each source has a bucket of its own,
	r.passes("2001:db8::1", 5, 1) // of either family
	r.Advance(100 * time.Millisecond)
	r.passes("10.0.0.1", 1, 1)
	r.Advance(250 * time.Millisecond)
	r.passes("10.0.0.1", 2, 1)
	r.Advance(50 * time.Millisecond)
	r.passes("10.0.0.1", 1, 1) // nothing was rounded away
	r.Advance(time.Hour)
	r.passes("10.0.0.1", 5, 1) // and no pause brings more than the burst
	r.ExpectCounter("ratelimit", "over the packets a second of their source", 9)
	r.SendAndExpect(r.b, from("10.0.0.1", 20), r.a) // b has no limit
	r.SendAndExpect(r.a, gvpptest.Lines("eth 0x0806 len 46", "eth 0x0806 len 46"), r.b)
	r.Exec("ratelimit del a")
	r.passes("10.0.0.1", 20, 0)
	r.Refused("ratelimit del a", `interface "a" has no limit`)
}

// Frames of 1024 bytes, 4096 at once, 1000 bytes a second. A packet that finds too few bytes does not cost a packet.
func TestBytesASecond(t *testing.T) {
	r := newRig(t, 0, "")
	r.Exec("ratelimit set a bytes 1000 packets 1000 burst 5")
	big := gvpptest.Repeat(4, "udp 10.0.0.1:1000 > 10.0.0.2:53 len 982")
	if n := len(big[0]); n != 1024 {
		t.Fatalf("a frame of %d bytes, want 1024", n)
	}
	r.SendAndExpect(r.a, big, r.b)
	r.SendAndAssertNoReplies(r.a, big[:2])
	r.Advance(1023 * time.Millisecond)
	r.SendAndAssertNoReplies(r.a, big[:1])
	r.Advance(time.Millisecond)
	r.SendAndExpect(r.a, big[:1], r.b)
	r.ExpectCounter("ratelimit", "over the bytes a second of their source", 3)
	r.ExpectCounter("ratelimit", "over the packets a second of their source", 0)
}

// With a table of 8 slots, the sources that come later share one bucket, and those that came before do not notice.
func TestFullTable(t *testing.T) {
	r := newRig(t, 1, "")
	r.Exec("ratelimit set a packets 10 burst 2")
	for i := range 8 {
		r.passes(fmt.Sprint("10.0.1.", i), 1, 0)
	}
	r.passes("10.0.2.1", 1, 0)
	r.passes("10.0.2.2", 1, 1)
	r.SendAndAssertNoReplies(r.a, from("10.0.2.3", 1))
	r.ExpectCounter("ratelimit", "of sources that share a bucket: the table is full", 4)
	r.passes("10.0.1.7", 1, 1)
	r.expectSources(t, 8)

	// A second later all buckets are full again, and at the next packet their slots are free.
	r.Advance(time.Second)
	r.passes("10.0.2.3", 2, 1)
	r.expectSources(t, 1)
	r.ExpectCounter("ratelimit", "of sources that share a bucket: the table is full", 4)
}

// A source that goes on is not forgotten, and neither is one that has not got its credits back yet.
func TestForgetsNobodyTooEarly(t *testing.T) {
	r := newRig(t, 1, "")
	r.Exec("ratelimit set a packets 1 burst 10") // an empty bucket takes 10 s
	r.passes("10.0.0.1", 10, 1)
	for range 9 {
		r.Advance(time.Second)
		r.passes("10.0.0.2", 1, 0)
	}
	r.expectSources(t, 2)
	r.passes("10.0.0.1", 9, 1)
}

// A source has a bucket at each interface, and none where the limit has ended.
func TestInterfacesApart(t *testing.T) {
	r := newRig(t, 1, "")
	r.Exec("ratelimit set a packets 1 burst 100")
	r.Exec("ratelimit set b packets 1 burst 2")
	r.passes("10.0.0.1", 100, 1)
	r.SendAndExpect(r.b, from("10.0.0.1", 2), r.a)
	r.SendAndAssertNoReplies(r.b, from("10.0.0.1", 1))
	r.expectSources(t, 2)
	r.Exec("ratelimit del a")
	r.Advance(time.Second)
	r.SendAndExpect(r.b, from("10.0.0.1", 1), r.a)
	r.expectSources(t, 1)
}

// The trace names the source and says why, and so does error-drop.
func TestTrace(t *testing.T) {
	r := newRig(t, 0, "")
	r.Exec("ratelimit set a packets 1 bytes 1000")
	for _, c := range []struct {
		source string
		drop   bool
		want   []string
	}{
		{"10.0.0.1", false, []string{"source 10.0.0.1: within its limit"}},
		{"10.0.0.1", true, []string{"source 10.0.0.1: over its packets a second", "drop: ratelimit: over the packets a second of their source"}},
		{"2001:db8::1", false, []string{"source 2001:db8::1: within its limit"}},
	} {
		if c.drop {
			r.SendAndAssertNoReplies(r.a, from(c.source, 1))
		} else {
			r.passes(c.source, 1, 0)
		}
		for _, want := range c.want {
			if got := r.Trace(); !strings.Contains(got, want) {
				t.Errorf("want %q in\n%s", want, got)
			}
		}
	}
}
