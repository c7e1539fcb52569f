package client

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
)

const (
	helloID     = 15 // sockclnt_create, in all VPPs
	helloReply  = 16
	frameHeader = 16
	readBuffer  = 64 << 10
	// maxMessage is the limit of the server's messages, in bytes. What comes in is allocated as it comes.
	maxMessage = 64 << 20
	// closeTimeout bounds the wait for the farewell, which comes behind what the client has asked for before.
	closeTimeout = 100 * time.Millisecond
)

// ErrClosed is what calls get once Close has been called.
var ErrClosed = errors.New("client: the connection is closed")

// Client is a connection to the API socket. Its methods may be called from any goroutine.
type Client struct {
	conn  net.Conn
	ids   map[string]uint16 // by name_crc
	index uint32            // that the server has given
	pings uint16            // id of control_ping
	last  atomic.Uint32     // call

	writing chan struct{} // holds a value while somebody writes

	closing atomic.Bool

	mu     sync.Mutex
	calls  map[uint32]*call     // by context
	types  map[uint16]*api.Desc // that somebody waits for
	events map[uint16]map[chan api.Message]struct{}
	err    error // why the connection has ended
	done   chan struct{}
}

// Dial connects to the socket at path and introduces the client by name, which has at most 63 bytes.
func Dial(ctx context.Context, path, name string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	c := &Client{
		conn: conn, ids: map[string]uint16{}, writing: make(chan struct{}, 1), calls: map[uint32]*call{}, types: map[uint16]*api.Desc{},
		events: map[uint16]map[chan api.Message]struct{}{}, done: make(chan struct{}),
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	r := bufio.NewReaderSize(conn, readBuffer)
	err = c.hello(r, name)
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("client: socket %q: %w", path, err)
	}
	go c.read(r)
	return c, nil
}

// hello introduces the client and learns the table.
func (c *Client) hello(r *bufio.Reader, name string) error {
	b, err := api.EncodeMessage(make([]byte, frameHeader), helloID, 0, 0, &memclnt.SockclntCreate{Name: name})
	if err != nil {
		return err
	}
	if _, err := c.conn.Write(seal(b, 0)); err != nil {
		return err
	}
	b, err = readFrame(r)
	if err != nil {
		return err
	}
	if id, _ := api.DecodeID(b); id != helloReply {
		return fmt.Errorf("sockclnt_create is answered with message %d, want %d", id, helloReply)
	}
	_, m, err := api.DecodeMessage((*memclnt.SockclntCreateReply)(nil).Desc(), b)
	if err != nil {
		return err
	}
	reply := m.(*memclnt.SockclntCreateReply)
	if reply.Response < 0 {
		return fmt.Errorf("sockclnt_create: %w", api.Errno(reply.Response))
	}
	c.index = reply.Index
	for _, e := range reply.MessageTable {
		c.ids[e.Name] = e.Index
	}
	c.pings, err = c.id((*memclnt.ControlPing)(nil).Desc())
	return err
}

// id is the server's number for a type of message.
func (c *Client) id(d *api.Desc) (uint16, error) {
	if id, ok := c.ids[d.ID()]; ok {
		return id, nil
	}
	for name := range c.ids {
		if rest, ok := strings.CutPrefix(name, d.Name+"_"); ok && len(rest) == 8 && !strings.Contains(rest, "_") {
			return 0, fmt.Errorf("client: the server has %s with CRC %s, the program %08x: they were made from different .api files: %w", d.Name, rest, d.CRC, api.Unimplemented)
		}
	}
	return 0, fmt.Errorf("client: the server has no message %s: %w", d.ID(), api.Unimplemented)
}

// Check tells which of the files' messages the server does not have, or has with another CRC.
func (c *Client) Check(files ...*api.File) error {
	var all []error
	for _, f := range files {
		for _, d := range f.Messages {
			if _, err := c.id(d); err != nil {
				all = append(all, err)
			}
		}
	}
	return errors.Join(all...)
}

// seal writes the length of the frame that begins at start.
func seal(b []byte, start int) []byte {
	binary.BigEndian.PutUint32(b[start+8:], uint32(len(b)-start-frameHeader))
	return b
}

func readFrame(r *bufio.Reader) ([]byte, error) {
	var head [frameHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(head[8:]))
	if n > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes, the limit is %d", n, maxMessage)
	}
	b := make([]byte, min(n, readBuffer))
	for got := 0; ; {
		m, err := io.ReadFull(r, b[got:])
		if got += m; err != nil || got == n {
			return b, err
		}
		b = append(b, make([]byte, min(n-got, got))...)
	}
}

// firstCall is the number whose context has the first of the lower 17 bits: without any it is a channel's first one, whose pings
// overtake nothing.
const firstCall = 1 << 15

// nextContext numbers the calls, the low bits of the number in the context's upper 15.
func (c *Client) nextContext() uint32 {
	n := c.last.Add(1)
	for n < firstCall { // at the start, and when all numbers have been used
		c.last.CompareAndSwap(n, firstCall)
		n = c.last.Add(1)
	}
	return bits.RotateLeft32(n, 17)
}

// Done is closed when the connection has ended, by Close or otherwise.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err is why the connection has ended; nil while it has not.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close tells the server farewell and ends all calls with ErrClosed.
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if c.closing.CompareAndSwap(false, true) && c.Err() == nil {
		memclnt.NewClient(c).SockclntDelete(ctx, &memclnt.SockclntDelete{Index: c.index}) // whatever it says
	}
	c.end(ErrClosed)
	<-c.done
	return nil
}

// end closes the connection. The first reason counts.
func (c *Client) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	if c.closing.Load() {
		why = ErrClosed
	}
	c.err = why
	c.conn.Close()
	for _, call := range c.calls {
		call.end(why)
	}
	for _, queues := range c.events {
		for q := range queues {
			close(q)
		}
	}
	c.calls, c.events = nil, nil
}
