package pcapport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// source is a file being read: it knows where it is, and reads no more than it is told.
type source struct {
	r      *bufio.Reader
	name   string
	offset int64  // of the next byte
	record int64  // offset of the record being read, for errors
	head   []byte // scratch for header fields
	data   []byte // the packet, with room for an Ethernet header in front
}

// readBuffer is the size of a read from the file, in bytes. Smaller, and system calls show; larger gains nothing.
const readBuffer = 64 << 10

func newSource(r io.Reader, name string) source {
	return source{r: bufio.NewReaderSize(r, readBuffer), name: name, head: make([]byte, 64), data: make([]byte, 2048)}
}

// broken is the error for the record being read.
func (s *source) broken(cause error) error {
	return &FormatError{File: s.name, Offset: s.record, Cause: cause}
}

// readError turns what a read returned into what the caller of the package sees.
func (s *source) readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return s.broken(fmt.Errorf("the file ends too early: %w", io.ErrUnexpectedEOF))
	}
	return fmt.Errorf("pcapport: capture %q: reading at byte %d: %w", s.name, s.offset, err)
}

// peek is the next n bytes without reading them.
func (s *source) peek(n int) ([]byte, error) {
	b, err := s.r.Peek(n)
	if err != nil {
		return nil, s.readError(err)
	}
	return b, nil
}

// begin starts a record. At the end of the file it returns io.EOF.
func (s *source) begin() error {
	s.record = s.offset
	_, err := s.r.Peek(1)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return s.readError(err)
}

// field reads the n bytes of a header, at most len(s.head). They are valid until the next call.
func (s *source) field(n int) ([]byte, error) {
	return s.head[:n], s.fill(s.head[:n])
}

// packet reads a packet of n bytes behind etherRoom bytes of room. n is at most MaxSnap. The buffer grows as the bytes
// are found to be there, so a length alone allocates nothing.
func (s *source) packet(n int) error {
	s.data = s.data[:cap(s.data)]
	for at := etherRoom; at < etherRoom+n; {
		if at == len(s.data) {
			s.data = append(s.data, make([]byte, len(s.data))...)
		}
		to := min(len(s.data), etherRoom+n)
		if err := s.fill(s.data[at:to]); err != nil {
			return err
		}
		at = to
	}
	s.data = s.data[:etherRoom+n]
	return nil
}

func (s *source) fill(b []byte) error {
	n, err := io.ReadFull(s.r, b)
	s.offset += int64(n)
	if err != nil {
		return s.readError(err)
	}
	return nil
}

// skip reads over n bytes.
func (s *source) skip(n int) error {
	k, err := s.r.Discard(n)
	s.offset += int64(k)
	if err != nil {
		return s.readError(err)
	}
	return nil
}
