package ethernet

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// plainFrames is parse for IPv4 and IPv6 without tags, from the first frame on until one that is not so or is not for the address; it
// returns how many they are. It is a function of its own so that everything stays in registers. The nexts of IPv4 are as they are:
// zero.
//
//go:noinline
func plainFrames(v buffer.View, bufs []buffer.Index, nexts []graph.Next, mac, care uint64) int {
	const typeIP4, typeIP6 = packet.EtherTypeIP4>>8 | packet.EtherTypeIP4&0xff<<8, packet.EtherTypeIP6>>8 | packet.EtherTypeIP6&0xff<<8
	nexts = nexts[:len(bufs)]
	for i, b := range bufs {
		m := v.Meta(b)
		p := v.Bytes(b, m)
		if len(p) < etherLen {
			return i
		}
		h := (*[etherLen]byte)(p)
		d := binary.LittleEndian.Uint64(h[:])
		if (d^mac)&care != 0 && d&1 == 0 {
			return i
		}
		switch binary.LittleEndian.Uint16(h[etherLen-2:]) {
		case typeIP4:
			m.L3, m.EtherType = etherLen, packet.EtherTypeIP4
		case typeIP6:
			m.L3, m.EtherType = etherLen, packet.EtherTypeIP6
			nexts[i] = nextIP6
		default:
			return i
		}
	}
	return len(bufs)
}

const etherLen = 14 // bytes of a header without tags
