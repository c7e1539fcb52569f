package gvpptest

import (
	"fmt"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/gvpp/gvpp/internal/packetline"
)

// Packet is an Ethernet frame, without its check sequence.
type Packet []byte

// String is the packet as a line, of which Lines makes the same packet, but for the addresses of the frame.
func (p Packet) String() string { return packetline.String(p) }

// Layers is the packet as gopacket reads it.
func (p Packet) Layers() gopacket.Packet {
	return gopacket.NewPacket(p, layers.LayerTypeEthernet, gopacket.Default)
}

// Lines makes a packet of each line, in the words of the package's comment. A string may hold several lines, blank ones and comments
// that begin with #. It panics where a line cannot be read.
func Lines(text ...string) []Packet {
	out, err := build(text)
	if err != nil {
		panic("gvpptest: a packet's line cannot be read: " + err.Error())
	}
	return out
}

func build(text []string) (out []Packet, err error) {
	for _, t := range text {
		for line := range strings.Lines(t) {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			p, err := packetline.Build(line)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// Repeat makes n packets of one line. Where it holds a verb of fmt, as %d, that is the packet's number, from 0; %[1]d for further ones:
//
//	Repeat(257, "udp 10.0.0.1:1000 > 10.0.0.%[1]d:%[1]d")
//
// It panics as Lines does.
func Repeat(n int, line string) (out []Packet) {
	for i := range n {
		l := line
		if strings.Contains(line, "%") {
			l = fmt.Sprintf(line, i)
		}
		out = append(out, Lines(l)...)
	}
	return out
}

// Layers makes a packet of gopacket's layers, from Ethernet on, with lengths and checksums computed. It panics where they cannot be
// serialised.
func Layers(list ...gopacket.SerializableLayer) Packet {
	var network gopacket.NetworkLayer // what the next checksum covers
	for _, l := range list {
		if n, ok := l.(gopacket.NetworkLayer); ok {
			network = n
		}
		if c, ok := l.(checksummed); ok && network != nil {
			_ = c.SetNetworkLayerForChecksum(network)
		}
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, list...); err != nil {
		panic("gvpptest: layers cannot be made a packet: " + err.Error())
	}
	return b.Bytes()
}

// checksummed is a layer whose checksum covers addresses of the layer around it.
type checksummed interface {
	SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
}
