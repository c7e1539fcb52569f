package gvpptest

import (
	"github.com/google/gopacket"

	"github.com/gvpp/gvpp/internal/packetline"
)

// Packet is an Ethernet frame, without its check sequence.
type Packet []byte

// String is the packet as a line: what Lines makes a packet of.
func (p Packet) String() string { return packetline.String(p) }

// Lines makes a packet of each line, such as
//
//	tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] seq 7 win 1024
//	udp [2001:db8::1]:1000 > [2001:db8::2]:53 len 100 vlan 7
//	icmp 10.0.0.9 > 10.0.0.1 type 3 code 1
//
// It panics where a line cannot be read.
func Lines(lines ...string) (out []Packet) {
	for _, l := range lines {
		out = append(out, packetline.MustBuild(l))
	}
	return out
}

// Layers makes a packet of gopacket's layers, with lengths and checksums computed. It panics where they cannot be serialised.
func Layers(layers ...gopacket.SerializableLayer) Packet {
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, layers...); err != nil {
		panic(err)
	}
	return b.Bytes()
}
