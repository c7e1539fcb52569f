package peer

import (
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// Site is where a forwarder stands: two devices, up and with carrier, in a namespace of their own. Frames come in by
// Left, addressed to its MAC, and are wanted at the far end of Right.
type Site struct {
	Host        *netlab.Host
	Left, Right string // device names
	Core        int    // the core that the forwarder's worker is to run on
}

// Forwarder is something that moves packets from Left to Right of a site. All functions are called from one goroutine.
// One that this machine cannot run has no functions, and says why in Skip.
type Forwarder struct {
	Name string
	Skip string

	// Start and Stop bracket a measurement; nil where the forwarder sleeps by itself while nothing comes. One that spins
	// must not take anybody's time between Stop and the next Start.
	Start, Stop func() error

	// Sent is how many packets have left by Right since it was made; nil where it does not count. The scenario goes by
	// what has arrived.
	Sent func() (uint64, error)

	// CPU is the CPU time that its worker has used since it was made, the kernel's part included; nil where it has no
	// thread of its own.
	CPU func() (time.Duration, error)

	Close func() error // nil: nothing to close
}
