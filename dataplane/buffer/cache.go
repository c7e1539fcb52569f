package buffer

// cacheSize bounds what one owner hoards: two chains. Lower, and a worker that sends on another worker's port refills
// at every vector; higher, and small pools starve the other workers.
const cacheSize = 2 * chainLen

// Cache is one owner's supply of free buffers, last freed first reused. It is not safe for concurrent use.
type Cache struct {
	pool *Pool
	n    int
	free [cacheSize]Index
}

// NewCache makes an empty cache on p.
func (p *Pool) NewCache() *Cache {
	c := &Cache{pool: p}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.caches = append(p.caches, c)
	return c
}

// Pool is the pool that c draws on.
func (c *Cache) Pool() *Pool { return c.pool }

// Alloc fills dst with buffers and returns how many it got: fewer than len(dst) only when the pool has run dry.
// The contents and the metadata of a new buffer are undefined.
func (c *Cache) Alloc(dst []Index) int {
	got := 0
	for got < len(dst) {
		if c.n == 0 {
			if c.n = c.pool.free.pop(c.free[:]); c.n == 0 {
				break
			}
		}
		k := min(len(dst)-got, c.n)
		c.n -= k
		copy(dst[got:got+k], c.free[c.n:])
		got += k
	}
	if debugBuild {
		c.pool.debug.alloc(dst[:got])
	}
	return got
}

// Free gives buffers back.
func (c *Cache) Free(src []Index) {
	if debugBuild {
		c.pool.debug.free(c.pool, src)
	}
	for len(src) > 0 {
		if c.n == cacheSize {
			c.n -= chainLen
			c.pool.free.push(c.free[c.n:])
		}
		k := copy(c.free[c.n:], src)
		c.n += k
		src = src[k:]
	}
}

// Close gives all of c's buffers back to the pool. c must not be used afterwards.
func (c *Cache) Close() {
	for c.n > 0 {
		k := min(c.n, chainLen)
		c.n -= k
		c.pool.free.push(c.free[c.n : c.n+k])
	}
	p := c.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.caches {
		if p.caches[i] == c {
			p.caches = append(p.caches[:i], p.caches[i+1:]...)
			return
		}
	}
}
