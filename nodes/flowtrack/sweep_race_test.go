//go:build race

package flowtrack

const (
	raced = true
	few   = 6_000 // sessions that are swept in no time
)
