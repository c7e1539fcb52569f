// Command null is gvpp, but nobody sees what its packet generator's interfaces send, except for ARP and neighbour discovery: a
// server that resolves addresses and forwards nothing. VPP's tests that pass with it say nothing about forwarding.
package main

import (
	"encoding/binary"
	"fmt"

	"github.com/gvpp/gvpp/cmd/gvpp/program"
	"github.com/gvpp/gvpp/nodes/pg"
	"github.com/gvpp/gvpp/plugin"
)

func main() {
	program.Main(program.Plugin{Name: "null", New: func() plugin.Plugin { return null{} }})
}

type null struct{}

// Register implements plugin.Plugin.
func (null) Register(r *plugin.Registry) {
	r.Init(func(dp plugin.Dataplane) error {
		host, ok := dp.(interface{ Generator() *pg.Plugin })
		if !ok {
			return fmt.Errorf("null: this dataplane has no packet generator")
		}
		host.Generator().CaptureOnly(resolves)
		return nil
	})
}

// Where an Ethernet frame has what resolves looks at, in bytes.
const (
	typeAt     = 12
	protocolAt = 14 + 6  // of IPv6
	icmpAt     = 14 + 40 // ICMPv6's type
)

// resolves reports whether a frame is ARP or an IPv6 neighbour's solicitation or advertisement.
func resolves(p []byte) bool {
	if len(p) < typeAt+2 {
		return false
	}
	switch binary.BigEndian.Uint16(p[typeAt:]) {
	case 0x0806:
		return true
	case 0x86dd:
		return len(p) > icmpAt && p[protocolAt] == 58 && (p[icmpAt] == 135 || p[icmpAt] == 136)
	}
	return false
}
