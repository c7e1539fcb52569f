package peer

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The interfaces' networks, and the neighbour that takes all packets.
var (
	vppInNet    = netip.MustParsePrefix("192.168.0.0/24")
	vppOutNet   = netip.MustParsePrefix("20.0.0.0/24")
	vppNextHop  = netip.MustParseAddr("20.0.0.1")
	vppMostDest = netip.MustParseAddr("224.0.0.0") // at and above: multicast and reserved, not forwarded
)

// Offsets in an Ethernet frame with an IPv4 header of 20 bytes.
const (
	frameIP  = 14
	frameDst = frameIP + 16
	frameL4  = frameIP + 20
)

// VPPForwards is whether a vpp, as VPPGraph sets it up, forwards the frame: Ethernet, IPv4 without options.
func VPPForwards(frame []byte) bool {
	if len(frame) < frameL4 {
		return false
	}
	dst := netip.AddrFrom4([4]byte(frame[frameDst:frameL4]))
	own := vppInNet.Contains(dst) || vppOutNet.Contains(dst) && dst != vppNextHop
	return !own && dst.Less(vppMostDest) && !dst.IsUnspecified()
}

// writePcap writes the frames that the vpp forwards, addressed to its interface, as a classic capture; the generator replays it.
func (g *vppGraph) writePcap() (path string, n int, err error) {
	const (
		magic, version, snap, ethernet = 0xa1b2c3d4, 2 | 4<<16, 65535, 1
	)
	var file []byte
	for _, word := range []uint32{magic, version, 0, 0, snap, ethernet} {
		file = binary.LittleEndian.AppendUint32(file, word)
	}
	for _, frame := range g.Packets {
		if !VPPForwards(frame) {
			continue
		}
		for _, word := range []uint32{0, uint32(n), uint32(len(frame)), uint32(len(frame))} {
			file = binary.LittleEndian.AppendUint32(file, word)
		}
		file = append(file, vppInMACBytes[:]...)
		file = append(file, frame[len(vppInMACBytes):]...)
		n++
	}
	if n == 0 {
		return "", 0, fmt.Errorf("vpp: it would forward none of the %d packets", len(g.Packets))
	}
	path = filepath.Join(g.folder(), "packets.pcap")
	return path, n, os.WriteFile(path, file, 0o600)
}

// vppInMACBytes is vppInMAC.
var vppInMACBytes = [6]byte{2, 0xfe, 0, 0, 0, 1}

// replays are the commands that make the two streams of given packets.
func (g *vppGraph) replays() ([]string, error) {
	path, n, err := g.writePcap()
	if err != nil {
		return nil, err
	}
	const forever = 1e15
	stream := func(name string, limit int) string {
		return fmt.Sprintf("packet-generator new { name %s limit %d maxframe %d interface pg0 node %s pcap %s }", name, limit, g.Vector, vppEntry, path)
	}
	return []string{stream("fill", n), stream("hit", forever)}, nil
}

// generated waits until a stream has sent all that it was to send.
func (p *vppProcess) generated(stream string) error {
	for deadline := time.Now().Add(vppCommandPatience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, err := p.run("show packet-generator")
		if err != nil {
			return err
		}
		for _, line := range strings.Split(text, "\n") {
			if words := strings.Fields(line); len(words) > 1 && words[0] == stream && words[1] == "No" {
				return nil
			}
		}
	}
	return fmt.Errorf("vpp's stream %q has not ended after %v", stream, vppCommandPatience)
}
