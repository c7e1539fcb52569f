//go:build !amd64 || race

package flow

import "sync/atomic"

// release32 and release64 store a word that others load: whoever sees it sees all that was stored before.
func release32(p *uint32, x uint32) { atomic.StoreUint32(p, x) }

func release64(p *uint64, x uint64) { atomic.StoreUint64(p, x) }
