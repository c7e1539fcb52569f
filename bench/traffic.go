package main

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/internal/packetline"
)

// traffic is an endless stream of packets. Next gives the next one, which is good until the call after it.
type traffic interface{ Next() []byte }

// Where things are in an Ethernet frame with an IPv4 header without options, and UDP.
const (
	atIP    = 14
	atSrc   = atIP + 12
	atDst   = atIP + 16
	atSport = atIP + 20
	atDport = atIP + 22
	atEnd   = atIP + 24
)

// udp64 is a frame of 64 bytes, its checksum on the wire included: 10.0.0.0:1000 to 20.0.0.1:53.
func udp64() []byte { return packetline.MustBuild("udp 10.0.0.0:1000 > 20.0.0.1:53 len 18") }

// knownFlows are UDP packets of a number of flows, in one random order that repeats. The source's address tells the flow.
// Packets are made as they are wanted, so that no memory but the order's passes through the caches.
type knownFlows struct {
	frame   []byte
	order   []uint32
	at      int
	replies bool // in the other direction
}

// orderLength is the least length of an order: its pattern is not to be learnt by the processor.
const orderLength = 1 << 14

func newKnownFlows(flows, seed int) *knownFlows {
	t := &knownFlows{frame: udp64(), order: make([]uint32, max(flows, orderLength))}
	for i := range t.order {
		t.order[i] = uint32(i % flows)
	}
	rand.New(rand.NewPCG(1, uint64(seed))).Shuffle(len(t.order), func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
	return t
}

// answers are the replies to the same flows in the same order.
func (t *knownFlows) answers() *knownFlows {
	return &knownFlows{frame: udp64(), order: t.order, replies: true}
}

func (t *knownFlows) Next() []byte {
	f := t.order[t.at]
	if t.at++; t.at == len(t.order) {
		t.at = 0
	}
	setFlow(t.frame, uint64(f))
	if t.replies {
		turnRound(t.frame)
	}
	return t.frame
}

// newFlows are UDP packets each of which is a flow of its own, never seen before. They keep clear of known flows.
type newFlows struct {
	frame []byte
	count uint64
}

// newFrom is the number of the first new flow: source ports from there on differ from those of known flows.
const newFrom = 1 << 32

func makeNewFlows() *newFlows { return &newFlows{frame: udp64()} }

func (t *newFlows) Next() []byte {
	setFlow(t.frame, newFrom+t.count)
	t.count++
	return t.frame
}

// setFlow makes a frame of udp64 one of flow f: the low 24 bits are added to the source address, the rest to the port.
func setFlow(p []byte, f uint64) {
	binary.BigEndian.PutUint32(p[atSrc:], 10<<24|uint32(f&0xffffff))
	binary.BigEndian.PutUint32(p[atDst:], 20<<24|1)
	binary.BigEndian.PutUint16(p[atSport:], 1000+uint16(f>>24))
	binary.BigEndian.PutUint16(p[atDport:], 53)
	setChecksums(p)
}

// sumAt is where the checksum is in a protocol's header; 0: none.
func sumAt(proto uint8) int {
	switch proto {
	case 1:
		return 2
	case 6:
		return 16
	case 17:
		return 6
	}
	return 0
}

// turnRound makes a packet its reply. Its checksums stay right.
func turnRound(p []byte) {
	for i := range 4 {
		p[atSrc+i], p[atDst+i] = p[atDst+i], p[atSrc+i]
	}
	for i := range 2 {
		p[atSport+i], p[atDport+i] = p[atDport+i], p[atSport+i]
	}
}

// setChecksums mends the checksums of IPv4 and of TCP, UDP or ICMP.
func setChecksums(p []byte) {
	ip, t := p[atIP:atSport], p[atSport:]
	binary.BigEndian.PutUint16(ip[10:], 0)
	binary.BigEndian.PutUint16(ip[10:], packet.Checksum(ip, 0))
	at := sumAt(ip[9])
	if at == 0 {
		return
	}
	pseudo := uint32(0)
	if ip[9] != 1 {
		pseudo = packet.PseudoSum4(binary.BigEndian.Uint32(ip[12:]), binary.BigEndian.Uint32(ip[16:]), ip[9], uint16(len(t)))
	}
	binary.BigEndian.PutUint16(t[at:], 0)
	binary.BigEndian.PutUint16(t[at:], packet.Checksum(t, pseudo))
}
