package packet

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// testPool is where bothIPv4 has a packet that IPv4Vector can be given.
var testPool = sync.OnceValue(func() *buffer.Pool {
	p, err := buffer.New(1, buffer.MaxSize)
	if err != nil {
		panic(err)
	}
	return p
})

var testPoolMu sync.Mutex

// bothIPv4 is IPv4, after making sure that IPv4Vector says and stores the same.
func bothIPv4(p []byte, m *buffer.Meta) Fault {
	testPoolMu.Lock()
	defer testPoolMu.Unlock()
	pool, before := testPool(), *m
	want := IPv4(p, m)
	if !pool.Put(0, p) {
		return want // too long for it
	}
	got := pool.Meta(0)
	before.Off, before.Len, before.Flags = got.Off, got.Len, 0x11
	*got = before
	var faults [1]Fault
	bad, flags, _ := IPv4Vector(pool.View(), []buffer.Index{0}, faults[:])
	same := *m
	same.Off, same.Len, same.Flags = got.Off, got.Len, got.Flags
	if faults[0] != want || (bad == 1) != (want != FaultNone) || flags != 0x11 || *got != same {
		panic(fmt.Sprintf("%x: IPv4 says %v and %+v; in a vector %v, %d bad, flags %#x and %+v", p, want, same, faults[0], bad, flags, *got))
	}
	return want
}

// TestIPv4VectorInOrder: each packet's fault is its own.
func TestIPv4VectorInOrder(t *testing.T) {
	pool, err := buffer.New(4, buffer.MinSize)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	bufs := []buffer.Index{3, 1, 0, 2}
	for i, line := range []string{
		"udp 10.0.0.1:1 > 10.0.0.2:2 len 30", "udp 10.0.0.1:1 > 10.0.0.2:2 len 30 badsum", "icmp 10.0.0.1 > 10.0.0.2", "tcp 10.0.0.1:1 > 10.0.0.2:2 [S] badsum",
	} {
		pool.Put(bufs[i], packetline.MustBuild(line))
		Ethernet(pool.Bytes(bufs[i]), pool.Meta(bufs[i]))
	}
	pool.Meta(0).Flags, pool.Meta(2).Flags = 1, 8
	faults := [5]Fault{4: NumFaults}
	bad, flags, frags := IPv4Vector(pool.View(), bufs, faults[:])
	if want := [5]Fault{FaultNone, FaultIP4Checksum, FaultNone, FaultIP4Checksum, NumFaults}; faults != want || bad != 2 || flags != 9 || frags {
		t.Errorf("%v, %d bad, flags %#x, fragments %v", faults, bad, flags, frags)
	}
	pool.Put(3, packetline.MustBuild("udp 10.0.0.1 > 10.0.0.2 frag 3"))
	Ethernet(pool.Bytes(3), pool.Meta(3))
	if bad, _, frags := IPv4Vector(pool.View(), bufs, faults[:]); bad != 2 || !frags {
		t.Errorf("%d bad, fragments %v", bad, frags)
	}
}
