package api

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Encoder appends the fields of a message to a buffer. Its first error is kept, and what follows it is of no use.
type Encoder struct {
	b   []byte
	err error
}

// NewEncoder makes an encoder that appends to b.
func NewEncoder(b []byte) *Encoder { return &Encoder{b: b} }

// Bytes is what has been encoded, and why it could not be.
func (e *Encoder) Bytes() ([]byte, error) { return e.b, e.err }

func (e *Encoder) fail(format string, a ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("api: "+format, a...)
	}
}

func (e *Encoder) U8(v uint8)   { e.b = append(e.b, v) }
func (e *Encoder) U16(v uint16) { e.b = binary.BigEndian.AppendUint16(e.b, v) }
func (e *Encoder) U32(v uint32) { e.b = binary.BigEndian.AppendUint32(e.b, v) }
func (e *Encoder) U64(v uint64) { e.b = binary.BigEndian.AppendUint64(e.b, v) }
func (e *Encoder) I8(v int8)    { e.U8(uint8(v)) }
func (e *Encoder) I16(v int16)  { e.U16(uint16(v)) }
func (e *Encoder) I32(v int32)  { e.U32(uint32(v)) }
func (e *Encoder) I64(v int64)  { e.U64(uint64(v)) }

// F64 is little endian, as VPP sends it on all machines that it runs on (vlibapi/byte_order.h).
func (e *Encoder) F64(v float64) { e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(v)) }

// Bool is one byte.
func (e *Encoder) Bool(v bool) {
	if v {
		e.U8(1)
	} else {
		e.U8(0)
	}
}

// Raw appends bytes as they are.
func (e *Encoder) Raw(p []byte) { e.b = append(e.b, p...) }

// Zero appends n zero bytes.
func (e *Encoder) Zero(n int) { e.b = append(e.b, make([]byte, n)...) }

// FixedString takes n bytes, padded with NUL; at least one NUL stays, so what does not fit n-1 bytes is an error.
func (e *Encoder) FixedString(s string, n int) {
	if len(s) >= n {
		e.fail("string of %d bytes for a field of %d with its NUL", len(s), n)
		return
	}
	e.b = append(e.b, s...)
	e.Zero(n - len(s))
}

// String is a length of 32 bits and as many bytes.
func (e *Encoder) String(s string) { e.U32(uint32(len(s))); e.b = append(e.b, s...) }

// Len checks that n elements can be told in a count that holds at most limit, and returns n. It is for the fields that count an
// array of variable length.
func (e *Encoder) Len(n int, limit uint64) uint64 {
	if uint64(n) > limit {
		e.fail("%d elements, and their count holds %d at most", n, limit)
		return 0
	}
	return uint64(n)
}
