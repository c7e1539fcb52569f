// Package statsreader reads a statistics segment as a client does, for tests. It is written from the format: header, directory,
// vectors, epoch, and uses nothing of package stats. It is stricter than any client: whatever it finds malformed is an error, be
// the epoch what it may.
package statsreader

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Reader reads a segment as a client does, written from the format, with nothing of the package's.
type Reader struct{ mem []byte }

// Descriptor gets a segment by its socket, with the descriptor, which is the caller's to close.
func Descriptor(path string) (*Reader, int, error) {
	c, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		return nil, -1, err
	}
	defer c.Close()
	data, oob := make([]byte, 16), make([]byte, 64)
	_, n, _, _, err := c.ReadMsgUnix(data, oob)
	if err != nil {
		return nil, -1, err
	}
	msgs, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(msgs) != 1 {
		return nil, -1, fmt.Errorf("%d control messages, %v", len(msgs), err)
	}
	fds, err := unix.ParseUnixRights(&msgs[0])
	if err != nil || len(fds) != 1 {
		return nil, -1, fmt.Errorf("%d descriptors, %v", len(fds), err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fds[0], &st); err != nil {
		return nil, -1, err
	}
	mem, err := unix.Mmap(fds[0], 0, int(st.Size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, -1, err
	}
	return &Reader{mem}, fds[0], nil
}

// Connect gets a segment by its socket.
func Connect(path string) (*Reader, error) {
	r, fd, err := Descriptor(path)
	if err == nil {
		unix.Close(fd)
	}
	return r, err
}

// Value is what an entry has: by thread and column; a scalar is one number, combined counters two to a column.
type Value struct {
	Kind    uint32
	Numbers [][]uint64
	Names   []string
}

// Sum is the first number of a column over all threads.
func (v Value) Sum(column int) (n uint64) {
	for _, row := range v.Numbers {
		n += row[column]
	}
	return n
}

// ErrAgain is what Dump gives for a change meanwhile.
var ErrAgain = errors.New("the epoch has changed")

func (r *Reader) u64(at uint64) uint64 {
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&r.mem[at : at+8][0])))
}

func (r *Reader) u32(at uint64) uint32 {
	return atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.mem[at : at+4][0])))
}

// vector checks that a pointer leads to a vector, as strictly as the strictest client, and gives its place and length.
func (r *Reader) vector(p uint64, size int) (at uint64, n int) {
	at = p - r.u64(8)
	if at < 4096 || at%64 != 0 || at >= uint64(len(r.mem)) {
		panic(fmt.Sprintf("pointer %#x leads nowhere", p))
	}
	n = int(r.u32(at - 8))
	if at+uint64(n)*uint64(size) >= uint64(len(r.mem)) {
		panic(fmt.Sprintf("vector of %d elements at %#x runs over the end", n, p))
	}
	return at, n
}

// Dump reads all there is, or ErrAgain. Whatever is read must be well formed, be the epoch what it may.
func (r *Reader) Dump() (out map[string]Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed: %v", p)
		}
	}()
	epoch := r.u64(16)
	if n := r.u64(24); n != 0 {
		panic(fmt.Sprintf("in_progress is %d", n))
	}
	out = map[string]Value{}
	dir, n := r.vector(r.u64(32), 144)
	for i := range n {
		at := dir + uint64(i)*144
		name, _, ok := strings.Cut(string(r.mem[at+16:at+144]), "\x00")
		if !ok || !strings.HasPrefix(name, "/") {
			panic(fmt.Sprintf("entry %d has the name %q", i, name))
		}
		out[name] = r.value(r.u32(at), r.u64(at+8), dir, n)
	}
	if r.u64(16) != epoch || r.u64(24) != 0 {
		return nil, ErrAgain
	}
	return out, nil
}

func (r *Reader) value(kind uint32, data, dir uint64, entries int) Value {
	v := Value{Kind: kind}
	switch kind {
	case 1:
		v.Numbers = [][]uint64{{data}}
	case 2, 3:
		v.Numbers = r.rows(data, int(kind)-1, -1)
	case 4:
		at, n := r.vector(data, 8)
		for i := range n {
			text, k := r.vector(r.u64(at+uint64(i)*8), 1)
			v.Names = append(v.Names, string(r.mem[text:text+uint64(k)-1]))
		}
	case 5:
	case 6:
		index, column := uint32(data), uint32(data>>32)
		if int(index) >= entries {
			panic(fmt.Sprintf("link to entry %d of %d", index, entries))
		}
		to := dir + uint64(index)*144
		k := r.u32(to)
		if k != 2 && k != 3 {
			panic(fmt.Sprintf("link to an entry of type %d", k))
		}
		v.Kind, v.Numbers = k, r.rows(r.u64(to+8), int(k)-1, int(column))
	default:
		panic(fmt.Sprintf("type %d", kind))
	}
	return v
}

// rows reads all columns, or one.
func (r *Reader) rows(data uint64, wide, column int) (out [][]uint64) {
	top, threads := r.vector(data, 8)
	for i := range threads {
		at, n := r.vector(r.u64(top+uint64(i)*8), 8*wide)
		from, to := 0, n
		if column >= 0 {
			if column >= n {
				panic(fmt.Sprintf("column %d of %d", column, n))
			}
			from, to = column, column+1
		}
		row := []uint64{}
		for c := from * wide; c < to*wide; c++ {
			row = append(row, r.u64(at+uint64(c)*8))
		}
		out = append(out, row)
	}
	return out
}

// Read is Dump until it succeeds.
func (r *Reader) Read() (map[string]Value, error) {
	for range 1000 {
		out, err := r.Dump()
		if !errors.Is(err, ErrAgain) {
			return out, err
		}
	}
	return nil, fmt.Errorf("a thousand times: %w", ErrAgain)
}

// Header is the first words.
func (r *Reader) Header() (h [8]uint64) {
	for i := range h {
		h[i] = binary.LittleEndian.Uint64(r.mem[i*8:])
	}
	return h
}

// Epoch is the number of changes, which goes up by two with each.
func (r *Reader) Epoch() uint64 { return r.u64(16) }

// InProgress is what must be zero always.
func (r *Reader) InProgress() uint64 { return r.u64(24) }

// Close unmaps the segment.
func (r *Reader) Close() error { return unix.Munmap(r.mem) }
