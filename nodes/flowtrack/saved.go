package flowtrack

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// A file of sessions, all numbers little endian:
//
//	"gvppflow" | order u32 | version u16 | interfaces u16 | saved i64, ns since 1970
//	for each interface: length u8 | name
//	for each session: 96 bytes, see savedSession
//	sessions u64 | CRC-32C of all before, u32
//
// A session names interfaces by their place in the list, from 1. Numbers of states and timeouts are this program's: a change of any
// of them, as of the layout, is another version. A reader takes a file whole or not at all.
const (
	savedMagic   = "gvppflow"
	savedOrder   = 0x01020304
	savedVersion = 1

	savedHead    = len(savedMagic) + 4 + 2 + 2 + 8
	savedSize    = 96
	savedTail    = 8 + 4
	savedMaxName = 255
)

// savedSession is a session in a file.
type savedSession struct {
	flags          uint8 // saved…
	proto          uint8
	detail         uint8 // the protocol's state
	timer          timer
	zone           uint16
	query          uint8 // the type of an ICMP query, as the key has it
	tcpFlags       uint8 // of the first packet, as flow.Origin
	icmp           [2]uint8
	marks          uint8     // of the verdict; 0: none
	from, at       uint16    // interfaces: of the first packet, of the verdict; 0: not known
	ports          [2]uint16 // of the original direction: source, destination
	age, idle      uint32    // since the first packet, the last one; ms
	link           uint32    // names a session that a helper reads along with; of an announced one its master so; 0: none
	addrs          [2][16]byte
	packets, bytes [2]uint64
}

// Bits of savedSession.flags.
const (
	savedIP6 = 1 << iota
	savedReplied
	savedAssured
	savedExpected
	savedPorts // flow.OriginPorts
	savedHelped
)

var le = binary.LittleEndian

// put writes s into b, of savedSize.
func (s *savedSession) put(b []byte) {
	copy(b, []byte{s.flags, s.proto, s.detail, uint8(s.timer), 0, 0, s.query, s.tcpFlags, s.icmp[0], s.icmp[1], s.marks, 0})
	le.PutUint16(b[4:], s.zone)
	le.PutUint16(b[12:], s.from)
	le.PutUint16(b[14:], s.at)
	le.PutUint16(b[16:], s.ports[0])
	le.PutUint16(b[18:], s.ports[1])
	le.PutUint32(b[20:], s.age)
	le.PutUint32(b[24:], s.idle)
	le.PutUint32(b[28:], s.link)
	for i := range 2 {
		copy(b[32+16*i:], s.addrs[i][:])
		le.PutUint64(b[64+8*i:], s.packets[i])
		le.PutUint64(b[80+8*i:], s.bytes[i])
	}
}

// get reads what put has written.
func (s *savedSession) get(b []byte) {
	*s = savedSession{
		flags: b[0], proto: b[1], detail: b[2], timer: timer(b[3]), zone: le.Uint16(b[4:]), query: b[6], tcpFlags: b[7], icmp: [2]uint8(b[8:]),
		marks: b[10], from: le.Uint16(b[12:]), at: le.Uint16(b[14:]), ports: [2]uint16{le.Uint16(b[16:]), le.Uint16(b[18:])},
		age: le.Uint32(b[20:]), idle: le.Uint32(b[24:]), link: le.Uint32(b[28:]), addrs: [2][16]byte{[16]byte(b[32:]), [16]byte(b[48:])},
	}
	for i := range 2 {
		s.packets[i], s.bytes[i] = le.Uint64(b[64+8*i:]), le.Uint64(b[80+8*i:])
	}
}

// saver writes a file of sessions.
type saver struct {
	out   *bufio.Writer
	sum   uint32
	count uint64
	buf   [savedSize]byte
	err   error // the first
}

func (w *saver) write(b []byte) {
	if w.err == nil {
		w.sum = crc32.Update(w.sum, castagnoli, b)
		_, w.err = w.out.Write(b)
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// newSaver begins a file.
func newSaver(out io.Writer, at time.Time, names []string) *saver {
	w := &saver{out: bufio.NewWriterSize(out, 1<<18)}
	b := le.AppendUint32([]byte(savedMagic), savedOrder)
	b = le.AppendUint16(b, savedVersion)
	b = le.AppendUint16(b, uint16(len(names)))
	b = le.AppendUint64(b, uint64(at.UnixNano()))
	for _, name := range names {
		if len(name) > savedMaxName {
			name = "" // nobody's
		}
		b = append(append(b, uint8(len(name))), name...)
	}
	w.write(b)
	return w
}

func (w *saver) add(s *savedSession) {
	s.put(w.buf[:])
	w.write(w.buf[:])
	w.count++
}

// end completes the file.
func (w *saver) end() error {
	w.write(le.AppendUint64(nil, w.count))
	if w.err == nil {
		_, w.err = w.out.Write(le.AppendUint32(nil, w.sum))
	}
	return errors.Join(w.err, w.out.Flush())
}

// savedFile is a file of sessions that has been found to be whole.
type savedFile struct {
	at    time.Time
	names []string
	count uint64
	r     io.ReaderAt
	start int64 // of the first session
}

// openSaved checks a file from its beginning to its end. It takes memory for the names only.
func openSaved(r io.ReaderAt, size int64) (*savedFile, error) {
	f := &savedFile{r: r}
	sum := crc32.New(castagnoli)
	whole := bufio.NewReaderSize(io.TeeReader(io.NewSectionReader(r, 0, max(0, size-4)), sum), 1<<18)
	if err := f.head(whole, size); err != nil {
		return nil, err
	}
	rest := size - f.start - savedTail
	if rest < 0 || rest%savedSize != 0 {
		return nil, fmt.Errorf("it is cut short, or something was added: %d bytes", size)
	}
	var s savedSession
	var b [savedSize]byte
	for n := range rest / savedSize {
		if _, err := io.ReadFull(whole, b[:]); err != nil {
			return nil, err
		}
		s.get(b[:])
		if what := s.fault(len(f.names)); what != "" {
			return nil, fmt.Errorf("session %d of it: %s", n, what)
		}
	}
	var tail [savedTail]byte
	if _, err := io.ReadFull(whole, tail[:8]); err != nil {
		return nil, err
	}
	if _, err := r.ReadAt(tail[8:], size-4); err != nil && err != io.EOF {
		return nil, err
	}
	if f.count = le.Uint64(tail[:]); f.count != uint64(rest/savedSize) || le.Uint32(tail[8:]) != sum.Sum32() {
		return nil, errors.New("its checksum is wrong: it was damaged or cut short")
	}
	return f, nil
}

// head reads what comes before the sessions.
func (f *savedFile) head(r io.Reader, size int64) error {
	b := make([]byte, savedHead)
	n, err := io.ReadFull(r, b)
	switch {
	case string(b[:len(savedMagic)]) != savedMagic:
		return fmt.Errorf("it is no file of gvpp's sessions: it begins with %q", b[:min(n, len(savedMagic))])
	case err != nil:
		return errors.New("it is cut short")
	}
	at := len(savedMagic)
	order, version := le.Uint32(b[at:]), le.Uint16(b[at+4:])
	switch {
	case order != savedOrder:
		return errors.New("it was written on a machine with another byte order")
	case version != savedVersion:
		return fmt.Errorf("it has version %d; this gvpp reads version %d", version, savedVersion)
	}
	f.at, f.start = time.Unix(0, int64(le.Uint64(b[at+8:]))), int64(savedHead)
	name := make([]byte, savedMaxName)
	for range le.Uint16(b[at+6:]) {
		_, err := io.ReadFull(r, name[:1])
		n := name[0]
		if err == nil {
			_, err = io.ReadFull(r, name[:n])
		}
		if f.start += 1 + int64(n); err != nil || f.start > size {
			return errors.New("it is cut short")
		}
		f.names = append(f.names, string(name[:n]))
	}
	return nil
}

// each calls do with each session, until do is false.
func (f *savedFile) each(do func(*savedSession) bool) error {
	r := bufio.NewReaderSize(io.NewSectionReader(f.r, f.start, int64(f.count)*savedSize), 1<<18)
	var s savedSession
	var b [savedSize]byte
	for range f.count {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return err
		}
		if s.get(b[:]); s.fault(len(f.names)) != "" || !do(&s) {
			return nil
		}
	}
	return nil
}
