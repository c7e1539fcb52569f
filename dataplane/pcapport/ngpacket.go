package pcapport

import (
	"fmt"
	"math"
	"math/bits"
)

// packet reads a packet from a block of any of the three kinds.
func (g *ng) packet(b *block) (Packet, error) {
	if b.kind == ngSimple {
		return g.simple(b)
	}
	h, err := g.take(b, 20)
	if err != nil {
		return Packet{}, err
	}
	number := g.order.Uint32(h)
	if b.kind == ngObsolete {
		number = uint32(g.order.Uint16(h)) // the other half counts drops
	}
	stamp := uint64(g.order.Uint32(h[4:]))<<32 | uint64(g.order.Uint32(h[8:]))
	n, orig := g.order.Uint32(h[12:]), g.order.Uint32(h[16:])
	i, err := g.iface(number)
	if err != nil {
		return Packet{}, err
	}
	g.lastTime = i.clock.nanoseconds(stamp)
	return g.data(b, n, Packet{Time: g.lastTime, OrigLen: int(orig), LinkType: i.linkType, Interface: int(number)})
}

// simple reads a simple packet block: of the first interface, without a time, as long as the snap length allows.
func (g *ng) simple(b *block) (Packet, error) {
	h, err := g.take(b, 4)
	if err != nil {
		return Packet{}, err
	}
	orig := g.order.Uint32(h)
	i, err := g.iface(0)
	if err != nil {
		return Packet{}, err
	}
	n := orig
	if i.snap != 0 {
		n = min(n, i.snap)
	}
	return g.data(b, n, Packet{Time: g.lastTime, OrigLen: int(orig), LinkType: i.linkType})
}

// iface is the section's interface of that number, if its packets can be replayed.
func (g *ng) iface(number uint32) (*ngIf, error) {
	if uint64(number) >= uint64(len(g.ifs)) {
		return nil, g.src.broken(fmt.Errorf("a packet of interface %d in a section that has described %d", number, len(g.ifs)))
	}
	i := &g.ifs[number]
	return i, g.src.checkLink(i.linkType)
}

// data reads a packet of n bytes.
func (g *ng) data(b *block, n uint32, p Packet) (Packet, error) {
	if n > MaxSnap {
		return Packet{}, g.src.broken(fmt.Errorf("a packet of %d bytes, want at most %d", n, MaxSnap))
	}
	if int(n) > b.left-ngTail {
		return Packet{}, g.src.broken(fmt.Errorf("a packet of %d bytes in a block with room for %d", n, b.left-ngTail))
	}
	b.left -= int(n)
	if err := g.src.packet(int(n)); err != nil {
		return Packet{}, err
	}
	return g.src.frame(p), nil
}

// Codes of the interface options that are read.
const (
	optEnd      = 0
	optTsResol  = 9
	optTsOffset = 14
)

// describe reads an interface description block.
func (g *ng) describe(b *block) error {
	h, err := g.take(b, 8)
	if err != nil {
		return err
	}
	i := ngIf{linkType: int(g.order.Uint16(h)), snap: g.order.Uint32(h[4:]), clock: ngClock{perSecond: 1e6}}
	for b.left-ngTail >= 4 {
		h, err := g.take(b, 4)
		if err != nil {
			return err
		}
		code, n := g.order.Uint16(h), int(g.order.Uint16(h[2:]))
		if code == optEnd {
			break
		}
		if err := g.option(b, &i, code, n); err != nil {
			return err
		}
	}
	g.ifs = append(g.ifs, i)
	return nil
}

// option reads the n bytes of an option and what fills them up to a multiple of 4.
func (g *ng) option(b *block, i *ngIf, code uint16, n int) error {
	padded := (n + 3) &^ 3
	if padded > b.left-ngTail {
		return g.src.broken(fmt.Errorf("an option of %d bytes in a block with room for %d", n, b.left-ngTail))
	}
	switch {
	case code == optTsResol && n == 1:
		h, err := g.take(b, padded)
		if err != nil {
			return err
		}
		return g.resolution(&i.clock, h[0])
	case code == optTsOffset && n == 8:
		h, err := g.take(b, padded)
		if err != nil {
			return err
		}
		i.clock.offset = int64(g.order.Uint64(h))
		return nil
	}
	b.left -= padded
	return g.src.skip(padded)
}

// resolution sets the unit of a clock: a negative power of 10, or of 2 where the top bit is set.
func (g *ng) resolution(c *ngClock, v byte) error {
	const maxPower10, maxPower2 = 19, 63 // what fits 64 bits
	base, power, most := "10", v&0x7f, byte(maxPower10)
	if v&0x80 != 0 {
		base, most = "2", maxPower2
	}
	if power > most {
		return g.src.broken(fmt.Errorf("a time resolution of %s^-%d s, want at most %s^-%d", base, power, base, most))
	}
	c.perSecond = 1 << (power & 63)
	if v&0x80 == 0 {
		c.perSecond = 1
		for range power {
			c.perSecond *= 10
		}
	}
	return nil
}

// ngClock is how an interface counts time.
type ngClock struct {
	perSecond uint64
	offset    int64 // seconds to add
}

// nanoseconds is the time of a stamp since 1970, the nearest there is where an int64 cannot hold it.
func (c ngClock) nanoseconds(stamp uint64) int64 {
	const limit = math.MaxInt64/1_000_000_000 - 1 // seconds
	s, frac := stamp/c.perSecond, stamp%c.perSecond
	hi, lo := bits.Mul64(frac, 1e9)
	ns, _ := bits.Div64(hi, lo, c.perSecond)
	seconds := int64(min(s, math.MaxInt64/2)) + max(min(c.offset, math.MaxInt64/2), -math.MaxInt64/2)
	switch {
	case seconds > limit:
		return math.MaxInt64
	case seconds < -limit:
		return math.MinInt64
	}
	return seconds*1e9 + int64(ns)
}
