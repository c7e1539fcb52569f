package main

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/bench/rulegen"
	"github.com/gvpp/gvpp/bench/tuplemerge"
)

// drawn are packets of a number of flows, in an order that repeats; half of them some rule is known to match. None is such
// that VPP would not forward it, so that all subjects see the same.
type drawn struct {
	packets [][]byte
	at      int
}

func newDrawn(rules []tuplemerge.Rule, flows int) *drawn {
	d := &drawn{}
	const spare = 2 // an eighth of all addresses is multicast or reserved
	for _, k := range rulegen.Headers(rules, spare*flows, headersOfRules, headerSeed) {
		if p := packetOf(&k); len(d.packets) < flows && peer.VPPForwards(p) {
			d.packets = append(d.packets, p)
		}
	}
	return d
}

func (d *drawn) Next() []byte {
	p := d.packets[d.at]
	if d.at++; d.at == len(d.packets) {
		d.at = 0
	}
	return p
}

// TCP flags and header bits.
const (
	tcpACK      = 0x10
	tcpSYN      = 0x02
	tcpEnding   = 0x05 // FIN, RST: they would end the session that they are to keep
	tcpNoOption = 5 << 4
	icmpEcho    = 8
)

// packetOf makes a frame of 64 bytes, its checksum on the wire included, with a header. TCP flags are made harmless where no
// rule asks for them: a packet that ends its session each time would measure something else.
func packetOf(k *tuplemerge.Key) []byte {
	p := udp64()
	binary.BigEndian.PutUint32(p[atSrc:], k.Src)
	binary.BigEndian.PutUint32(p[atDst:], k.Dst)
	p[atIP+9] = k.Proto
	clear(p[atSport:])
	switch k.Proto {
	case 6:
		flags := k.Flags &^ tcpEnding
		if flags&(tcpSYN|tcpACK) == 0 {
			flags |= tcpACK
		}
		p[atSport+12], p[atSport+13] = tcpNoOption, flags
	case 17:
		binary.BigEndian.PutUint16(p[atEnd:], uint16(len(p)-atSport))
	case 1:
		p[atSport] = icmpEcho
	}
	if k.Ports {
		binary.BigEndian.PutUint16(p[atSport:], k.Sport)
		binary.BigEndian.PutUint16(p[atDport:], k.Dport)
	}
	setChecksums(p)
	return p
}
