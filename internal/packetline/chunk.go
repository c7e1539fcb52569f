package packetline

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// chunkNames are the SCTP chunks by type; others are numbers.
var chunkNames = []string{
	"data", "init", "init-ack", "sack", "heartbeat", "heartbeat-ack", "abort", "shutdown", "shutdown-ack", "error",
	"cookie-echo", "cookie-ack", "ecne", "cwr", "shutdown-complete",
}

// initRest is what follows the tag in the INIT and INIT ACK of a line: window, streams out and in, first sequence number.
var initRest = []byte{0, 0, 0xff, 0xff, 0, 10, 0, 10, 0, 0, 0, 1}

// isInit reports whether a chunk has a tag.
func isInit(kind byte) bool { return kind == 1 || kind == 2 }

// chunk takes an SCTP chunk.
func (w *words) chunk(l *line) error {
	s, err := w.next("a chunk")
	if err != nil {
		return err
	}
	name, parts, _ := strings.Cut(s, ",")
	kind := uint64(slices.Index(chunkNames, name))
	if kind > math.MaxUint8 {
		if kind, err = number(name, "chunk", math.MaxUint8); err != nil {
			return fmt.Errorf("%w, or a name such as init-ack", err)
		}
	}
	c := chunk{kind: byte(kind), length: -1}
	if isInit(c.kind) {
		c.body = append(make([]byte, 4), initRest...)
	}
	for part := range strings.SplitSeq(parts, ",") {
		if parts == "" {
			break
		}
		if err := c.part(part); err != nil {
			return err
		}
	}
	l.chunks = append(l.chunks, c.bytes()...)
	return nil
}

// chunk is one of SCTP.
type chunk struct {
	kind, flags byte
	length      int // what its header says; -1 for what is right
	body        []byte
}

func (c *chunk) part(s string) (err error) {
	name, value, _ := strings.Cut(s, "=")
	var n uint64
	switch name {
	case "flags":
		n, err = number(value, name, math.MaxUint8)
		c.flags = byte(n)
	case "len":
		n, err = number(value, name, math.MaxUint16)
		c.length = int(n)
	case "tag":
		if n, err = number(value, name, math.MaxUint32); err == nil && len(c.body) >= 4 {
			be.PutUint32(c.body, uint32(n))
		}
	case "body":
		if c.body, err = hex.DecodeString(value); err != nil {
			err = fmt.Errorf("body %q: want bytes in hex", value)
		}
	default:
		err = fmt.Errorf("chunk %q: want flags=N, len=N, tag=N or body=HEX", s)
	}
	return err
}

func (c *chunk) bytes() []byte {
	n := c.length
	if n < 0 {
		n = 4 + len(c.body)
	}
	b := append(be.AppendUint16([]byte{c.kind, c.flags}, uint16(n)), c.body...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// sctpChunks adds the words of the chunks that b holds, and reports whether that is all that b holds.
func (t *text) sctpChunks(b []byte) bool {
	before := len(t.words)
	for len(b) > 0 {
		n := 0
		if len(b) >= 4 {
			n = int(be.Uint16(b[2:]))
		}
		whole := (n + 3) &^ 3
		if n < 4 || whole > len(b) || n-4 > maxHex || strings.Trim(string(b[n:whole]), "\x00") != "" {
			t.words = t.words[:before]
			return false
		}
		t.chunk(b[:n])
		b = b[whole:]
	}
	return true
}

func (t *text) chunk(b []byte) {
	s := strconv.Itoa(int(b[0]))
	if int(b[0]) < len(chunkNames) {
		s = chunkNames[b[0]]
	}
	if b[1] != 0 {
		s += fmt.Sprintf(",flags=%d", b[1])
	}
	switch body := b[4:]; {
	case isInit(b[0]) && len(body) == 16 && string(body[4:]) == string(initRest):
		if tag := be.Uint32(body); tag != 0 {
			s += fmt.Sprintf(",tag=%d", tag)
		}
	case len(body) > 0 || isInit(b[0]):
		s += fmt.Sprintf(",body=%x", body)
	}
	t.word("chunk %s", s)
}
