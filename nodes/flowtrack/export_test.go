package flowtrack

import "time"

// SetWall sets the time of day that saving goes by.
func (p *Plugin) SetWall(wall func() time.Time) { p.keep.wall = wall }

// Raced says that the race detector looks on, which takes ten times as long.
const Raced = raced
