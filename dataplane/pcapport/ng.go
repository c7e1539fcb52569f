package pcapport

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Types of pcapng blocks that are read; all others are skipped.
const (
	ngInterface = 1
	ngObsolete  = 2 // packet block, replaced by the enhanced one
	ngSimple    = 3
	ngEnhanced  = 6
	ngSection   = 0x0a0d0d0a // reads the same in both byte orders
)

const (
	ngMagic   = 0x1a2b3c4d
	ngHead    = 8 // bytes before a block's body: type, length
	ngTail    = 4 // bytes behind it: the length again
	ngMinimum = ngHead + ngTail
)

// ng parses pcapng: sections of blocks, each section with a byte order and interfaces of its own.
type ng struct {
	src      *source
	order    binary.ByteOrder
	ifs      []ngIf // of the section
	lastTime int64
}

// ngIf is what an interface description block says.
type ngIf struct {
	linkType int
	snap     uint32 // bytes, 0 for no limit
	clock    ngClock
}

// block is the block being read: n bytes, of which left are still to be read, the tail included.
type block struct {
	kind uint32
	n    int
	left int
}

// start checks that the file begins with a section.
func (g *ng) start(s *source) error {
	g.src = s
	if err := s.begin(); err != nil {
		return err
	}
	b, err := g.block()
	if err != nil {
		return err
	}
	return g.end(&b)
}

func (g *ng) next() (Packet, error) {
	for {
		if err := g.src.begin(); err != nil {
			return Packet{}, err
		}
		b, err := g.block()
		if err != nil {
			return Packet{}, err
		}
		switch b.kind {
		case ngEnhanced, ngObsolete, ngSimple:
			p, err := g.packet(&b)
			if err == nil {
				err = g.end(&b)
			}
			return p, err
		case ngInterface:
			err = g.describe(&b)
		}
		if err == nil {
			err = g.end(&b)
		}
		if err != nil {
			return Packet{}, err
		}
	}
}

// block reads the head of a block, and all of it if it starts a section.
func (g *ng) block() (block, error) {
	h, err := g.src.field(ngHead)
	if err != nil {
		return block{}, err
	}
	if binary.BigEndian.Uint32(h) == ngSection {
		return g.section([4]byte(h[4:]))
	}
	b := block{kind: g.order.Uint32(h)}
	return b, g.length(&b, g.order.Uint32(h[4:]), ngMinimum)
}

// length sets a block's length to what the file says, if that can be.
func (g *ng) length(b *block, n uint32, least int) error {
	if n%4 != 0 || n < uint32(least) || n > MaxBlock {
		return g.src.broken(fmt.Errorf("a block of %d bytes, want a multiple of 4 from %d to %d", n, least, MaxBlock))
	}
	b.n, b.left = int(n), int(n)-ngHead
	return nil
}

// section reads what starts a section: byte order, version, and no interface yet.
func (g *ng) section(length [4]byte) (block, error) {
	const body = 16 // bytes: magic, version, section length
	h, err := g.src.field(body)
	if err != nil {
		return block{}, err
	}
	switch uint32(ngMagic) {
	case binary.BigEndian.Uint32(h):
		g.order = binary.BigEndian
	case binary.LittleEndian.Uint32(h):
		g.order = binary.LittleEndian
	default:
		return block{}, g.src.broken(fmt.Errorf("% x is no byte-order magic of a section", h[:4]))
	}
	b := block{kind: ngSection}
	if err := g.length(&b, g.order.Uint32(length[:]), ngMinimum+body); err != nil {
		return b, err
	}
	b.left -= body
	if major, minor := g.order.Uint16(h[4:]), g.order.Uint16(h[6:]); major != 1 {
		return b, g.src.broken(fmt.Errorf("version %d.%d of the pcapng format, want 1", major, minor))
	}
	g.ifs = g.ifs[:0]
	return b, nil
}

// end reads what is left of a block, and checks the length at its end.
func (g *ng) end(b *block) error {
	if err := g.src.skip(b.left - ngTail); err != nil {
		return err
	}
	h, err := g.src.field(ngTail)
	if err != nil {
		return err
	}
	if n := g.order.Uint32(h); n != uint32(b.n) {
		return g.src.broken(fmt.Errorf("a block of %d bytes that says %d at its end", b.n, n))
	}
	return nil
}

// take reads n bytes of the block's body.
func (g *ng) take(b *block, n int) ([]byte, error) {
	if n > b.left-ngTail {
		return nil, g.src.broken(errors.New("a block that is too short for its contents"))
	}
	b.left -= n
	return g.src.field(n)
}
