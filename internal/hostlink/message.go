package hostlink

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// message is an address, a route or a neighbour in the kernel's own form (rtnetlink(7)): a header of fixed length, then
// attributes. Kept like this, nothing of it is lost in translation. Integers are in the machine's byte order.
type message []byte

// kind is a sort of message.
type kind struct {
	name             string
	get, add, remove int // message types
	head             int // length of the header in bytes
}

var (
	addresses  = kind{"address", unix.RTM_GETADDR, unix.RTM_NEWADDR, unix.RTM_DELADDR, unix.SizeofIfAddrmsg}
	routes     = kind{"route", unix.RTM_GETROUTE, unix.RTM_NEWROUTE, unix.RTM_DELROUTE, unix.SizeofRtMsg}
	neighbours = kind{"neighbour", unix.RTM_GETNEIGH, unix.RTM_NEWNEIGH, unix.RTM_DELNEIGH, unix.SizeofNdMsg}
)

// raw is a header with nothing but the family.
type raw []byte

func (r raw) Len() int          { return len(r) }
func (r raw) Serialize() []byte { return r }

// dumpAttempts bounds how often a dump that others' changes spoil is made again.
const dumpAttempts = 10

// dump is all messages of a kind and family that the namespace of the calling thread has.
func (k kind) dump(family byte) (out []message, err error) {
	head := make(raw, k.head)
	head[0] = family
	for range dumpAttempts {
		req := nl.NewNetlinkRequest(k.get, unix.NLM_F_DUMP)
		req.AddData(head)
		list, e := req.Execute(unix.NETLINK_ROUTE, uint16(k.add))
		if err = e; errors.Is(err, netlink.ErrDumpInterrupted) {
			continue
		}
		for _, m := range list {
			if len(m) >= k.head && m[0] == family {
				out = append(out, slices.Clone(message(m)))
			}
		}
		break
	}
	if err != nil {
		return nil, fmt.Errorf("listing %ss: %w", k.name, err)
	}
	return out, nil
}

// send gives the kernel a message.
func send(kind, flags int, m message) error {
	req := nl.NewNetlinkRequest(kind, flags|unix.NLM_F_ACK)
	req.AddRawData(m)
	_, err := req.Execute(unix.NETLINK_ROUTE, 0)
	return err
}

// attribute is a part of a message behind the header.
type attribute struct {
	kind  uint16
	value []byte
}

// attributes are the message's, behind a header of n bytes; what is cut off is left out.
func (m message) attributes(n int) (out []attribute) {
	for b := m[n:]; len(b) >= unix.SizeofRtAttr; {
		size := int(binary.NativeEndian.Uint16(b))
		if size < unix.SizeofRtAttr || size > len(b) {
			break
		}
		out = append(out, attribute{binary.NativeEndian.Uint16(b[2:]) &^ unix.NLA_F_NESTED, slices.Clone(b[unix.SizeofRtAttr:size])})
		b = b[min(len(b), (size+3)&^3):]
	}
	return out
}

// with is a message of the header and attributes.
func (m message) with(head int, list []attribute) message {
	out := slices.Clone(m[:head])
	for _, a := range list {
		out = binary.NativeEndian.AppendUint16(out, uint16(unix.SizeofRtAttr+len(a.value)))
		out = binary.NativeEndian.AppendUint16(out, a.kind)
		out = append(out, a.value...)
		out = append(out, make([]byte, -len(out)&3)...)
	}
	return out
}

func u32(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }

// u32of reads an attribute that is too short as 0.
func u32of(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(b)
}
