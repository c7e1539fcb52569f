package pcapport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// NG writes a capture in the pcapng format, of Ethernet frames of any number of interfaces, little-endian, one section. What a
// packet has to say for itself is in its comment. One goroutine uses it.
type NG struct {
	w       io.Writer
	name    string
	buf     []byte // blocks to be written together
	ifs     int    // described so far
	added   int    // packets in buf
	packets int    // written
	octets  int64  // written
	err     error  // the first failure: nothing is written behind it
}

// Section is what a file says of where it comes from; "" leaves out.
type Section struct{ Hardware, OS, Application string }

// Direction is which way a packet went through its interface.
type Direction uint8

// The directions, by the numbers of the format.
const (
	Inbound  Direction = 1
	Outbound Direction = 2
)

// NGPacket is a packet to write.
type NGPacket struct {
	Interface int   // what Interface has returned
	Time      int64 // nanoseconds since 1970
	Data      []byte
	OrigLen   int // bytes there were on the wire; 0 for as many as Data has
	Direction Direction
	ID        uint64 // equal for records of one packet; 0: not known
	Comment   string
}

// maxComment bounds a comment, in bytes. The format has room for 65535; programs show a line.
const maxComment = 4096

// ErrNoInterface is of a packet of an interface that was not described.
var ErrNoInterface = errors.New("pcapport: packet of an interface that was not described")

// Options of the blocks that are written. See draft-ietf-opsawg-pcapng.
const (
	optComment     = 1
	optHardware    = 2 // of a section
	optOS          = 3
	optApplication = 4
	optIfName      = 2 // of an interface
	optIfAbout     = 3
	optFlags       = 2 // of a packet
	optPacketID    = 5
	nanoResol      = 9 // time stamps count 10^-9 s
)

// NewNG starts a capture on w; name stands for it in errors. The caller closes w.
func NewNG(w io.Writer, name string, s Section) (*NG, error) {
	g := &NG{w: w, name: name, buf: make([]byte, 0, batchBytes+MaxSnap+2*maxComment)}
	at := g.begin(ngSection)
	g.u32(ngMagic)
	g.u32(1)          // version 1.0
	g.u32(0xffffffff) // the section's length is not known: 64 bits, all set
	g.u32(0xffffffff)
	g.text(optHardware, s.Hardware)
	g.text(optOS, s.OS)
	g.text(optApplication, s.Application)
	g.end(at)
	return g, g.Flush()
}

// Interface describes an interface and returns its number, for packets of it; link is LinkEthernet or LinkRaw.
func (g *NG) Interface(name, about string, link uint32) int {
	at := g.begin(ngInterface)
	g.u32(link)
	g.u32(0) // no limit to a packet
	g.text(optIfName, name)
	g.text(optIfAbout, about)
	g.u32(optTsResol | 1<<16)
	g.u32(nanoResol) // a byte and three of padding
	g.end(at)
	g.ifs++
	return g.ifs - 1
}

// Write adds a packet to those to be written. It may stay in memory until Flush.
func (g *NG) Write(p *NGPacket) error {
	switch {
	case g.err != nil:
		return g.err
	case p.Interface < 0 || p.Interface >= g.ifs:
		return ErrNoInterface
	case p.Time < 0:
		return ErrTime
	case len(p.Data) > MaxSnap:
		return ErrLong
	}
	if len(g.buf) >= batchBytes {
		if err := g.Flush(); err != nil {
			return err
		}
	}
	at := g.begin(ngEnhanced)
	g.u32(uint32(p.Interface))
	g.u32(uint32(p.Time >> 32))
	g.u32(uint32(p.Time))
	g.u32(uint32(len(p.Data)))
	g.u32(uint32(min(max(p.OrigLen, len(p.Data)), math.MaxInt32)))
	g.buf = append(g.buf, p.Data...)
	g.pad(len(p.Data))
	g.text(optComment, p.Comment)
	if p.Direction != 0 {
		g.u32(optFlags | 4<<16)
		g.u32(uint32(p.Direction))
	}
	if p.ID != 0 {
		g.u32(optPacketID | 8<<16)
		g.buf = binary.LittleEndian.AppendUint64(g.buf, p.ID)
	}
	g.end(at)
	g.added++
	return nil
}

// Flush writes what has been added. Where that fails, a file is cut behind what was written before, if w starts at its beginning.
func (g *NG) Flush() error {
	if g.err != nil || len(g.buf) == 0 {
		return g.err
	}
	n, err := g.w.Write(g.buf)
	if err == nil {
		g.octets += int64(n)
		g.packets += g.added
		g.buf, g.added = g.buf[:0], 0
		return nil
	}
	g.buf = nil
	g.err = fmt.Errorf("pcapport: capture %q: %w", g.name, err)
	if f, ok := g.w.(interface{ Truncate(size int64) error }); ok { // half a block would make readers complain about all
		g.err = errors.Join(g.err, f.Truncate(g.octets))
	}
	return g.err
}

// Packets is how many packets the file has.
func (g *NG) Packets() int { return g.packets }

// Octets is how many bytes the file has.
func (g *NG) Octets() int64 { return g.octets }

func (g *NG) u32(v uint32) { g.buf = binary.LittleEndian.AppendUint32(g.buf, v) }

// begin starts a block and returns where.
func (g *NG) begin(kind uint32) (at int) {
	at = len(g.buf)
	g.u32(kind)
	g.u32(0) // its length: end knows it
	return at
}

// end ends the block's options and the block.
func (g *NG) end(at int) {
	g.u32(optEnd)
	n := uint32(len(g.buf) - at + ngTail)
	binary.LittleEndian.PutUint32(g.buf[at+4:], n)
	g.u32(n)
}

// text adds an option of UTF-8, cut at maxComment; none where it is empty.
func (g *NG) text(code uint16, s string) {
	if s == "" {
		return
	}
	if len(s) > maxComment {
		for s = s[:maxComment]; len(s) > 0 && !utf8.ValidString(s); s = s[:len(s)-1] {
		}
	}
	g.u32(uint32(code) | uint32(len(s))<<16)
	g.buf = append(g.buf, s...)
	g.pad(len(s))
}

// pad adds zeros behind n bytes, up to the next multiple of 4.
func (g *NG) pad(n int) {
	var zeros [3]byte
	g.buf = append(g.buf, zeros[:-n&3]...)
}
