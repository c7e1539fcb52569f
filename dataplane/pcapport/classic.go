package pcapport

import (
	"encoding/binary"
	"fmt"
)

// Magic numbers of the classic format, in the byte order of the file.
const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d
)

const (
	classicHeader = 24 // bytes of the file header
	classicRecord = 16 // bytes of a record header
)

// classic parses the classic format: a file header, then records of a header and a packet.
type classic struct {
	src      *source
	order    binary.ByteOrder
	unit     int64 // nanoseconds of a time stamp's fraction
	linkType int
}

// setMagic takes the byte order and the unit of time from the first four bytes, and reports whether it knows them.
func (c *classic) setMagic(m uint32) bool {
	c.order = binary.BigEndian
	if m&0xff == 0xa1 {
		c.order = binary.LittleEndian
		m = m>>24 | m>>8&0xff00 | m<<8&0xff0000 | m<<24
	}
	c.unit = 1000
	if m == magicNano {
		c.unit = 1
	}
	return m == magicMicro || m == magicNano
}

// start reads the file header. The snap length there is not used: records are longer in some files.
func (c *classic) start(s *source) error {
	c.src = s
	h, err := s.field(classicHeader)
	if err != nil {
		return err
	}
	major, minor := c.order.Uint16(h[4:]), c.order.Uint16(h[6:])
	if major != 2 || minor < 3 {
		return s.broken(fmt.Errorf("version %d.%d of the pcap format, want 2.3 or 2.4", major, minor))
	}
	c.linkType = int(c.order.Uint32(h[20:]) & (1<<26 - 1)) // above: the length of the frame check sequence
	return s.checkLink(c.linkType)
}

func (c *classic) next() (Packet, error) {
	if err := c.src.begin(); err != nil {
		return Packet{}, err
	}
	h, err := c.src.field(classicRecord)
	if err != nil {
		return Packet{}, err
	}
	p := Packet{
		Time:     int64(c.order.Uint32(h))*1e9 + int64(c.order.Uint32(h[4:]))*c.unit,
		OrigLen:  int(c.order.Uint32(h[12:])),
		LinkType: c.linkType,
	}
	n := c.order.Uint32(h[8:])
	if n > MaxSnap {
		return Packet{}, c.src.broken(fmt.Errorf("a packet of %d bytes, want at most %d", n, MaxSnap))
	}
	if err := c.src.packet(int(n)); err != nil {
		return Packet{}, err
	}
	return c.src.frame(p), nil
}
