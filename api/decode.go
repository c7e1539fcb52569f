package api

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// ErrShort is what a message gives that ends before its fields do.
var ErrShort = errors.New("api: the message is too short for its fields")

// Decoder reads the fields of a message. After its first error it reads zeros.
type Decoder struct {
	b   []byte
	at  int // what stands before it has been read
	err error
}

// NewDecoder reads b. What is decoded is a copy, so that b may change afterwards.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Err is the first error.
func (d *Decoder) Err() error { return d.err }

// Left is the number of bytes not read yet.
func (d *Decoder) Left() int { return len(d.b) - d.at }

// left is the bytes not read yet.
func (d *Decoder) left() []byte { return d.b[d.at:] }

func (d *Decoder) short() {
	d.at = len(d.b)
	if d.err == nil {
		d.err = ErrShort
	}
}

func (d *Decoder) U8() uint8 {
	p := d.left()
	if len(p) < 1 {
		d.short()
		return 0
	}
	d.at++
	return p[0]
}

func (d *Decoder) U16() uint16 {
	p := d.left()
	if len(p) < 2 {
		d.short()
		return 0
	}
	d.at += 2
	return binary.BigEndian.Uint16(p)
}

func (d *Decoder) U32() uint32 {
	p := d.left()
	if len(p) < 4 {
		d.short()
		return 0
	}
	d.at += 4
	return binary.BigEndian.Uint32(p)
}

func (d *Decoder) U64() uint64 {
	p := d.left()
	if len(p) < 8 {
		d.short()
		return 0
	}
	d.at += 8
	return binary.BigEndian.Uint64(p)
}

func (d *Decoder) I8() int8   { return int8(d.U8()) }
func (d *Decoder) I16() int16 { return int16(d.U16()) }
func (d *Decoder) I32() int32 { return int32(d.U32()) }
func (d *Decoder) I64() int64 { return int64(d.U64()) }

// F64 is little endian; see Encoder.F64.
func (d *Decoder) F64() float64 { return math.Float64frombits(bits.ReverseBytes64(d.U64())) }

// Bool is one byte; anything but 0 is true.
func (d *Decoder) Bool() bool { return d.U8() != 0 }

// Raw fills p with the next bytes.
func (d *Decoder) Raw(p []byte) {
	if d.Left() < len(p) {
		clear(p)
		d.short()
		return
	}
	d.at += copy(p, d.left())
}

// Skip passes n bytes over.
func (d *Decoder) Skip(n int) {
	if d.Left() < n {
		d.short()
		return
	}
	d.at += n
}

// FixedString reads a field of n bytes up to its first NUL.
func (d *Decoder) FixedString(n int) string {
	if d.Left() < n {
		d.short()
		return ""
	}
	p := d.left()[:n]
	d.at += n
	if end := bytes.IndexByte(p, 0); end >= 0 {
		p = p[:end]
	}
	return string(p)
}

// String reads a length of 32 bits and as many bytes.
func (d *Decoder) String() string {
	n := d.Len(uint64(d.U32()), 1)
	s := string(d.left()[:n])
	d.at += n
	return s
}

// Len takes the count of an array of variable length, whose elements have size bytes at least, and returns it if as many
// can be there; else 0, and an error. It bounds what decoding allocates.
func (d *Decoder) Len(n uint64, size int) int {
	if n > uint64(d.Left()/max(size, 1)) {
		if d.err == nil {
			d.err = fmt.Errorf("api: a count of %d, and %d bytes are left: %w", n, d.Left(), ErrShort)
		}
		d.at = len(d.b)
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
