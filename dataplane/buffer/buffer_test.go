package buffer_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

func newPool(t testing.TB, n, size int) *buffer.Pool {
	t.Helper()
	p, err := buffer.New(n, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		n, size int
		want    string
	}{
		{0, 2048, "count 0"}, {-1, 2048, "count -1"}, {1 << 32, 2048, "count 4294967296"}, {1<<32 - 1, 2048, "count"},
		{1, 1024, "size 1024"}, {1, 3000, "size 3000"}, {1, 1 << 18, "size 262144"}, {1, 0, "size 0"}, {1, -2048, "size -2048"},
	} {
		if _, err := buffer.New(c.n, c.size); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%d, %d): %v, want %q", c.n, c.size, err, c.want)
		}
	}
}

func TestEachBufferOnce(t *testing.T) {
	for _, n := range []int{1, 255, 256, 257, 1000} {
		p := newPool(t, n, 2048)
		c := p.NewCache()
		bufs := make([]buffer.Index, n+10)
		if got := c.Alloc(bufs); got != n {
			t.Fatalf("pool of %d gave %d", n, got)
		}
		seen := make([]bool, n)
		for _, b := range bufs[:n] {
			if seen[b] {
				t.Fatalf("pool of %d gave %d twice", n, b)
			}
			seen[b] = true
		}
		if got := c.Alloc(bufs[:1]); got != 0 {
			t.Errorf("a dry pool of %d gave %d", n, got)
		}
		if p.InUse() != n || p.Shared() != 0 {
			t.Errorf("pool of %d: %d in use, %d shared, want all and none", n, p.InUse(), p.Shared())
		}
		c.Free(bufs[:n])
		if p.InUse() != 0 {
			t.Errorf("pool of %d: %d leaked", n, p.InUse())
		}
		c.Close()
		if p.Shared() != n {
			t.Errorf("pool of %d: %d on the shared list after the last cache", n, p.Shared())
		}
	}
}

// A cache keeps the rest of what it may hoard from others, no more.
func TestCacheHoardsTwoChains(t *testing.T) {
	p := newPool(t, 4096, 2048)
	a, b := p.NewCache(), p.NewCache()
	bufs := make([]buffer.Index, 4096)
	a.Free(bufs[:a.Alloc(bufs)])
	if got := b.Alloc(bufs); got < 4096-512 {
		t.Errorf("one cache hoards %d buffers", 4096-got)
	} else {
		b.Free(bufs[:got])
	}
}

func TestLastFreedFirstReused(t *testing.T) {
	p := newPool(t, 512, 2048)
	c := p.NewCache()
	bufs, again := make([]buffer.Index, 8), make([]buffer.Index, 1)
	c.Alloc(bufs)
	c.Free(bufs[:4])
	c.Free(bufs[4:])
	if c.Alloc(again); again[0] != bufs[7] {
		t.Errorf("freed %d last, got %d", bufs[7], again[0])
	}
}

// Buffers wander: each goroutine allocates on its cache and lets another one free. Each marks its own while it has them.
func TestCachesOverGoroutines(t *testing.T) {
	const workers, rounds, n = 4, 400, 3000
	p := newPool(t, n, 2048)
	rings := make([]chan []buffer.Index, workers)
	for i := range rings {
		rings[i] = make(chan []buffer.Index, 8)
	}
	owner := make([]int, n) // plain: the race detector sees a buffer that two have
	caches := make([]*buffer.Cache, workers)
	var all sync.WaitGroup
	for i := range workers {
		c := p.NewCache()
		caches[i] = c
		all.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			free := func(bufs []buffer.Index) {
				for _, b := range bufs {
					if owner[b] != int(p.Meta(b).User) {
						t.Errorf("buffer %d is %d's and says %d", b, owner[b], p.Meta(b).User)
					}
					owner[b] = -1
				}
				c.Free(bufs)
			}
			for range rounds {
				bufs := make([]buffer.Index, 1+r.IntN(600))
				bufs = bufs[:c.Alloc(bufs)]
				for _, b := range bufs {
					owner[b], p.Meta(b).User = i, uint32(i)
				}
				select {
				case rings[r.IntN(workers)] <- bufs:
				default:
					free(bufs)
				}
				select {
				case bufs := <-rings[i]:
					free(bufs)
				default:
				}
			}
		})
	}
	all.Wait()
	for _, ring := range rings {
		close(ring)
		for bufs := range ring {
			caches[0].Free(bufs)
		}
	}
	if got := p.InUse(); got != 0 {
		t.Errorf("%d buffers lost", got)
	}
	for _, c := range caches {
		c.Close()
	}
	c := p.NewCache()
	bufs := make([]buffer.Index, n+1)
	seen := map[buffer.Index]bool{}
	for _, b := range bufs[:c.Alloc(bufs)] {
		seen[b] = true
	}
	if len(seen) != n || p.InUse() != n {
		t.Errorf("%d of %d buffers are still there, %d in use", len(seen), n, p.InUse())
	}
}

func TestPutAndViews(t *testing.T) {
	for _, size := range []int{2048, 4096, buffer.MaxSize} {
		p := newPool(t, 4, size)
		room := min(size-buffer.Headroom, 65535)
		if p.Room() != room {
			t.Errorf("size %d: room %d, want %d", size, p.Room(), room)
		}
		const b = 2
		*p.Meta(b) = buffer.Meta{IsIP4: true, Rule: 7, L3: 14}
		long := make([]byte, room+1)
		long[0], long[room-1] = 1, 2
		if p.Put(b, long) {
			t.Errorf("size %d: took %d bytes", size, len(long))
		}
		if !p.Put(b, long[:room]) {
			t.Errorf("size %d: refused %d bytes", size, room)
		}
		if m := *p.Meta(b); m != (buffer.Meta{Off: buffer.Headroom, Len: uint16(room)}) {
			t.Errorf("size %d: metadata is not fresh: %+v", size, m)
		}
		v := p.Bytes(b)
		if len(v) != room || cap(v) != room || v[0] != 1 || v[room-1] != 2 {
			t.Errorf("size %d: view of %d bytes, capacity %d, %d … %d", size, len(v), cap(v), v[0], v[room-1])
		}
		if f := p.Frame(b); len(f) != size || cap(f) != size || &f[buffer.Headroom] != &v[0] || &f[0] != &p.Arena()[b*size] {
			t.Errorf("size %d: frame of %d bytes is not the buffer's", size, len(f))
		}
		if p.Put(b, nil); len(p.Bytes(b)) != 0 {
			t.Errorf("size %d: an empty packet has %d bytes", size, len(p.Bytes(b)))
		}
		if len(p.Arena()) != 4*size || 1<<p.Shift() != size {
			t.Errorf("size %d: arena of %d bytes, shift %d", size, len(p.Arena()), p.Shift())
		}
	}
}

func TestNoAllocation(t *testing.T) {
	p := newPool(t, 4096, 2048)
	c := p.NewCache()
	bufs := make([]buffer.Index, 1000)
	packet := make([]byte, 60)
	if n := testing.AllocsPerRun(100, func() {
		got := c.Alloc(bufs)
		for _, b := range bufs[:got] {
			p.Put(b, packet)
			_ = p.Bytes(b)
		}
		c.Free(bufs[:got])
	}); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}

func BenchmarkAllocFree(b *testing.B) {
	p := newPool(b, 4096, 2048)
	c := p.NewCache()
	for _, n := range []int{1, 32, 256, 1024} {
		bufs := make([]buffer.Index, n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				c.Free(bufs[:c.Alloc(bufs)])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/buffer")
		})
	}
}
