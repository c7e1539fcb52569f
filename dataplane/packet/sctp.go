package packet

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Types of SCTP chunks that move an association.
const (
	SCTPData             = 0
	SCTPInit             = 1
	SCTPInitAck          = 2
	SCTPHeartbeat        = 4
	SCTPHeartbeatAck     = 5
	SCTPAbort            = 6
	SCTPShutdown         = 7
	SCTPShutdownAck      = 8
	SCTPError            = 9
	SCTPCookieEcho       = 10
	SCTPCookieAck        = 11
	SCTPShutdownComplete = 14
)

// SCTPTagReflected is the flag of ABORT and SHUTDOWN COMPLETE that says that the tag is that of the other side: T.
const SCTPTagReflected = 1

// maxChunks bounds the chunks that are looked at: a packet of 1500 bytes has room for 367.
const maxChunks = 512

// SCTPChunk is one chunk.
type SCTPChunk struct {
	Type, Flags uint8
	HasTag      bool   // an INIT or INIT ACK whose header is there
	Tag         uint32 // its initiate tag; valid if HasTag
}

// SCTPChunks is the chunks of a packet from one on.
type SCTPChunks struct {
	rest []byte
	left int
}

// SCTPOf is the verification tag of an SCTP packet, and its chunks. It is false where the header is cut.
func SCTPOf(p []byte, m *buffer.Meta) (tag uint32, c SCTPChunks, ok bool) {
	t := transportBytes(p, m)
	if len(t) < sctpLen {
		return 0, c, false
	}
	return binary.BigEndian.Uint32(t[4:]), SCTPChunks{t[sctpLen:], maxChunks}, true
}

// Next takes a chunk; false says that there are no more. A chunk that is cut is there if its 4 bytes of header are.
func (c *SCTPChunks) Next() (k SCTPChunk, ok bool) {
	h := c.rest
	if len(h) < 4 || c.left <= 0 {
		return k, false
	}
	k.Type, k.Flags = h[0], h[1]
	if (k.Type == SCTPInit || k.Type == SCTPInitAck) && len(h) >= 4+16 {
		k.HasTag, k.Tag = true, binary.BigEndian.Uint32(h[4:])
	}
	size := max(4, (int(binary.BigEndian.Uint16(h[2:]))+3)&^3)
	c.rest, c.left = h[min(size, len(h)):], c.left-1
	return k, true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var fourZeros = make([]byte, 4)

func sctpFlaw(t []byte, sums bool) Flaw {
	if len(t) < sctpLen {
		return FlawShort
	}
	if sums {
		crc := crc32.Update(0, castagnoli, t[:8])
		crc = crc32.Update(crc, castagnoli, fourZeros)
		if crc = crc32.Update(crc, castagnoli, t[sctpLen:]); crc != binary.LittleEndian.Uint32(t[8:]) {
			return FlawSum
		}
	}
	return chunkFlaw(t[sctpLen:])
}

// chunkFlaw: INIT, INIT ACK and SHUTDOWN COMPLETE come alone, COOKIE ECHO and COOKIE ACK first, each has a length, and there is one.
func chunkFlaw(t []byte) Flaw {
	c := SCTPChunks{t, maxChunks + 1}
	alone := false
	for n := 0; ; n++ {
		empty := len(c.rest) >= 4 && c.rest[2] == 0 && c.rest[3] == 0
		k, ok := c.Next()
		if !ok {
			if n == 0 {
				return FlawChunks
			}
			return FlawNone
		}
		first := false
		switch k.Type {
		case SCTPInit, SCTPInitAck, SCTPShutdownComplete:
			alone = true
		case SCTPCookieEcho, SCTPCookieAck:
			first = true
		}
		if n > 0 && (alone || first) || empty || n == maxChunks {
			return FlawChunks
		}
	}
}
