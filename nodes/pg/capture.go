package pg

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// capture is what somebody wants of the packets that an interface sends: a file of them, or a call for each.
type capture struct {
	now  func() int64      // nanoseconds since 1970, or since some start
	only func([]byte) bool // what is taken; nil: all
	log  *slog.Logger

	mu   sync.Mutex // workers take it in turn, for as long as there is a capture
	to   func(packet []byte)
	path string
	link uint32   // what the file says that packets begin with
	left uint64   // packets still to be captured
	file *os.File // nil before the first packet
	size int64    // bytes of the file
	buf  []byte   // what goes to the file in one write
	err  error    // the first failure: nothing is written behind it
}

// The classic pcap format, little-endian, microseconds: what VPP writes and its test framework reads.
const (
	pcapMagic    = 0xa1b2c3d4
	pcapVersion  = 2 | 4<<16
	pcapSnap     = 65535
	pcapEthernet = 1
	pcapIP       = 12 // packets that begin with the IP header
	pcapRecord   = 16 // bytes of a record's header
)

// ErrFileExists is that of a capture whose file is there already.
var ErrFileExists = errors.New("give another name, or remove the file")

// ErrNoInterface is that of an interface that is not the packet generator's.
var ErrNoInterface = errors.New("see `show interface`")

// Capture gives what the interface pgN sends to a function, packet by packet, until EndCapture; a capture before it ends. The
// function runs on the workers, one call at a time; the packet is good until it returns. It must not call the dataplane's operations.
func (p *Plugin) Capture(ctx context.Context, name string, to func(packet []byte)) error {
	return p.setCapture(ctx, name, &capture{to: to, left: ^uint64(0)})
}

// CaptureFile writes what the interface pgN sends to a file in the classic pcap format, count packets at most, 0 for any number.
// The file is made with the first packet, and must not be there before. A capture before it ends.
func (p *Plugin) CaptureFile(ctx context.Context, name, path string, count uint64) error {
	if path == "" {
		return errors.New("pg: capture without a file: give pcap FILE")
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("pg: pcap file %q already exists: %w", path, ErrFileExists)
	}
	if count == 0 {
		count = ^uint64(0)
	}
	return p.setCapture(ctx, name, &capture{path: path, left: count})
}

// EndCapture ends the capture of interface pgN, if there is one. All that was sent before is in the file then.
func (p *Plugin) EndCapture(ctx context.Context, name string) error {
	return p.setCapture(ctx, name, nil)
}

// setCapture puts a capture, or nil, in the place of that before.
func (p *Plugin) setCapture(ctx context.Context, name string, c *capture) error {
	v, ok := p.ports.Load(name)
	if !ok {
		return fmt.Errorf("pg: no packet-generator interface %q: %w", name, ErrNoInterface)
	}
	i := v.(*Interface)
	if c != nil {
		c.log, c.only, c.link = p.host.Log(), p.only, pcapEthernet
		if i.mode != Ethernet {
			c.link = pcapIP
		}
		c.now = func() int64 { return time.Now().UnixNano() }
		if p.host.Deterministic() {
			c.now = p.host.Clock
		}
	}
	p.captures.Lock()
	defer p.captures.Unlock()
	old := i.capture.Swap(c)
	if old == nil {
		return nil
	}
	return errors.Join(p.host.Published(context.WithoutCancel(ctx)), old.close())
}

// CaptureOnly lets the captures that are made from now on take only the packets that f says yes to, as if no other were sent: a
// server that forwards nothing, for what tests it. It is called before the dataplane runs; f runs on the workers.
func (p *Plugin) CaptureOnly(f func(packet []byte) bool) { p.only = f }

// take captures a vector. It runs on the workers.
func (c *capture) take(pool *buffer.Pool, bufs []buffer.Index) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := uint64(len(bufs)); n > c.left {
		bufs = bufs[:c.left]
	}
	c.left -= uint64(len(bufs))
	if len(bufs) == 0 || c.err != nil {
		return
	}
	if c.to != nil {
		for _, b := range bufs {
			c.to(pool.Bytes(b))
		}
		return
	}
	now := c.now()
	for _, b := range bufs {
		p := pool.Bytes(b)
		if c.only != nil && !c.only(p) {
			continue
		}
		if c.file == nil {
			c.create()
		}
		c.words(uint32(now/1e9), uint32(now%1e9/1e3), uint32(len(p)), uint32(len(p)))
		c.buf = append(c.buf, p...)
	}
	if len(c.buf) > 0 {
		c.flush()
	}
	if c.left == 0 {
		c.end()
	}
}

// create makes the file.
func (c *capture) create() {
	if c.file, c.err = os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); c.err == nil { //nolint:gosec // as VPP's
		c.words(pcapMagic, pcapVersion, 0, 0, pcapSnap, c.link)
	}
}

func (c *capture) words(list ...uint32) {
	for _, w := range list {
		c.buf = binary.LittleEndian.AppendUint32(c.buf, w)
	}
}

// flush writes what was gathered.
func (c *capture) flush() {
	if c.err == nil {
		if _, c.err = c.file.Write(c.buf); c.err == nil {
			c.size += int64(len(c.buf))
		} else { // half a packet would make readers complain
			c.err = errors.Join(c.err, c.file.Truncate(c.size))
		}
	}
	c.buf = c.buf[:0]
	if c.err != nil {
		c.log.Error("packet-generator capture ends", "file", c.path, "cause", c.err)
		c.end()
	}
}

// end closes the file.
func (c *capture) end() {
	if c.file != nil {
		c.err = errors.Join(c.err, c.file.Close())
		c.file = nil
	}
	c.left, c.buf = 0, nil
}

// close ends the capture and says what went wrong with it.
func (c *capture) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
	return c.err
}

// Captured tells of an interface's capture.
type Captured struct {
	Interface string `json:"interface"`
	File      string `json:"file,omitempty"`
}

// close ends all captures; no worker runs.
func (p *Plugin) close() error {
	var errs []error
	p.ports.Range(func(_, v any) bool {
		if c := v.(*Interface).capture.Swap(nil); c != nil {
			errs = append(errs, c.close())
		}
		return true
	})
	return errors.Join(errs...)
}
