package packet

import "github.com/gvpp/gvpp/dataplane/buffer"

// twinFlaw is Transport and Headers as plainly as one can write them, on a packet that the parser has read.
func twinFlaw(p []byte, m buffer.Meta, sums bool) Flaw {
	if !m.IsIP4 && !m.IsIP6 {
		return FlawNone
	}
	proto, l4 := int(m.Proto), int(m.L4)
	if m.IsIP6 {
		var f Flaw
		if proto, l4, f = twinChain(p, m); f != FlawNone || proto < 0 {
			return f
		}
	} else if m.Fragment {
		return FlawNone
	}
	t := p[l4:m.End]
	x := func(i int) int { return int(t[i]) }
	switch short := map[int]int{6: 20, 17: 8, 136: 8, 1: 8, 58: 8, 132: 12}[proto]; {
	case (proto == 1) == m.IsIP6 && (proto == 1 || proto == 58) || proto == 58 && m.IsIP4:
		return FlawICMPFamily
	case len(t) < short:
		return FlawShort
	}
	wrong := sums && naiveSum(append(twinPseudo(p, m, proto, len(t)), t...)) != 0xffff
	switch proto {
	case 6:
		switch {
		case x(12)>>4 < 5 || x(12)>>4*4 > len(t):
			return FlawTCPOffset
		case wrong:
			return FlawSum
		}
		switch x(13) & 0x37 {
		case 0x02, 0x22, 0x12, 0x04, 0x14, 0x10, 0x30, 0x11, 0x31:
		default:
			return FlawTCPFlags
		}
	case 17:
		switch n := x(4)<<8 + x(5); {
		case n < 8 || n > len(t):
			return FlawUDPLength
		case wrong && x(6)+x(7) > 0:
			return FlawSum
		}
	case 136:
		n := x(4)<<8 + x(5)
		if n == 0 {
			n = len(t)
		}
		switch {
		case n < 8 || n > len(t):
			return FlawCoverage
		case x(6)+x(7) == 0:
			return FlawNoSum
		case sums && naiveSum(append(twinPseudo(p, m, proto, len(t)), t[:n]...)) != 0xffff:
			return FlawSum
		}
	case 1, 58:
		if wrong {
			return FlawSum
		}
		good := map[bool][]int{
			false: {0, 3, 4, 5, 8, 11, 12, 13, 14, 15, 16, 17, 18},
			true:  {128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 139, 140, 143, 151, 152},
		}[m.IsIP6]
		for _, kind := range good {
			if kind == x(0) {
				return FlawNone
			}
		}
		if !m.IsIP6 || x(0) > 127 {
			return FlawICMPType
		}
	case 132:
		return twinSCTP(t, sums)
	case 47:
		if len(t) >= 8 && x(1)%8 == 1 && (x(2) != 0x88 || x(3) != 0x0b) {
			return FlawGRE
		}
	}
	return FlawNone
}

// twinChain walks from the IPv6 header to the protocol, -1 for a packet that has none to check.
func twinChain(p []byte, m buffer.Meta) (proto, l4 int, f Flaw) {
	t := &twin{p: p, end: int(m.End)}
	at, ah := int(m.L3)+40, false
	proto = t.u8(int(m.L3) + 6)
	for n := 0; ; n++ {
		size := t.u8(at+1)*8 + 8
		if !ah && n == 16 && (proto == 0 || proto == 43 || proto == 44 || proto == 60) {
			return 0, 0, FlawHeaders
		}
		switch proto {
		case 0, 43, 60:
		case 51:
			if size = t.u8(at+1)*4 + 8; !ah {
				ah, n = true, 0
			}
		case 44:
			size = 8
			if word := t.u16(at + 2); t.ok() && (ah || at+8 <= int(m.End)) && (word>>3 != 0 || word&1 != 0) {
				if ah {
					return 0, 0, FlawNoProtocol
				}
				return -1, 0, FlawNone
			}
		case 59:
			return 0, 0, FlawNoProtocol
		default:
			if at > int(m.End) {
				return 0, 0, FlawNoProtocol
			}
			return proto, at, FlawNone
		}
		next := t.u8(at)
		if t.u8(at + 1); !t.ok() || ah && n == 16 || !ah && (at+8 > int(m.End) || at+size > int(m.End)) {
			return 0, 0, FlawNoProtocol
		}
		proto, at = next, at+size
	}
}

func twinPseudo(p []byte, m buffer.Meta, proto, n int) []byte {
	if m.IsIP4 && proto == 1 {
		return nil
	}
	at, size := int(m.L3)+12, 8
	if m.IsIP6 {
		at, size = int(m.L3)+8, 32
	}
	b := append([]byte(nil), p[at:at+size]...)
	return append(b, 0, byte(n>>16), byte(n>>8), byte(n), 0, 0, 0, byte(proto))
}

// twinSCTP: the CRC bit by bit, and the chunks into a list.
func twinSCTP(t []byte, sums bool) Flaw {
	crc := ^uint32(0)
	for i, b := range t {
		if i >= 8 && i < 12 {
			b = 0
		}
		crc ^= uint32(b)
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78*(crc&1)
		}
	}
	crc = ^crc
	if sums && (t[8] != byte(crc) || t[9] != byte(crc>>8) || t[10] != byte(crc>>16) || t[11] != byte(crc>>24)) {
		return FlawSum
	}
	var kinds []byte
	for at := 12; at+4 <= len(t); {
		n := int(t[at+2])<<8 + int(t[at+3])
		if n == 0 {
			return FlawChunks
		}
		kinds = append(kinds, t[at])
		for n%4 != 0 {
			n++
		}
		at += n
	}
	bad := len(kinds) == 0 || len(kinds) > 512
	for i, k := range kinds {
		bad = bad || len(kinds) > 1 && i < len(kinds)-1 && (k == 1 || k == 2 || k == 14) || i > 0 && (k == 1 || k == 2 || k == 14 || k == 10 || k == 11)
	}
	if bad {
		return FlawChunks
	}
	return FlawNone
}
