package linuxcp

import (
	"sync/atomic"
	"time"
)

// limiter is a pair's limit: a bucket that all workers draw on, once for each run of packets. It is full at first.
type limiter struct {
	Limit
	each int64        // nanoseconds that a packet stands for
	next atomic.Int64 // when the bucket is full again, on the dataplane's clock

	punted, refused atomic.Uint64
}

func newLimiter(l Limit) *limiter {
	b := &limiter{Limit: l}
	if l.Rate != 0 {
		b.each = int64(time.Second) / int64(l.Rate)
	}
	b.next.Store(-1 << 62)
	return b
}

// take is how many of n packets may be punted now.
func (b *limiter) take(now int64, n int) int {
	took := n
	for b.each != 0 {
		next := b.next.Load()
		full := max(next, now)
		took = min(n, int((now+int64(b.Burst)*b.each-full)/b.each))
		if took <= 0 {
			took = 0
			break
		}
		if b.next.CompareAndSwap(next, full+int64(took)*b.each) {
			break
		}
	}
	b.punted.Add(uint64(took))
	if took < n {
		b.refused.Add(uint64(n - took))
	}
	return took
}
