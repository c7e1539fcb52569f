package main

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gvpp/gvpp/internal/packetline"
)

// traffic is an endless stream of packets. next gives the next one, which is good until the call after it.
type traffic interface{ next() []byte }

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

func (t *knownFlows) next() []byte {
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

func (t *newFlows) next() []byte {
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

// turnRound makes a packet its reply. The header's checksum stays right.
func turnRound(p []byte) {
	for i := range 4 {
		p[atSrc+i], p[atDst+i] = p[atDst+i], p[atSrc+i]
	}
	for i := range 2 {
		p[atSport+i], p[atDport+i] = p[atDport+i], p[atSport+i]
	}
}

// setChecksums mends the header's checksum, and leaves the UDP one out, as IPv4 allows.
func setChecksums(p []byte) {
	p[atIP+10], p[atIP+11] = 0, 0
	sum := uint32(0)
	for k := atIP; k < atIP+20; k += 2 {
		sum += uint32(binary.BigEndian.Uint16(p[k:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(p[atIP+10:], ^uint16(sum))
	if p[atIP+9] == 17 {
		p[atEnd+2], p[atEnd+3] = 0, 0
	}
}
