package oracle

import (
	"math/rand/v2"
	"slices"
)

// Cutter cuts some of a generator's packets into fragments, which come in order or not, twice, overlapping, or not all.
type Cutter struct {
	g     *Generator
	r     *rand.Rand
	id    uint32
	least int      // bytes of a fragment, if others follow
	queue []Packet // fragments to come
}

// NewCutter makes a cutter of a generator's packets, into fragments of at least so many bytes.
func NewCutter(seed uint64, least int, g *Generator) *Cutter {
	return &Cutter{g: g, least: least, r: rand.New(rand.NewPCG(seed, 9))}
}

// mostWaiting is how many fragments wait to be sent, so that several datagrams come together at a time.
const mostWaiting = 12

// Next is the next packet, whole or a fragment.
func (c *Cutter) Next() Packet {
	for len(c.queue) < mostWaiting {
		p := c.g.Next()
		pieces := c.pieces(p.Data)
		if pieces == nil {
			return p
		}
		for _, f := range pieces {
			c.queue = append(c.queue, Packet{Data: f, Dialogue: p.Dialogue, Whole: p.Data})
		}
	}
	i := 0
	if c.r.IntN(4) == 0 {
		i = c.r.IntN(len(c.queue))
	}
	p := c.queue[i]
	c.queue = slices.Delete(c.queue, i, i+1)
	return p
}

// mostPieces is how many fragments a datagram is cut into at most: package reassembly takes 128.
const mostPieces = 100

// piece is a part of what a datagram carries: bytes from..to, with more behind.
type piece struct {
	from, to int
	more     bool
}

// pieces cuts a datagram, or not.
func (c *Cutter) pieces(p []byte) (out [][]byte) {
	head, body, proto, ok := split(p)
	if !ok || len(body) <= c.least || len(body) > c.least*mostPieces || c.r.IntN(3) == 0 {
		return nil
	}
	if t, _ := parse(p); t.Proto == protoUDPLite { // its checksum is not the same for both sides
		return nil
	}
	c.id++
	plan := c.plan(len(body))
	for _, f := range plan {
		out = append(out, fragment(head, body[f.from:f.to], proto, f, c.id))
	}
	if c.r.IntN(3) == 0 {
		c.r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

// plan says where to cut n bytes, and what goes wrong.
func (c *Cutter) plan(n int) (plan []piece) {
	step := c.least + 8*c.r.IntN(max(1, n/16))
	for from := 0; from < n; from += step {
		plan = append(plan, piece{from, min(from+step, n), from+step < n})
	}
	i := c.r.IntN(len(plan))
	switch c.r.IntN(16) {
	case 0: // lost
		plan = slices.Delete(plan, i, i+1)
	case 1, 2: // twice
		plan = append(plan, plan[i])
	case 3: // overlapping the one before
		if f := plan[i]; f.from >= 8 {
			plan[i].from -= 8
		}
	case 4: // overlapping the one behind
		if f := plan[i]; f.to+8 <= n {
			plan[i].to += 8
		}
	case 5: // an end in the middle
		plan[i].more = !plan[i].more
	case 6: // a length that no piece can have
		if plan[i].to-plan[i].from > 8 {
			plan[i].to -= 1 + c.r.IntN(7)
		}
	case 7: // a part of another one
		if f := plan[i]; f.to-f.from > 8 {
			plan = append(plan, piece{f.from, f.from + 8, true})
		}
	}
	return plan
}

// split takes a datagram without options or extension headers apart.
func split(p []byte) (head, body []byte, proto uint8, ok bool) {
	switch {
	case len(p) > 20 && p[0] == 0x45 && int(be.Uint16(p[2:])) == len(p) && checksum(p[:20], 0) == 0:
		return p[:20], p[20:], p[9], true
	case len(p) > 40 && p[0]>>4 == 6 && int(be.Uint16(p[4:])) == len(p)-40 && p[6] != protoHopByHop && p[6] != protoFragment:
		return p[:40], p[40:], p[6], true
	}
	return nil, nil, 0, false
}

// fragment is one piece as a datagram.
func fragment(head, body []byte, proto uint8, f piece, id uint32) []byte {
	p := slices.Clone(head)
	more := uint16(0)
	if p[0]>>4 == 4 {
		if f.more {
			more = 0x2000
		}
		p = append(p, body...)
		be.PutUint16(p[4:], uint16(id))
		be.PutUint16(p[6:], more|uint16(f.from/8))
		resize(p, 20)
		return p
	}
	if f.more {
		more = 1
	}
	p[6] = protoFragment
	p = append(p, proto, 0, byte(f.from>>8), byte(f.from)&^7|byte(more), byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
	p = append(p, body...)
	resize(p, 40)
	return p
}

// resize writes the length of a datagram whose network header takes head bytes.
func resize(p []byte, head int) {
	if p[0]>>4 == 6 {
		be.PutUint16(p[4:], uint16(len(p)-40))
		return
	}
	be.PutUint16(p[2:], uint16(len(p)))
	be.PutUint16(p[10:], 0)
	be.PutUint16(p[10:], checksum(p[:head], 0))
}
