package packet

import (
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// vector is the packets of one call in the graph.
const vector = 256

// benchVector runs step over vectors of the packet that line describes, in buffers as a worker has them.
func benchVector(b *testing.B, line string, step func(p []byte, m *buffer.Meta)) {
	pool, err := buffer.New(4*vector, 2048)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	cache := pool.NewCache()
	bufs := make([]buffer.Index, vector)
	cache.Alloc(bufs)
	p := packetline.MustBuild(line)
	for _, i := range bufs {
		pool.Put(i, p)
		if f := parse(pool.Bytes(i), pool.Meta(i)); f != FaultNone {
			b.Fatal(f)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, i := range bufs {
			step(pool.Bytes(i), pool.Meta(i))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector, "ns/packet")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"ip4-udp", "udp " + at4 + "len 18"},
		{"ip4-tcp", "tcp " + at4 + "[A]"},
		{"ip4-udp-vlan", "udp " + at4 + "len 18 vlan 1"},
		{"ip4-udp-options", "udp " + at4 + "len 18 opt 01010101"},
		{"ip6-udp", "udp " + at6 + "len 18"},
		{"ip6-tcp", "tcp " + at6 + "[A]"},
		{"ip6-udp-3-extensions", "udp " + at6 + "ext hbh,rt,dst len 18"},
	} {
		b.Run(c.name, func(b *testing.B) {
			benchVector(b, c.line, func(p []byte, m *buffer.Meta) {
				m.VLANs = 0 // the one field that is added to
				parse(p, m)
			})
		})
	}
}

// BenchmarkIPv4 is what ip4-input spends on a packet.
func BenchmarkIPv4(b *testing.B) {
	benchVector(b, "udp "+at4+"len 18", func(p []byte, m *buffer.Meta) { IPv4(p, m) })
}

// BenchmarkEmpty is the loop of the others.
func BenchmarkEmpty(b *testing.B) {
	benchVector(b, "udp "+at4+"len 18", func(p []byte, m *buffer.Meta) { m.L3 = uint16(len(p)) - uint16(len(p)) + 14 })
}

func BenchmarkCompletePartial(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"complete-already", "tcp " + at4 + "[A] len 1448"},
		{"ip6-complete-already", "tcp " + at6 + "[A] len 1448"},
	} {
		b.Run(c.name, func(b *testing.B) {
			benchVector(b, c.line, func(p []byte, m *buffer.Meta) { CompletePartial(p, m) })
		})
	}
}

func BenchmarkChecksum(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"20", 20}, {"64", 64}, {"1460", 1460}, {"9000", 9000}} {
		b.Run(c.name, func(b *testing.B) {
			p := make([]byte, c.n)
			b.SetBytes(int64(c.n))
			for b.Loop() {
				Checksum(p, 0)
			}
		})
	}
}

// BenchmarkTransport is what the check of the transport header costs in a stateful graph.
func BenchmarkTransport(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"ip4-udp-64", "udp " + at4 + "len 18"},
		{"ip6-udp-64", "udp " + at6 + "len 18"},
		{"ip4-tcp-ack", "tcp " + at4 + "[A]"},
		{"ip4-tcp-200", "tcp " + at4 + "[A] len 160"},
		{"ip4-tcp-300", "tcp " + at4 + "[A] len 260"},
		{"ip4-tcp-576", "tcp " + at4 + "[A] len 536"},
		{"ip4-tcp-1500", "tcp " + at4 + "[A] len 1460"},
		{"ip4-udp-options", "udp " + at4 + "len 18 opt 01010101"},
		{"ip4-sctp-1500", "sctp " + at4 + "len 1460"},
	} {
		b.Run(c.name, func(b *testing.B) {
			pool, bufs := benchBuffers(b, func(int) string { return c.line })
			benchTransport(b, pool, bufs, TransportVector)
		})
	}
	b.Run("ip4-udp-64-near", func(b *testing.B) { // in the first-level cache, where 256 buffers 2048 bytes apart are not
		pool, bufs := benchBuffers(b, func(int) string { return "udp " + at4 + "len 18" })
		for i := range bufs {
			bufs[i] = bufs[i%16]
		}
		benchTransport(b, pool, bufs, TransportVector)
	})
	b.Run("ip4-udp-64-headers", func(b *testing.B) {
		pool, bufs := benchBuffers(b, func(int) string { return "udp " + at4 + "len 18" })
		benchTransport(b, pool, bufs, HeadersVector)
	})
	b.Run("ip4-mix", func(b *testing.B) {
		r := rand.New(rand.NewPCG(1, 2))
		lines := []string{"udp " + at4 + "len 18", "tcp " + at4 + "[A]"}
		pool, bufs := benchBuffers(b, func(int) string { return lines[r.IntN(2)] })
		benchTransport(b, pool, bufs, TransportVector)
	})
}

func benchTransport(b *testing.B, pool *buffer.Pool, bufs []buffer.Index, check func(buffer.View, []buffer.Index, []Flaw) int) {
	var flaws [vector]Flaw
	view := pool.View()
	b.ReportAllocs()
	for b.Loop() {
		check(view, bufs, flaws[:])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector, "ns/packet")
	b.ReportMetric(0, "ns/op")
}

// benchBuffers is a vector of packets, of which line says what they are, in buffers as a worker has them.
func benchBuffers(b *testing.B, line func(i int) string) (*buffer.Pool, []buffer.Index) {
	pool, err := buffer.New(4*vector, 2048)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { pool.Close() })
	bufs := make([]buffer.Index, vector)
	pool.NewCache().Alloc(bufs)
	for at, i := range bufs {
		pool.Put(i, packetline.MustBuild(line(at)))
		if f := parse(pool.Bytes(i), pool.Meta(i)); f != FaultNone {
			b.Fatal(f)
		}
	}
	return pool, bufs
}
