package l2_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/gvpp/gvpp/gvpptest"
)

// hostile lets frames, given as lengths and bytes, arrive at the four members of a domain with all that it has, and fails if one leaves
// changed, twice by one member, or by the one that it came from.
func hostile(t *testing.T, b *bridge, data []byte) {
	for n := 0; len(data) > 2 && n < 64; n++ {
		at, size := int(data[0])%len(b.ifs), min(len(data)-2, int(data[1])+1)
		p := data[2 : 2+size]
		data = data[2+size:]
		for i, out := range b.Send(gvpptest.From(b.ifs[at], []gvpptest.Packet{gvpptest.Packet(p)})) {
			if len(out) != 1 || !bytes.Equal([]byte(out[0]), p) || i == b.ifs[at] {
				t.Fatalf("%x at %d: %x left by %v", p, at, out, i.Name)
			}
		}
		if data != nil && size%7 == 0 {
			b.Advance(time.Duration(size) * time.Millisecond)
		}
	}
}

func hostileBridge(t *testing.T) *bridge {
	b := newBridge(t, 4)
	for _, line := range []string{
		"set bridge-domain mac-age 1 1", "set bridge-domain flood-limit 1 100000", "set interface l2 bridge c 1 1", "set interface l2 bridge d 1 1",
		"l2fib add 02:00:00:00:00:07 1 filter", "l2fib add 02:00:00:00:00:08 1 a static",
	} {
		b.Exec(line)
	}
	return b
}

// edges are frames at the edges: runts, tags, group, broadcast and zero addresses on either side, cut anywhere.
func edges() (list [][]byte) {
	addresses := [][]byte{host(1), host(2), host(7), host(8), broadcast, {1, 0, 0x5e, 0, 0, 1}, {0x33, 0x33, 0, 0, 0, 1}, make([]byte, 6), {1, 0x80, 0xc2, 0, 0, 0}}
	types := [][]byte{{8, 0, 0x45}, {0x86, 0xdd, 0x60}, {8, 6, 0, 1}, {0x81, 0, 0, 100, 8, 0, 0x45}, {0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0}, {0x81, 0}, {0, 0}, {0xff, 0xff}}
	for _, dst := range addresses {
		for _, src := range addresses {
			for _, kind := range types {
				p := append(bytes.Clone(dst), src...)
				list = append(list, append(append(p, kind...), make([]byte, len(list)%60)...))
			}
		}
	}
	for n := range 20 {
		list = append(list, append(append(bytes.Clone(broadcast), host(3)...), 8, 0, 0x45)[:n%15])
	}
	return list
}

// Frames at the edges are flooded, forwarded or dropped as they are, and nothing is learned of groups.
func TestEdges(t *testing.T) {
	b := hostileBridge(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		for _, p := range edges() {
			if len(p) == 0 {
				continue
			}
			hostile(t, b, append([]byte{byte(r.IntN(4)), byte(len(p) - 1)}, p...))
		}
	}
	b.learned(2) // filters and what is entered by hand are not learned, nor groups and the address 0, nor whose IP is cut off
	if n := b.Counter("l2-learn", "L2 not learned: the source is a group address"); n == 0 {
		t.Error("no group address was counted")
	}
}

// Frames whose source is a group address pass, as in VPP, and teach nothing. They end where they come back, as all floods do.
func TestGroupSources(t *testing.T) {
	b := newBridge(t, 3)
	group := net.HardwareAddr{3, 0, 0, 0, 0, 7}
	b.sends(1, frame(broadcast, host(2)), 0, 2)
	b.sends(0, frame(host(2), group), 1)
	b.sends(1, frame(group, host(2)), 0, 2)
	b.learned(1)
	b.sends(0, frame(host(9), group), 1, 2)
	b.sends(1, frame(host(9), group))
	b.ExpectCounter("l2-learn", "L2 not learned: the source is a group address", 2)
}

func FuzzBridge(f *testing.F) {
	var all []byte
	for i, p := range edges() {
		all = append(append(all, byte(i), byte(max(1, len(p))-1)), p...)
		if i%20 == 19 {
			f.Add(all)
			all = nil
		}
	}
	f.Add(binary.BigEndian.AppendUint64(nil, 0))
	f.Fuzz(func(t *testing.T, data []byte) { hostile(t, hostileBridge(t), data) })
}

// An operation whose caller goes away while a worker is busy is done in full: no interface is half in a domain.
func TestCallerGoesAway(t *testing.T) {
	b := newBridge(t, 3)
	b.Exec("create bridge-domain 2\nset interface l2 bridge b 2")
	ctx, leave := context.WithCancel(t.Context())
	leave()
	epochs := b.DP.Epochs()
	for _, line := range []string{"set interface l2 bridge a 2", "set interface l2 xconnect a c"} {
		epochs.Quiesce(0) // the worker has begun a vector
		done := make(chan error)
		go func() { done <- b.DP.CLI().Run(ctx, line, false, io.Discard) }()
		select {
		case err := <-done: // nobody waited
			t.Errorf("%q: %v", line, err)
		case <-time.After(20 * time.Millisecond):
			epochs.Idle(0)
			_ = <-done
		}
		epochs.Idle(0)
		b.SendAndExpect(b.ifs[0], gvpptest.Lines("udp 10.0.0.1:1 > 10.0.0.2:9"), map[bool]*gvpptest.Interface{true: b.ifs[1], false: b.ifs[2]}[line == "set interface l2 bridge a 2"])
	}
}
