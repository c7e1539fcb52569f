package ip

import (
	"encoding/binary"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// pinging is a command that waits for answers to its echo requests.
type pinging struct {
	to    netip.Addr
	id    uint16
	heard chan answer
}

// answer is one of them.
type answer struct {
	from netip.Addr
	seq  uint16
	ttl  uint8
	size int
	at   int64
}

// answered gives an echo reply to the ping that it is for.
func (p *Plugin) answered(now int64, b []byte, m *buffer.Meta) bool {
	t := b[m.L4:m.End]
	id, seq := binary.BigEndian.Uint16(t[4:]), binary.BigEndian.Uint16(t[6:])
	for _, q := range *p.pings.Load() {
		if q.id != id {
			continue
		}
		a := answer{seq: seq, size: len(t), at: now}
		if m.IsIP4 {
			src, _ := packet.Addrs4(b, m)
			a.from, a.ttl = addrOf4(src), b[int(m.L3)+8]
		} else {
			src, _ := packet.Addrs6(b, m)
			a.from, a.ttl = addrOf6(*src), b[int(m.L3)+7]
		}
		select {
		case q.heard <- a:
		default: // it has more than it can take
		}
		return true
	}
	return false
}
