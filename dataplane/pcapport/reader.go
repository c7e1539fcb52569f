// Package pcapport reads and writes packet captures, merges several by time, and makes an interface of them.
//
// Terms: a capture is a file in the classic pcap format (both byte orders, micro- and nanoseconds) or in pcapng; a
// record is one packet with its time, in pcapng one block; an input is a capture with the name that its packets are
// given in a merge.
//
//	file -> Reader -.
//	file -> Reader --+-> Merger -> packets of all, by time        Writer -> classic pcap, NG -> pcapng
//	file -> Reader -'
//	        Reader ---> Interface.Rx -> graph -> Interface.Tx ---> Writer
//
// Invariant: nothing that a file says about itself is believed before it is checked, no record costs more than MaxSnap
// bytes of memory, and every packet before the first broken byte is delivered. The same bytes give the same packets.
//
// Packets of Ethernet captures are delivered as they are, a frame check sequence included where the capture has one.
// Packets of raw IP captures get an Ethernet header, from 02:00:00:00:00:01 to 02:00:00:00:00:02, and are 14 bytes
// longer for it. The package does not read other link types or compressed files, and does not wait for a packet's time to
// come.
package pcapport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Limits on what a capture may claim.
const (
	MaxSnap  = 262144   // bytes of one packet: what tcpdump captures at most
	MaxBlock = 16 << 20 // bytes of one pcapng block: what libpcap reads at most
)

// Packet is one record.
type Packet struct {
	Time      int64  // nanoseconds since 1970; of a pcapng simple packet, which has none, the time of the one before
	Data      []byte // the frame as far as it was captured; valid until the next call of Next
	OrigLen   int    // bytes of the frame on the wire
	Offset    int64  // of the record in the file
	LinkType  int    // of the capture, before an Ethernet header was put in front
	Interface int    // pcapng: number of the interface in its section
}

// Source is a sequence of packets: a Reader, or what stands in for one.
type Source interface {
	// Next is the next packet, or io.EOF behind the last.
	Next() (Packet, error)
}

// FormatError says that a capture is broken.
type FormatError struct {
	File   string
	Offset int64 // of the record or block that cannot be read
	Cause  error
}

// Error names file, place and cause.
func (e *FormatError) Error() string {
	return fmt.Sprintf("pcapport: capture %q: broken at byte %d: %v", e.File, e.Offset, e.Cause)
}

// Unwrap is the cause: io.ErrUnexpectedEOF where the file ends too early.
func (e *FormatError) Unwrap() error { return e.Cause }

// Reader reads one capture.
type Reader struct {
	src    source
	parse  func() (Packet, error) // of the capture's format
	err    error                  // what Next returned last, to return again
	closer io.Closer

	classic classic
	ng      ng
}

// Open opens the capture at path.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("pcapport: capture %q: %w", path, err)
	}
	r, err := NewReader(f, path)
	if err != nil {
		f.Close() //nolint:errcheck // read only
		return nil, err
	}
	r.closer = f
	return r, nil
}

// NewReader reads a capture from r; name stands for it in errors. The caller closes r.
func NewReader(r io.Reader, name string) (*Reader, error) {
	rd := &Reader{src: newSource(r, name)}
	magic, err := rd.src.peek(4)
	if err != nil {
		return nil, err
	}
	switch m := binary.BigEndian.Uint32(magic); {
	case m == ngSection:
		rd.parse = rd.ng.next
		err = rd.ng.start(&rd.src)
	case rd.classic.setMagic(m):
		rd.parse = rd.classic.next
		err = rd.classic.start(&rd.src)
	case m>>16 == 0x1f8b:
		err = rd.src.broken(errors.New("it is compressed by gzip; unpack it with gunzip first"))
	default:
		err = rd.src.broken(fmt.Errorf("%08x is the start of neither a pcap nor a pcapng file", m))
	}
	if err != nil {
		return nil, err
	}
	return rd, nil
}

// Next is the next packet. It returns io.EOF behind the last one of a sound capture, a *FormatError where the capture is
// broken, a *LinkTypeError where a packet has no Ethernet header; from then on, the same error again.
func (r *Reader) Next() (Packet, error) {
	if r.err != nil {
		return Packet{}, r.err
	}
	p, err := r.parse()
	if err != nil {
		r.err = err
		return Packet{}, err
	}
	return p, nil
}

// Close closes the file that Open opened.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}
