package ftp

import "bytes"

// verb is the beginning of an announcement.
type verb struct {
	word  string // in capitals
	parse func(rest []byte, ip6 bool) (Announcement, bool)
}

// verbs are those of the client and of the server.
var verbs = [2][2]verb{
	{{"PORT", parsePort}, {"EPRT", parseEPRT}},
	{{"227 ", parsePassive}, {"229 ", parseExtended}},
}

// parse reads the first line of data.
func parse(data []byte, reply, ip6 bool) (a Announcement, what Outcome) {
	line, _, whole := bytes.Cut(data, []byte{'\n'})
	if whole {
		line = data[:len(line)+1]
	}
	side := &verbs[0]
	if reply {
		side = &verbs[1]
	}
	for i := range side {
		v := &side[i]
		switch {
		case !begins(line, v.word):
			continue
		case len(line) > len(v.word):
			if a, ok := v.parse(line[len(v.word):], ip6); ok {
				return a, Announce
			}
		}
		if !whole {
			return Announcement{}, Cut
		}
	}
	return Announcement{}, Nothing
}

// begins reports whether line and word agree as far as both go, small letters being capitals.
func begins(line []byte, word string) bool {
	for i := range min(len(line), len(word)) {
		c := line[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// parsePort: ` 10,0,0,1,4,5` and the end of the line.
func parsePort(rest []byte, ip6 bool) (Announcement, bool) {
	at := bytes.IndexByte(rest, ' ')
	if at < 0 {
		return Announcement{}, false
	}
	a, end, ok := sixNumbers(rest[at+1:], ip6)
	return a, ok && (end == '\r' || end == '\n')
}

// parsePassive: `Entering Passive Mode (10,0,0,1,4,5).`: the numbers are the first in the line, with or without brackets (RFC 1123,
// section 4.1.2.6).
func parsePassive(rest []byte, ip6 bool) (Announcement, bool) {
	for i := range rest {
		if isDigit(rest[i]) {
			a, _, ok := sixNumbers(rest[i:], ip6)
			return a, ok
		}
	}
	return Announcement{}, false
}

// sixNumbers is an IPv4 address and a port in bytes. end is what comes behind, for only that tells that the last one is whole.
func sixNumbers(b []byte, ip6 bool) (a Announcement, end byte, ok bool) {
	var n [6]byte
	b, ok = numbers(b, n[:], ',')
	copy(a.Addr[:], n[:4])
	a.HasAddr, a.Port = true, uint16(n[4])<<8|uint16(n[5])
	if !ok || ip6 || a.Port == 0 {
		return Announcement{}, 0, false
	}
	return a, b[0], true
}

// numbers reads bytes with separators between them, and returns the rest, which is not empty.
func numbers(b []byte, n []byte, separator byte) (rest []byte, ok bool) {
	for i := range n {
		value, digits := 0, 0
		for ; digits < len(b) && isDigit(b[digits]) && value <= 255; digits++ {
			value = value*10 + int(b[digits]-'0')
		}
		if digits == 0 || digits == len(b) || value > 255 || i < len(n)-1 && b[digits] != separator {
			return nil, false
		}
		n[i], b = byte(value), b[digits:]
		if i < len(n)-1 {
			b = b[1:]
		}
	}
	return b, true
}

// parseEPRT: ` |1|10.0.0.1|1029|` or ` |2|fd00::1|1029|`, with any delimiter (RFC 2428).
func parseEPRT(rest []byte, ip6 bool) (a Announcement, ok bool) {
	at := bytes.IndexByte(rest, ' ')
	if at < 0 || len(rest) < at+4 {
		return a, false
	}
	rest = rest[at+1:]
	delimiter := rest[0]
	if !isDelimiter(delimiter) || rest[2] != delimiter {
		return a, false
	}
	family := rest[1]
	rest = rest[3:]
	switch {
	case family == '1' && !ip6:
		if rest, ok = numbers(rest, a.Addr[:4], '.'); !ok || rest[0] != delimiter {
			return Announcement{}, false
		}
	case family == '2' && ip6:
		end := bytes.IndexByte(rest, delimiter)
		if end < 0 || !parse6(rest[:end], &a.Addr) {
			return Announcement{}, false
		}
		rest = rest[end:]
	default:
		return Announcement{}, false
	}
	a.HasAddr = true
	a.Port, ok = port(rest[1:], delimiter)
	return a, ok
}

// parseExtended: `Entering Extended Passive Mode (|||1029|)`, with any delimiter (RFC 2428).
func parseExtended(rest []byte, _ bool) (a Announcement, ok bool) {
	at := bytes.IndexByte(rest, '(')
	if at < 0 || len(rest) < at+4 {
		return a, false
	}
	rest = rest[at+1:]
	if !isDelimiter(rest[0]) || rest[1] != rest[0] || rest[2] != rest[0] {
		return a, false
	}
	a.Port, ok = port(rest[3:], rest[0])
	return a, ok
}

// port is a number and a delimiter behind it.
func port(b []byte, delimiter byte) (uint16, bool) {
	n := 0
	for _, c := range b {
		switch {
		case c == delimiter:
			return uint16(n), n > 0
		case !isDigit(c):
			return 0, false
		}
		if n = n*10 + int(c-'0'); n > 65535 {
			return 0, false
		}
	}
	return 0, false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isDelimiter: what can be printed and is no digit.
func isDelimiter(c byte) bool { return c > ' ' && c <= '~' && !isDigit(c) }
