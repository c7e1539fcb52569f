package pg

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/pcapport"
)

// maxReplay bounds the memory of the captures of all streams together, in bytes. A packet takes 4 bytes more than it has.
const maxReplay = 64 << 20

// replay is the packets of a capture, in its order and from the beginning again. One goroutine uses it.
type replay struct {
	data  []byte
	ends  []uint32 // of each packet in data
	index int      // the next one
}

// next is the next packet.
func (r *replay) next() []byte {
	begin := uint32(0)
	if r.index > 0 {
		begin = r.ends[r.index-1]
	}
	p := r.data[begin:r.ends[r.index]]
	if r.index++; r.index == len(r.ends) {
		r.index = 0
	}
	return p
}

// bytes is the memory that it takes.
func (r *replay) bytes() int {
	if r == nil {
		return 0
	}
	return len(r.data) + 4*len(r.ends)
}

// sizes are the bytes of the shortest and the longest packet.
func (r *replay) sizes() (least, most int) {
	begin := uint32(0)
	for i, end := range r.ends {
		n := int(end - begin)
		if i == 0 {
			least = n
		}
		least, most, begin = min(least, n), max(most, n), end
	}
	return least, most
}

// readReplay reads a capture whole: at most room bytes, of packets that have at most longest. With raw they begin with the IP header,
// and so must those of the capture.
func readReplay(path string, room, longest int, raw bool) (*replay, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	in, err := pcapport.NewReader(file, path)
	if err != nil {
		return nil, fmt.Errorf("pg: %w", err)
	}
	r := &replay{}
	for {
		p, err := in.Next()
		switch {
		case errors.Is(err, io.EOF) && len(r.ends) == 0:
			return nil, fmt.Errorf("pg: capture %q has no packets", path)
		case errors.Is(err, io.EOF):
			return r, nil
		case err != nil:
			return nil, fmt.Errorf("pg: %w", err)
		case raw && p.LinkType == pcapport.LinkEthernet:
			return nil, fmt.Errorf("pg: capture %q: packet %d %w", path, len(r.ends)+1, errFramed)
		case len(p.Data) > longest:
			return nil, fmt.Errorf("pg: capture %q: packet %d has %d bytes: a buffer holds %d; start with larger buffers, or cut the packets with editcap -s %d",
				path, len(r.ends)+1, len(p.Data), longest, longest)
		case r.bytes()+len(p.Data)+4 > room:
			return nil, fmt.Errorf("pg: capture %q does not fit: the captures of all streams may have %d MiB together; delete other streams, or cut the file with editcap -c",
				path, maxReplay>>20)
		}
		if raw { // without what the reader has put in front
			p.Data = p.Data[etherLen:]
		}
		r.data = append(r.data, p.Data...)
		r.ends = append(r.ends, uint32(len(r.data)))
	}
}

// openFile opens a file that is one: who reads a pipe or a terminal waits for others, and whoever wants to see the streams for him.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("pg: capture: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is no file")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pg: capture %q: %w", path, err), f.Close())
	}
	return f, nil
}
