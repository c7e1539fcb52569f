//go:build race

package counter

import "sync/atomic"

func load(p *uint64) uint64     { return atomic.LoadUint64(p) }
func store(p *uint64, x uint64) { atomic.StoreUint64(p, x) }
