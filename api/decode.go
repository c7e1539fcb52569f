package api

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrShort is what a message gives that ends before its fields do.
var ErrShort = errors.New("api: the message is too short for its fields")

// Decoder reads the fields of a message. After its first error it reads zeros.
type Decoder struct {
	b   []byte
	err error
}

// NewDecoder reads b, which must not change while what was decoded is in use, but for strings and arrays: those are copied.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Err is the first error.
func (d *Decoder) Err() error { return d.err }

// Left is the number of bytes not read yet.
func (d *Decoder) Left() int { return len(d.b) }

var zeros [8]byte

// take returns the next n bytes; zeros where there are not as many. n is at most 8.
func (d *Decoder) take(n int) []byte {
	if len(d.b) < n {
		d.short()
		return zeros[:n]
	}
	p := d.b[:n]
	d.b = d.b[n:]
	return p
}

func (d *Decoder) short() {
	d.b = nil
	if d.err == nil {
		d.err = ErrShort
	}
}

func (d *Decoder) U8() uint8   { return d.take(1)[0] }
func (d *Decoder) U16() uint16 { return binary.BigEndian.Uint16(d.take(2)) }
func (d *Decoder) U32() uint32 { return binary.BigEndian.Uint32(d.take(4)) }
func (d *Decoder) U64() uint64 { return binary.BigEndian.Uint64(d.take(8)) }
func (d *Decoder) I8() int8    { return int8(d.U8()) }
func (d *Decoder) I16() int16  { return int16(d.U16()) }
func (d *Decoder) I32() int32  { return int32(d.U32()) }
func (d *Decoder) I64() int64  { return int64(d.U64()) }

// F64 is little endian; see Encoder.F64.
func (d *Decoder) F64() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(d.take(8)))
}

// Bool is one byte; anything but 0 is true.
func (d *Decoder) Bool() bool { return d.U8() != 0 }

// Raw fills p with the next bytes.
func (d *Decoder) Raw(p []byte) {
	if len(d.b) < len(p) {
		clear(p)
		d.short()
		return
	}
	copy(p, d.b)
	d.b = d.b[len(p):]
}

// Skip passes n bytes over.
func (d *Decoder) Skip(n int) {
	if len(d.b) < n {
		d.short()
		return
	}
	d.b = d.b[n:]
}

// FixedString reads a field of n bytes up to its first NUL.
func (d *Decoder) FixedString(n int) string {
	if len(d.b) < n {
		d.short()
		return ""
	}
	p := d.b[:n]
	d.b = d.b[n:]
	if end := bytes.IndexByte(p, 0); end >= 0 {
		p = p[:end]
	}
	return string(p)
}

// String reads a length of 32 bits and as many bytes.
func (d *Decoder) String() string {
	n := d.Len(uint64(d.U32()), 1)
	if n == 0 {
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// Len takes the count of an array of variable length, whose elements have size bytes at least, and returns it if as many
// can be there; else 0, and an error. It bounds what decoding allocates.
func (d *Decoder) Len(n uint64, size int) int {
	if n > uint64(len(d.b)/max(size, 1)) {
		if d.err == nil {
			d.err = fmt.Errorf("api: a count of %d, and %d bytes are left: %w", n, len(d.b), ErrShort)
		}
		d.b = nil
		return 0
	}
	return int(n)
}

// Slice makes the slice for an array of n elements; see Len. An empty one is nil.
func Slice[T any](d *Decoder, n uint64, size int) []T {
	if l := d.Len(n, size); l > 0 {
		return make([]T, l)
	}
	return nil
}
