//go:build !race

package counter

func load(p *uint64) uint64     { return *p }
func store(p *uint64, x uint64) { *p = x }
