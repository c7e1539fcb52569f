package pcapport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"
)

// Writer writes a capture in the classic format, of Ethernet frames, little-endian. Each Write is one write to the file,
// so that what a crash leaves behind can be read.
type Writer struct {
	w      io.Writer
	closer io.Closer
	name   string
	unit   int64  // nanoseconds of a time stamp's fraction
	buf    []byte // records to be written together
	err    error  // the first failure: nothing is written behind it
}

// batchBytes is how much a Writer gathers for one write to the file. Smaller, and system calls show; larger gains nothing.
const batchBytes = 64 << 10

// Errors of a Write that leave the Writer usable.
var (
	ErrTime = errors.New("pcapport: time of a packet that a capture cannot hold: want 1970 to 2106")
	ErrLong = fmt.Errorf("pcapport: packet longer than the %d bytes of a capture's record", MaxSnap)
)

// Create makes or empties the file at path and starts a capture there. resolution is time.Nanosecond or
// time.Microsecond: the latter is read by more programs.
func Create(path string, resolution time.Duration) (*Writer, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("pcapport: capture %q: %w", path, err)
	}
	w, err := NewWriter(f, path, resolution)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w.closer = f
	return w, nil
}

// NewWriter starts a capture on w; name stands for it in errors. The caller closes w.
func NewWriter(w io.Writer, name string, resolution time.Duration) (*Writer, error) {
	magic := uint32(magicMicro)
	switch resolution {
	case time.Nanosecond:
		magic = magicNano
	case time.Microsecond:
	default:
		return nil, fmt.Errorf("pcapport: capture %q: resolution %v: want 1ns or 1µs", name, resolution)
	}
	wr := &Writer{w: w, name: name, unit: int64(resolution), buf: make([]byte, 0, batchBytes+MaxSnap)}
	for _, v := range []uint32{magic, 2 | 4<<16, 0, 0, MaxSnap, linkEthernet} {
		wr.buf = binary.LittleEndian.AppendUint32(wr.buf, v)
	}
	return wr, wr.flush()
}

// Write writes a packet: its time in nanoseconds since 1970, its bytes, and how many there were on the wire (0 for as
// many as data has).
func (w *Writer) Write(time int64, data []byte, origLen int) error {
	if err := w.add(time, data, origLen); err != nil {
		return err
	}
	return w.flush()
}

// add puts a packet with those to be written at the next flush.
func (w *Writer) add(time int64, data []byte, origLen int) error {
	switch {
	case w.err != nil:
		return w.err
	case time < 0 || time/1e9 > math.MaxUint32:
		return ErrTime
	case len(data) > MaxSnap:
		return ErrLong
	}
	if len(w.buf)+classicRecord+len(data) > cap(w.buf) {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(time/1e9))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(time%1e9/w.unit))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(len(data)))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(max(origLen, len(data))))
	w.buf = append(w.buf, data...)
	return nil
}

// flush writes what has been added.
func (w *Writer) flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		w.err = fmt.Errorf("pcapport: capture %q: %w", w.name, err)
	}
	return w.err
}

// Close writes what is left and closes the file that Create made. It returns the first error of the Writer's life, too.
func (w *Writer) Close() error {
	err := w.flush()
	if w.closer != nil {
		err = errors.Join(err, w.closer.Close())
		w.closer = nil
	}
	return err
}
