package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gvpp/gvpp/bench/measure"
)

// VPPBridge is VPP's bridge domain of two interfaces: pg0 receives the packets of there again and again, after pg1 has received each
// of back, whose sources are learned.
func VPPBridge(o measure.Options, there, back [][]byte) measure.Subject {
	g, err := startVPPBridge(o, there, back)
	if err != nil {
		return measure.Subject{Name: vppName, Skip: err.Error()}
	}
	return measure.Subject{Name: vppName, Round: g.round, Close: g.end}
}

func startVPPBridge(o measure.Options, there, back [][]byte) (*vppGraph, error) {
	b, err := findVPP(o)
	if err != nil {
		return nil, err
	}
	p, err := startVPP(b, vppSetting{worker: -1})
	if err != nil {
		return nil, err
	}
	g := &vppGraph{p, VPPGraphSetting{Filter: VPPForward, Vector: vppVector}}
	if err = g.bridge(there, back); err == nil {
		err = g.pause()
	}
	if err != nil {
		return nil, errors.Join(err, g.end())
	}
	return g, nil
}

// bridge makes the domain and the streams, and teaches it all addresses.
func (g *vppGraph) bridge(there, back [][]byte) error {
	err := g.set([]string{
		"create packet-generator interface pg0 hw-addr " + vppInMAC,
		"create packet-generator interface pg1 hw-addr " + vppOutMAC,
		"set interface state pg0 up",
		"set interface state pg1 up",
		"create bridge-domain 1",
		"set interface l2 bridge pg0 1",
		"set interface l2 bridge pg1 1",
	}, "pg", "bridge-domain")
	if err != nil {
		return err
	}
	const forever = 1e15
	for _, s := range []struct {
		name, in string
		packets  [][]byte
		limit    int
	}{{"back", "pg1", back, len(back)}, {"fill", "pg0", there, len(there)}, {"hit", "pg0", there, forever}} {
		path := filepath.Join(g.folder(), s.name+".pcap")
		if err := os.WriteFile(path, classicPcap(s.packets), 0o600); err != nil {
			return err
		}
		line := fmt.Sprintf("packet-generator new { name %s limit %d maxframe %d interface %s node %s pcap %s }", s.name, s.limit, g.Vector, s.in, vppEntry, path)
		if err := g.set([]string{line}); err != nil {
			return err
		}
		if s.limit == forever {
			continue
		}
		if err := g.set([]string{"packet-generator enable-stream " + s.name}); err != nil {
			return err
		}
		if err := g.generated(s.name); err != nil {
			return err
		}
	}
	return nil
}

// classicPcap is frames as a classic capture.
func classicPcap(frames [][]byte) (file []byte) {
	const magic, version, snap, ethernet = 0xa1b2c3d4, 2 | 4<<16, 65535, 1
	for _, word := range []uint32{magic, version, 0, 0, snap, ethernet} {
		file = binary.LittleEndian.AppendUint32(file, word)
	}
	for i, f := range frames {
		for _, word := range []uint32{0, uint32(i), uint32(len(f)), uint32(len(f))} {
			file = binary.LittleEndian.AppendUint32(file, word)
		}
		file = append(file, f...)
	}
	return file
}
