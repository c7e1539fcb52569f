package gvpp

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/graph"
)

// run writes what workers have recorded, until the capture is stopped.
func (n *capture) run() {
	t := time.NewTimer(captureTick)
	defer t.Stop()
	for {
		if n.write() > captureSlots/8 { // it comes fast: do not sleep
			select {
			case <-n.stop:
				return
			default:
				continue
			}
		}
		t.Reset(captureTick)
		select {
		case <-n.stop:
			return
		case <-t.C:
		}
	}
}

// write writes what workers have recorded, and returns how many packets. After a failure it only lets go of them.
func (n *capture) write() (packets int) {
	n.dp.guard("capture", func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		packets = n.engine.Take(n.packet)
		if err := n.file.Flush(); n.err == nil && err != nil {
			n.err = err
			n.dp.log.Error("the capture cannot be written", "file", n.File, "cause", err)
		}
	})
	return packets
}

// packet writes a packet. n.mu is held.
func (n *capture) packet(r *graph.Captured) {
	if n.err != nil {
		return
	}
	p := pcapport.NGPacket{
		Interface: n.number(r), Time: n.wall + r.At, Data: r.Bytes(), OrigLen: r.Len, ID: r.Number, Comment: n.dp.comment(r), Direction: pcapport.Inbound,
	}
	if r.Kind == graph.CapturedTx {
		p.Direction = pcapport.Outbound
	}
	n.err = n.file.Write(&p)
}

// number is the file's number of the interface of a packet: there are two where packets are with Ethernet and without. n.mu is held.
func (n *capture) number(r *graph.Captured) int {
	link, _ := n.dp.Link(r.Interface())
	raw := link.Raw
	if r.Kind == graph.CapturedDrop && r.Meta.EtherType != 0 { // it may have got a header, or lost it, since it came
		raw = r.Meta.L3 == 0
	}
	return n.interfaceNumber(r.Interface(), raw)
}

// interfaceNumber is the file's number of an interface. n.mu is held, or nobody else has n.
func (n *capture) interfaceNumber(swIf uint32, raw bool) int {
	k := captureInterface{swIf, raw}
	i, ok := n.numbers[k]
	if !ok {
		linkType := uint32(pcapport.LinkEthernet)
		if raw {
			linkType = pcapport.LinkRaw
		}
		i = n.file.Interface(n.dp.InterfaceName(swIf), fmt.Sprintf("sw_if_index %d", swIf), linkType)
		n.numbers[k] = i
	}
	return i
}

// captureInterface is an interface, as its packets begin.
type captureInterface struct {
	swIf uint32
	raw  bool
}

// comment is what became of a captured packet, and why, in a line:
//
//	path: ethernet-input ip4-input flow-lookup pkt-classify error-drop | dropped by pkt-classify: dropped by a rule | rule 3 (a in): drop | session 7 NEW, orig, new
func (dp *Dataplane) comment(r *graph.Captured) string {
	var s strings.Builder
	for i, id := range r.Path() {
		if i == 0 {
			s.WriteString("path:")
		}
		s.WriteString(" " + dp.graph.Plan.Nodes[id].Name)
	}
	if r.Hops > len(r.Path()) {
		fmt.Fprintf(&s, " … (%d nodes)", r.Hops)
	}
	if r.Hops > 0 {
		s.WriteString(" | ")
	}
	s.WriteString(dp.fate(r))
	for _, line := range dp.describe(&r.Meta) {
		s.WriteString(" | " + line)
	}
	return s.String()
}

// fate is what became of a captured packet.
func (dp *Dataplane) fate(r *graph.Captured) string {
	node := dp.graph.Plan.Nodes[r.Node].Name
	switch r.Fate {
	case graph.FateSent:
		return "sent by " + dp.InterfaceName(r.TxIf)
	case graph.FateDropped:
		s := "dropped by " + node
		if why := dp.graph.Plan.Reason(r.Node, r.Reason); why != "" {
			s += ": " + why
		}
		return s
	case graph.FateFreed:
		return "ended by " + node
	case graph.FateDown:
		return "dropped: " + dp.InterfaceName(r.Meta.RxIf) + " is down"
	}
	return "under way when the capture ended"
}

// describe is what the plugins say of a packet.
func (dp *Dataplane) describe(m *buffer.Meta) (lines []string) {
	for _, tell := range dp.tellers {
		if s := tell(m); s != "" {
			lines = append(lines, s)
		}
	}
	return lines
}

// operatingSystem is the kernel's name and release.
func operatingSystem() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

// writeCapture is for a dataplane whose captures are written by whoever drives it.
func (dp *Dataplane) writeCapture() {
	if n := dp.capture.Load(); n != nil && dp.Deterministic() {
		n.write()
	}
}
