package ftp

import "bytes"

// parse6 reads an IPv6 address as it is written, without a zone. It is netip.ParseAddr's, but that it allocates nothing for
// what is none.
func parse6(b []byte, addr *[16]byte) bool {
	*addr = [16]byte{}
	gap := -1 // where :: is, in bytes
	at := 0
	if bytes.HasPrefix(b, []byte("::")) {
		gap, b = 0, b[2:]
	}
	for len(b) > 0 {
		if at == len(addr) {
			return false
		}
		value, digits := hex16(b)
		if digits == 0 {
			return false
		}
		if digits < len(b) && b[digits] == '.' {
			return parseTail(b, addr, at, gap)
		}
		addr[at], addr[at+1] = byte(value>>8), byte(value)
		at += 2
		if b = b[digits:]; len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return false
		}
		if b = b[1:]; b[0] == ':' {
			if gap >= 0 {
				return false
			}
			gap, b = at, b[1:]
		}
	}
	return spread(addr, at, gap)
}

// hex16 is the group at the start of b, of up to four digits.
func hex16(b []byte) (value uint16, digits int) {
	for ; digits < len(b); digits++ {
		c := b[digits]
		switch {
		case isDigit(c):
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return value, digits
		}
		if digits == 4 {
			return 0, 0
		}
		value = value<<4 | uint16(c)
	}
	return value, digits
}

// parseTail reads an address whose last 4 bytes are written as in IPv4.
func parseTail(b []byte, addr *[16]byte, at, gap int) bool {
	if at > 12 {
		return false
	}
	for i := range 4 {
		value, digits := 0, 0
		for ; digits < len(b) && isDigit(b[digits]); digits++ {
			if value = value*10 + int(b[digits]-'0'); value > 255 {
				return false
			}
		}
		if digits == 0 || digits > 1 && b[0] == '0' {
			return false
		}
		addr[at+i], b = byte(value), b[digits:]
		if i < 3 {
			if len(b) == 0 || b[0] != '.' {
				return false
			}
			b = b[1:]
		}
	}
	return len(b) == 0 && spread(addr, at+4, gap)
}

// spread moves what is behind the gap to the end.
func spread(addr *[16]byte, at, gap int) bool {
	if gap < 0 {
		return at == len(addr)
	}
	if at == len(addr) {
		return false
	}
	behind := at - gap
	copy(addr[len(addr)-behind:], addr[gap:at])
	clear(addr[gap : len(addr)-behind])
	return true
}
