//go:build !race

package flowtrack

const (
	raced = false
	few   = 200_000 // sessions that are swept in no time
)
