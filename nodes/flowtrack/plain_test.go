package flowtrack

import (
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
)

// plainLines are packets of all kinds, most of them plain.
var plainLines = []string{
	"udp 10.0.0.1:1000 > 10.0.0.2:53 len 18", "udp 10.0.0.2:53 > 10.0.0.1:1000", "udp 10.0.0.2:53 > 10.0.0.2:1000 len 1", "udp 10.0.0.2:53 > 10.0.0.2:53 len 7",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]", "tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA]", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [PA] len 1460", "tcp 9.255.0.1:65535 > 10.0.0.2:1 [FA] len 63",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] len 64", "tcp 255.0.0.1:1 > 1.0.0.2:80 [R] len 65", "udp 10.0.0.1:5 > 10.0.0.2:53 len 8 vlan 7", "udp 10.0.0.1:5 > 10.0.0.2:53 len 9 pad 9",
	"udp 10.0.0.1:5 > 10.0.0.2:53 frag 0+ len 8", "udp 10.0.0.1:5 > 10.0.0.2:53 len 8 opt 01010101", "icmp 10.0.0.1 > 10.0.0.2 type 8 id 7", "gre 10.0.0.1 > 10.0.0.2",
	"udp [::1]:5 > [::2]:53 len 18", "tcp [::1]:5 > [::2]:53 [A]", "udplite 10.0.0.1:5 > 10.0.0.2:53 len 8",
}

// TestPlainTwin holds the assembly against the Go that it stands for, with packets of which bytes are changed.
func TestPlainTwin(t *testing.T) {
	if !havePlain {
		t.Skip("no assembly here")
	}
	pool, err := buffer.New(1024, 2048)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	bufs := make([]buffer.Index, graph.VectorSize)
	pool.NewCache().Alloc(bufs)
	r := rand.New(rand.NewPCG(1, 2))
	took, left := 0, 0
	for range 4000 {
		n := 1 + r.IntN(len(bufs))
		if r.IntN(4) != 0 {
			n = 1 + r.IntN(8)
		}
		for _, b := range bufs[:n] {
			put(pool, b, r)
		}
		sums := r.IntN(5) != 0
		done := comparePlain(t, pool.View(), bufs[:n], sums)
		took, left = took+done, left+min(1, n-done)
	}
	if took < 1000 || left < 1000 {
		t.Errorf("%d packets taken, %d left: want many of both", took, left)
	}
}

// put makes a packet and parses it.
func put(pool *buffer.Pool, b buffer.Index, r *rand.Rand) {
	line := plainLines[r.IntN(11)]
	if r.IntN(20) == 0 {
		line = plainLines[r.IntN(len(plainLines))]
	}
	frame := packetline.MustBuild(line)
	pool.Put(b, frame)
	if r.IntN(20) == 0 { // anywhere behind the IPv4 header, the checksum and what it covers included
		p := pool.Bytes(b)
		if at := 34 + r.IntN(max(1, len(p)-34)); at < len(p) {
			p[at] ^= 1 << r.IntN(8)
		}
	}
	m, p := pool.Meta(b), pool.Bytes(b)
	if packet.Ethernet(p, m); m.EtherType == packet.EtherTypeIP4 {
		packet.IPv4(p, m)
	} else {
		packet.IPv6(p, m)
	}
	if r.IntN(50) == 0 {
		m.Flags |= buffer.FlagLooked
	}
}

// comparePlain runs the assembly and checks each packet that it took, and that it was right to leave the next one.
func comparePlain(t *testing.T, v buffer.View, bufs []buffer.Index, sums bool) (done int) {
	t.Helper()
	var keys [flow.MaxBatch]flow.Key4
	var at [graph.VectorSize]uint8
	meta, mem, shift := v.Raw()
	done = plain4BMI2(meta, mem, shift, &bufs[0], len(bufs), &keys[0], &at[0], 0, sums)
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		looked := m.Flags&buffer.FlagLooked != 0 && i >= done
		flaw := packet.Headers(p, m)
		if sums {
			flaw = packet.Transport(p, m)
		}
		exact := m.Proto == packet.ProtoTCP || m.Proto == packet.ProtoUDP && int(p[m.L4+4])<<8|int(p[m.L4+5]) == int(m.End-m.L4)
		plain := m.IsIP4 && m.HasPorts && !m.Fragment && m.L4 == m.L3+20 && !looked && flaw == packet.FlawNone && exact
		if i >= done {
			if plain {
				t.Fatalf("left %s, %+v", packetline.String(p), *m)
			}
			return done
		}
		src, dst := packet.Addrs4(p, m)
		want, swapped := flow.MakeKey4(src, dst, m.SrcPort, m.DstPort, 0, m.Proto, 0)
		if !plain || keys[i] != want || int(at[i]) != i || m.Flags&buffer.FlagReversed != 0 != swapped || m.Flags&flagsFound != flagsFound {
			t.Fatalf("took %s: flaw %v, key %+v, want %+v, flags %x", packetline.String(p), flaw, keys[i], want, m.Flags)
		}
	}
	return done
}
