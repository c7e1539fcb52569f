package l2_test

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/gvpp/gvpp/gvpptest"
)

// looped is a bridge whose interfaces from c on are connected with each other, c with d and so on, by cables that take time.
type looped struct {
	*bridge
	late    time.Duration
	pending []delayed
	rounds  int // frames that the cables have carried
}

type delayed struct {
	after  time.Duration
	stream gvpptest.Stream
}

// pass lets packets arrive, and carries what the cables get, step by step, for a time. It returns what left by a and b.
func (l *looped) pass(d time.Duration, streams ...gvpptest.Stream) (a, b int) {
	const step = time.Millisecond
	for ; d > 0; d -= step {
		var got gvpptest.Received
		if len(streams) > 0 {
			got = l.Send(streams...)
		}
		streams = nil
		a, b = a+len(got[l.ifs[0]]), b+len(got[l.ifs[1]])
		for i, x := range l.ifs[2:] {
			if len(got[x]) > 0 {
				l.pending = append(l.pending, delayed{l.late, gvpptest.From(l.ifs[2+i^1], got[x])})
				l.rounds += len(got[x])
			}
		}
		l.Advance(step)
		var rest []delayed
		for _, p := range l.pending {
			if p.after -= step; p.after <= 0 {
				streams = append(streams, p.stream)
			} else {
				rest = append(rest, p)
			}
		}
		l.pending = rest
	}
	return a, b
}

// said is a frame with a number in it.
func said(dst, src net.HardwareAddr, n int) []gvpptest.Packet {
	return []gvpptest.Packet{gvpptest.Layers(&layers.Ethernet{DstMAC: dst, SrcMAC: src, EthernetType: experimental}, gopacket.Payload(fmt.Sprint("number ", n)))}
}

// A cable between two members: each frame goes round once, or few times where the cable is slow, and hosts reach each other all the
// while, whether addresses are learned or not.
func TestLoopIsContained(t *testing.T) {
	for name, x := range map[string]struct {
		late   time.Duration
		first  int // frames on the cables for the first broadcast
		set    string
		domain string // of the ends of the cables that are in another domain
	}{
		"short":                {time.Millisecond, 2, "", "1"},
		"longer than at first": {50 * time.Millisecond, 4, "", "1"},
		"much longer":          {400 * time.Millisecond, 4, "", "1"},
		"without learning":     {3 * time.Millisecond, 2, "set bridge-domain learn 1 disable", "1"},
		"at the limit":         {3 * time.Millisecond, 2, "set bridge-domain learn-limit 1 1", "1"},
		"two domains":          {time.Millisecond, 4, "", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			n := 4
			if x.domain == "2" {
				n = 6
			}
			l := &looped{bridge: newBridge(t, n), late: x.late}
			if x.domain == "2" {
				l.Exec("set interface l2 bridge d 2")
				l.Exec("set interface l2 bridge f 2")
			}
			if x.set != "" {
				l.Exec(x.set)
			}
			l.pass(5*x.late, gvpptest.From(l.ifs[0], frame(broadcast, host(1))))
			if l.rounds > x.first {
				t.Fatalf("the first broadcast was carried %d times\n%s", l.rounds, l.Exec("show errors"))
			}
			for round := range 5 {
				l.rounds = 0
				if _, b := l.pass(5*x.late+time.Millisecond, gvpptest.From(l.ifs[0], said(broadcast, host(1), round))); b != 1 || l.rounds > x.first {
					t.Fatalf("round %d: the other host has heard it %d times, %d times on the cables", round, b, l.rounds)
				}
				if a, _ := l.pass(time.Millisecond, gvpptest.From(l.ifs[1], said(host(1), host(2), round))); a != 1 {
					t.Fatalf("round %d: an answer came %d times\n%s", round, a, l.Exec("show l2fib verbose"))
				}
				l.pass(5 * x.late)
			}
			text := l.Exec("show bridge-domain 1 detail")
			if !strings.Contains(text, "Loop: a frame came back") || !strings.Contains(text, "    c: ") {
				t.Error(text)
			}
		})
	}
}

// A frame that came back too late to be known, and goes round, ends when the domain is known to have a loop; the host is then found
// where it is.
func TestLateEchoEnds(t *testing.T) {
	l := &looped{bridge: newBridge(t, 4), late: 3 * time.Second}
	l.pass(3010*time.Millisecond, gvpptest.From(l.ifs[0], frame(broadcast, host(1))))
	l.late = time.Millisecond // whatever held it is over
	l.pass(7 * time.Second)
	l.rounds = 0
	l.pass(time.Second)
	if l.rounds != 0 {
		t.Errorf("it still goes round: %d times in a second\n%s", l.rounds, l.Exec("show errors"))
	}
	l.pass(10*time.Millisecond, gvpptest.From(l.ifs[0], frame(host(9), host(1))))
	l.sends(1, frame(host(1), host(2)), 0)
}

// A burst of many broadcasts, all different: each goes round once, none is forgotten before it comes back.
func TestLoopAndManyFrames(t *testing.T) {
	l := &looped{bridge: newBridge(t, 4), late: 20 * time.Millisecond}
	const bursts, burst = 20, 250
	for n := range bursts {
		var many []gvpptest.Packet
		for i := range burst {
			many = append(many, said(broadcast, host(1), n*burst+i)...)
		}
		l.pass(2*time.Millisecond, gvpptest.From(l.ifs[0], many))
	}
	l.pass(200 * time.Millisecond)
	if l.rounds != 2*bursts*burst {
		t.Errorf("%d broadcasts were carried %d times, want by each end once", bursts*burst, l.rounds)
	}
	l.sends(1, frame(host(1), host(2)), 0)
}

// Hosts whose addresses a loop has taken along, and frames that go round by these, are a matter of a moment once the loop is known:
// where the hosts speak they are found, and stay.
func TestStolenAddresses(t *testing.T) {
	l := &looped{bridge: newBridge(t, 4), late: time.Millisecond}
	l.Exec("set bridge-domain loop-check 1 disable")
	l.pass(20*time.Millisecond, gvpptest.From(l.ifs[0], said(broadcast, host(1), 1)), gvpptest.From(l.ifs[1], said(broadcast, host(2), 2)))
	l.pass(20*time.Millisecond, gvpptest.From(l.ifs[0], frame(host(2), host(1))), gvpptest.From(l.ifs[1], frame(host(1), host(2))))
	l.Exec("set bridge-domain loop-check 1")
	l.pass(50*time.Millisecond, gvpptest.From(l.ifs[0], said(broadcast, host(1), 3)), gvpptest.From(l.ifs[1], said(broadcast, host(2), 4)))
	l.rounds = 0
	for n := range 20 {
		if _, b := l.pass(5*time.Millisecond, gvpptest.From(l.ifs[0], said(host(2), host(1), n))); n > 2 && b != 1 {
			t.Errorf("frame %d came %d times", n, b)
		}
		if a, _ := l.pass(5*time.Millisecond, gvpptest.From(l.ifs[1], said(host(1), host(2), n))); n > 2 && a != 1 {
			t.Errorf("frame %d came back %d times", n, a)
		}
	}
	if l.rounds > 10 {
		t.Errorf("%d frames are on the cables\n%s", l.rounds, l.Exec("show l2fib verbose"))
	}
}

// Without the check frames go round as they do elsewhere.
func TestLoopCheckOff(t *testing.T) {
	l := &looped{bridge: newBridge(t, 4), late: time.Millisecond}
	l.Exec("set bridge-domain loop-check 1 disable")
	if l.pass(100*time.Millisecond, gvpptest.From(l.ifs[0], frame(broadcast, host(1)))); l.rounds < 100 {
		t.Errorf("%d rounds", l.rounds)
	}
	l.Exec("set bridge-domain loop-check 1")
	l.rounds = 0
	l.pass(100 * time.Millisecond)
	if l.rounds > 4 {
		t.Errorf("%d rounds", l.rounds)
	}
}

// What a host says twice, and what is padded, is no other's: repeated frames pass, and echoes are known with padding.
func TestRepeatedAndPadded(t *testing.T) {
	b := newBridge(t, 3)
	ask := frame(broadcast, host(1))
	for range 3 {
		b.sends(0, append(ask, ask...), 1, 2)
	}
	short := gvpptest.Packet(string(ask[0])[:46])
	b.sends(2, []gvpptest.Packet{short})
	b.sends(0, ask) // there is a loop now
	b.Advance(600 * time.Millisecond)
	b.sends(0, ask, 1, 2)
	b.Advance(2 * time.Minute)
	b.sends(0, append(ask, ask...), 1, 2) // it has gone
}

// Storms are cut to the limit by interface, others' floods are not, nor what is not flooded.
func TestFloodLimit(t *testing.T) {
	b := newBridge(t, 3)
	b.Exec("set bridge-domain flood-limit 1 1000")
	b.sends(1, frame(broadcast, host(2)), 0, 2)
	var storm []gvpptest.Packet
	for n := range 250 {
		storm = append(storm, frame(broadcast, host(100+n))...)
	}
	passed := 0
	for range 200 {
		got := b.Send(gvpptest.From(b.ifs[0], storm))
		passed += len(got[b.ifs[2]])
		b.Advance(5 * time.Millisecond)
	}
	if passed < 1000 || passed > 1110 {
		t.Errorf("%d frames in a second", passed)
	}
	b.sends(1, frame(broadcast, host(3)), 0, 2)
	b.sends(0, frame(host(2), host(1)), 1)
	b.ExpectCounter("l2-flood", "dropped: more than the flood limit", uint64(200*250-passed))
	var d []struct {
		FloodLimit int  `json:"flood_limit"`
		LoopCheck  bool `json:"loop_check"`
		LoopAge    int  `json:"loop_age_seconds"`
		Members    []struct {
			Interface string `json:"interface"`
			Over      int    `json:"flood_limit_drops"`
		} `json:"members"`
	}
	if err := json.Unmarshal([]byte(b.json("show bridge-domain 1")), &d); err != nil || len(d) != 1 {
		t.Fatal(err, d)
	}
	if x := d[0]; x.FloodLimit != 1000 || !x.LoopCheck || x.LoopAge != -1 || x.Members[0].Over != 200*250-passed || x.Members[1].Over != 0 {
		t.Errorf("%+v", x)
	}
	b.Exec("set bridge-domain flood-limit 1 0")
	b.sends(0, storm, 1, 2)
	b.Refused("set bridge-domain flood-limit 1 100000001", "100000000")
}
