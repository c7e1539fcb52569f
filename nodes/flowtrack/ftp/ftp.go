// Package ftp reads FTP's control connections for the data connections that they announce.
//
// Terms: the client is who has begun the connection; a line is what one side says, up to a line feed; an announcement is a line
// that names where a data connection will go: PORT and EPRT, by which the client waits for the server (active), 227 and 229, by
// which the server waits for the client (passive); a cut line is one that goes on in the next segment.
//
// Only lines that begin a segment are read, and only where the segment before, by sequence numbers, has ended a line: so
// nobody can have a file's name or a part of a longer line taken for an announcement, and a segment that is lost or comes again
// changes nothing. Where lines end is remembered for two places in each direction, so that an earlier segment that comes again is
// read again. These rules are those of Linux's nf_conntrack_ftp; unlike that, a whole line that cannot be understood counts as any
// other line, not as a cut one.
//
// The package knows neither sessions nor packets, changes nothing in what it reads, and allocates nothing.
package ftp

// Memory is what is remembered of a connection. The zero value knows nothing.
type Memory [4]uint64

// Outcome is what a segment was.
type Outcome uint8

// The outcomes.
const (
	Nothing  Outcome = iota // no announcement
	Announce                // one
	Cut                     // the beginning of what may be one: it can only be read if it comes again, whole
)

// Announcement is where a data connection will go.
type Announcement struct {
	Addr    [16]byte // as in an IP header; IPv4: the first 4 bytes
	HasAddr bool     // else it is whoever has sent the line
	Port    uint16
}

// Read reads a segment: its direction, the sequence number of its first byte, its payload, of a connection over IPv6 or IPv4.
func (m *Memory) Read(reply bool, seq uint32, data []byte, ip6 bool) (a Announcement, what Outcome) {
	if len(data) == 0 {
		return a, Nothing
	}
	dir := 0
	if reply {
		dir = 1
	}
	begun := m[known+dir] == resumed
	if begun || m.lineBegins(dir, seq) {
		if a, what = parse(data, reply, ip6); what == Cut {
			return a, what
		}
	}
	if begun {
		m[known+dir] = 0
	}
	if data[len(data)-1] == '\n' {
		m.lineEnded(dir, seq+uint32(len(data)))
	}
	return a, what
}

// The memory's words: by direction, two sequence numbers behind the ends of lines; then how many of them are known.
const (
	known   = 2
	resumed = 1 << 32 // in place of the number: the next segment begins a line
)

// Resume is for a connection that was followed before, by somebody whose memory is lost: each side's next segment is believed to begin a
// line.
func (m *Memory) Resume() { *m = Memory{known: resumed, known + 1: resumed} }

func (m *Memory) lineBegins(dir int, seq uint32) bool {
	n := m[known+dir]
	return n > 0 && uint32(m[dir]) == seq || n > 1 && uint32(m[dir]>>32) == seq
}

// lineEnded remembers the end of a line, in place of the older one of the two that are known, unless it is older still.
func (m *Memory) lineEnded(dir int, seq uint32) {
	if m.lineBegins(dir, seq) {
		return
	}
	first, second := uint32(m[dir]), uint32(m[dir]>>32)
	switch n := &m[known+dir]; {
	case *n == 0:
		first, *n = seq, 1
	case *n == 1:
		second, *n = seq, 2
	case before(first, second):
		if before(first, seq) {
			first = seq
		}
	case before(second, seq):
		second = seq
	}
	m[dir] = uint64(first) | uint64(second)<<32
}

// before compares sequence numbers, which wrap.
func before(a, b uint32) bool { return int32(a-b) < 0 }
