// Package port is the boundary to packet I/O.
//
// Terms: an interface is what the operator names; opening it gives a device with one port per queue; a port is one queue
// of an interface, owned by one worker, and moves whole vectors of buffers. A driver is an implementation of these
// (dataplane/afxdp, dataplane/pcapport, and Memory in this package).
//
//	Interface --Open(Host)--> Device --Ports()--> Port, Port, …
//	                                              one worker each: Bind once, then Rx, Tx, Flush every loop
//
// Invariant: a buffer is owned by exactly one side. Rx hands buffers to the caller; Tx takes the ones it accepts and the
// port frees them when they have left; Close of the device frees all that its ports still hold.
//
// The package knows nothing of nodes, rules or names other than the interface's own.
package port

import (
	"context"
	"encoding/json"
	"fmt"
	"net"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Port is one queue of an interface. All methods but Stats are its owner's; none blocks, and after Bind nothing allocates
// (Memory's, which serve tests, lock and allocate).
type Port interface {
	// Bind gives the port its owner's supply of buffers. It is called once, before any other method.
	Bind(c *buffer.Cache)

	// Rx stores up to len(dst) received packets in dst and returns their number. Of each packet's Meta it has set
	// Off and Len and zeroed everything else; the caller sets RxIf.
	Rx(dst []buffer.Index) int

	// Tx queues packets in order and returns how many it took, from the front; the rest stay the caller's, to be
	// dropped and counted. Nothing need leave before Flush.
	Tx(src []buffer.Index) int

	// Flush makes what Tx has queued leave, takes back the buffers of what has left, and supplies the receive side.
	// The worker calls it once per loop, busy or not. It reports whether work remains that needs another call soon.
	Flush() (again bool)

	// FD is the descriptor that polls readable when Rx has packets, or -1 where there is nothing to wait for and the
	// owner has to look from time to time.
	FD() int

	// Stats calls emit with the name and the value of each of the port's own counters (drops and errors below the
	// graph, always the same names in the same order). Any goroutine may call it.
	Stats(emit func(name string, value uint64))
}

// Device is an open interface. Its methods are the control side's, one call at a time.
type Device interface {
	// Ports has one element per queue, in queue order.
	Ports() []Port
	// Info describes the device as it is now.
	Info() Info
	// Close frees the device and every buffer that its ports hold. No worker may use the ports any more.
	Close() error
}

// Detacher is a Device that can leave its link while its ports go on: the host has the link's packets again, and what the
// ports have received by then is still theirs to deliver and to send.
type Detacher interface {
	// Detach is called before the workers lose sight of the ports; Close comes later.
	Detach() error
}

// Info is what an operator is shown about a device.
type Info struct {
	Driver string           `json:"driver"`          // "af_xdp", "memory", "pcap"
	Mode   string           `json:"mode,omitempty"`  // the driver's mode: "native zero-copy", "native copy", "generic copy"
	MAC    net.HardwareAddr `json:"mac,omitempty"`   // the link's address
	MTU    int              `json:"mtu,omitempty"`   // bytes of the largest network-layer packet
	Queues int              `json:"queues"`          // number of ports
	LinkUp bool             `json:"link_up"`         // whether packets can flow
	Notes  []string         `json:"notes,omitempty"` // what the operator should know, a sentence each

	// Software says that there is no wire: the link is up while the interface is.
	Software bool `json:"software,omitempty"`

	// Raw says that packets begin with the IP header: there is no Ethernet, and nobody to ask for.
	Raw bool `json:"raw,omitempty"`

	// PartialChecksums says that local hosts may leave TCP and UDP checksums to an offload that never runs: the field
	// then holds the folded pseudo-header sum, and the graph completes it.
	PartialChecksums bool `json:"partial_checksums,omitempty"`
}

// infoJSON is Info with the address as people write it.
type infoJSON struct {
	plainInfo
	MAC string `json:"mac,omitempty"`
}

type plainInfo Info // without the methods

// MarshalJSON writes the address as people do: 02:00:00:00:00:01.
func (i Info) MarshalJSON() ([]byte, error) {
	return json.Marshal(infoJSON{plainInfo(i), i.MAC.String()})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Info) UnmarshalJSON(b []byte) (err error) {
	var v infoJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*i = Info(v.plainInfo)
	if v.MAC != "" {
		i.MAC, err = net.ParseMAC(v.MAC)
	}
	return err
}

// Host is what the dataplane offers a driver.
type Host struct {
	// Pool is the packet memory, the same for all devices.
	Pool *buffer.Pool
	// Hold runs f while no worker touches a buffer. f must take a bounded time.
	Hold func(f func())
	// Drivers is a place for what a driver shares among its devices, by driver name. The control side's.
	Drivers map[string]any
}

// Interface is a recipe for a device. Open may be called again after the device was closed, for instance because the
// interface has come back.
type Interface interface {
	// Name is the operator's name of the interface.
	Name() string
	// Open makes the device. Its error names the interface, the cause and the remedy.
	Open(h *Host) (Device, error)
}

// Watcher is an Interface that can tell what becomes of it.
type Watcher interface {
	// Watch calls emit with each event until ctx ends, which is no error. It is called once, before or after the first
	// Open, from a goroutine of its own, and goes on over any number of Open and Close.
	Watch(ctx context.Context, emit func(Event)) error
}

// Event is something that happened to an interface.
type Event int

// The events of a Watcher.
const (
	LinkDown Event = iota + 1 // packets cannot flow for now; the device stays
	LinkUp                    // packets can flow
	Gone                      // the device is dead: close it
	Back                      // an interface of that name exists again: open it
)

// String is the event in words.
func (e Event) String() string {
	if e < LinkDown || e > Back {
		return fmt.Sprintf("event %d", int(e))
	}
	return [...]string{LinkDown: "link down", LinkUp: "link up", Gone: "gone", Back: "back"}[e]
}
