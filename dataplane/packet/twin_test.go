package packet

import "github.com/gvpp/gvpp/dataplane/buffer"

// twin is the parser as slowly and plainly as one can write it, to hold the fast one against: it reads one byte at a
// time, each with the bound that applies there.
type twin struct {
	p   []byte
	end int // reads at or behind it fail
	bad bool
	m   buffer.Meta
}

func (t *twin) u8(at int) int {
	if at < 0 || at >= t.end {
		t.bad = true
		return 0
	}
	return int(t.p[at])
}

func (t *twin) u16(at int) int { return t.u8(at)<<8 | t.u8(at+1) }

// ok reports whether all reads since the last call were within bounds.
func (t *twin) ok() bool {
	bad := t.bad
	t.bad = false
	return !bad
}

func twinParse(p []byte) (buffer.Meta, Fault) {
	t := &twin{p: p, end: len(p)}
	if len(p) < 14 {
		return t.m, FaultFrameShort
	}
	at, etherType := 14, t.u16(12)
	for etherType == 0x8100 || etherType == 0x88a8 || etherType == 0x9100 {
		next := t.u16(at + 2)
		if !t.ok() || t.m.VLANs == 2 {
			break
		}
		t.m.VLANs++
		at, etherType = at+4, next
	}
	t.m.L3, t.m.EtherType = uint16(at), uint16(etherType)
	switch etherType {
	case 0x0800:
		return t.m, t.ip4(at)
	case 0x86dd:
		f := t.ip6(at)
		return t.m, f
	}
	return t.m, FaultNone
}

func (t *twin) ip4(at int) Fault {
	if len(t.p)-at < 20 {
		return FaultIP4HeaderLength
	}
	head, total := t.u8(at)%16*4, t.u16(at+2)
	switch {
	case t.u8(at)/16 != 4:
		return FaultIP4Version
	case head < 20 || head > len(t.p)-at:
		return FaultIP4HeaderLength
	case total < head || total > len(t.p)-at:
		return FaultIP4TotalLength
	case naiveSum(t.p[at:at+head]) != 0xffff:
		return FaultIP4Checksum
	}
	t.end = at + total
	t.m.IsIP4, t.m.HasProto, t.m.Proto = true, true, uint8(t.u8(at+9))
	t.m.End, t.m.L4 = uint16(t.end), uint16(at+head)
	word := t.u16(at + 6)
	t.m.LaterFragment = word%0x2000 != 0
	t.m.Fragment = t.m.LaterFragment || word&0x2000 != 0
	t.transport(at + head)
	return FaultNone
}

func (t *twin) ip6(at int) Fault {
	switch {
	case len(t.p)-at < 40:
		return FaultIP6HeaderLength
	case t.u8(at)/16 != 6:
		return FaultIP6Version
	case t.u16(at+4) > len(t.p)-at-40:
		return FaultIP6PayloadLength
	}
	t.end = at + 40 + t.u16(at+4)
	t.m.IsIP6, t.m.End = true, uint16(t.end)
	next, l4 := t.u8(at+6), at+40
	for n := 1; next == 0 || next == 43 || next == 44 || next == 60; n++ {
		t.m.L4 = uint16(l4)
		if t.m.LaterFragment {
			break
		}
		size := 8
		if next != 44 {
			size += t.u8(l4+1) * 8
		} else if t.u8(l4 + 7); !t.bad {
			t.m.Fragment = true
			t.m.LaterFragment = t.u16(l4+2)/8 != 0
		}
		following := t.u8(l4)
		t.u8(l4 + size - 1)
		if !t.ok() || n > 16 {
			return FaultNone
		}
		next, l4 = following, l4+size
	}
	t.m.HasProto, t.m.Proto, t.m.L4 = true, uint8(next), uint16(l4)
	t.transport(l4)
	return FaultNone
}

func (t *twin) transport(at int) {
	if t.m.LaterFragment {
		return
	}
	switch t.m.Proto {
	case 6, 17, 33, 132, 136:
		src, dst := t.u16(at), t.u16(at+2)
		if t.ok() {
			t.m.HasPorts, t.m.SrcPort, t.m.DstPort = true, uint16(src), uint16(dst)
		}
	}
	if flags := t.u8(at + 13); t.ok() && t.m.Proto == 6 {
		t.m.HasTCPFlags, t.m.TCPFlags = true, uint8(flags)
	}
	kind, code := t.u8(at), t.u8(at+1)
	if t.ok() && (t.m.Proto == 1 && t.m.IsIP4 || t.m.Proto == 58 && t.m.IsIP6) {
		t.m.HasICMP, t.m.ICMPType, t.m.ICMPCode = true, uint8(kind), uint8(code)
	}
}

// naiveSum adds up big-endian words, one by one.
func naiveSum(b []byte) uint16 {
	sum := uint32(0)
	for i, v := range b {
		if i%2 == 0 {
			sum += uint32(v) << 8
		} else {
			sum += uint32(v)
		}
		if sum > 0xffff {
			sum -= 0xffff
		}
	}
	return uint16(sum)
}
