package flowtrack

import (
	"strings"
	"time"

	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// SetWall sets the time of day that saving goes by.
func (p *Plugin) SetWall(wall func() time.Time) { p.keep.wall = wall }

// Raced says that the race detector looks on, which takes ten times as long.
const Raced = raced

// DetailOnWire is a state in messages by its number: protocol and name.
func DetailOnWire(d uint8) (proto, name string) {
	number, name := ofDetail(wire.FlowtrackDetail(d))
	return strings.ToUpper(protoName(number)), name
}
