package oracle

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// conn is a netlink socket to the kernel's netfilter, in the namespace where it was opened. Requests are built in out and
// answers stay in in, so that a packet costs no memory.
type conn struct {
	fd  int
	seq uint32
	out []byte
	in  []byte
}

// Headers and their fields.
const (
	headerLen  = unix.SizeofNlMsghdr + 4 // nlmsghdr and nfgenmsg
	attrLen    = 4
	nested     = unix.NLA_F_NESTED
	typeMask   = ^uint16(unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
	socketRoom = 4 << 20
)

func dial() (*conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, fmt.Errorf("oracle: netlink socket: %w", err)
	}
	c := &conn{fd: fd, in: make([]byte, 1<<16)}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("oracle: netlink bind: %w", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, socketRoom)
	return c, nil
}

func (c *conn) close() error { return unix.Close(c.fd) }

// begin starts a request: subsystem and type of nfnetlink, address family, resource id.
func (c *conn) begin(subsystem, kind uint16, flags uint16, family uint8, id uint16) {
	c.seq++
	c.out = append(c.out[:0], make([]byte, headerLen)...)
	ne := binary.NativeEndian
	ne.PutUint16(c.out[4:], subsystem<<8|kind)
	ne.PutUint16(c.out[6:], unix.NLM_F_REQUEST|flags)
	ne.PutUint32(c.out[8:], c.seq)
	c.out[16] = family
	binary.BigEndian.PutUint16(c.out[18:], id)
}

// attr adds an attribute.
func (c *conn) attr(kind uint16, value ...byte) {
	c.out = binary.NativeEndian.AppendUint16(c.out, uint16(attrLen+len(value)))
	c.out = binary.NativeEndian.AppendUint16(c.out, kind)
	c.out = append(c.out, value...)
	for len(c.out)%4 != 0 {
		c.out = append(c.out, 0)
	}
}

// nest opens an attribute that holds others; unnest closes it.
func (c *conn) nest(kind uint16) (at int) {
	at = len(c.out)
	c.attr(kind | nested)
	return at
}

func (c *conn) unnest(at int) {
	binary.NativeEndian.PutUint16(c.out[at:], uint16(len(c.out)-at))
}

// ask sends the request and returns the first message that answers it: its attributes, or the error the kernel gives. With
// NLM_F_ACK the answer of success has none.
func (c *conn) ask() ([]byte, error) {
	binary.NativeEndian.PutUint32(c.out, uint32(len(c.out)))
	if err := unix.Sendto(c.fd, c.out, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, fmt.Errorf("oracle: netlink send: %w", err)
	}
	for {
		m, err := c.receive(0)
		if err != nil {
			return nil, err
		}
		for ; len(m) >= unix.SizeofNlMsghdr; m = m[min(aligned(length(m)), len(m)):] {
			if binary.NativeEndian.Uint32(m[8:]) != c.seq {
				continue // the acknowledgement of a request before
			}
			if binary.NativeEndian.Uint16(m[4:]) != unix.NLMSG_ERROR {
				return m[headerLen:length(m)], nil
			}
			if errno := -int32(binary.NativeEndian.Uint32(m[16:])); errno != 0 {
				return nil, unix.Errno(errno)
			}
			return nil, nil
		}
	}
}

// receive takes what has come, one datagram; nil where nothing has and flags say not to wait.
func (c *conn) receive(flags int) ([]byte, error) {
	for {
		n, _, err := unix.Recvfrom(c.fd, c.in, flags)
		switch err {
		case nil:
			return c.in[:n], nil
		case unix.EINTR:
		case unix.EAGAIN:
			return nil, nil
		default:
			return nil, fmt.Errorf("oracle: netlink receive: %w", err)
		}
	}
}

// length is a message's, within what was received.
func length(m []byte) int {
	n := int(binary.NativeEndian.Uint32(m))
	if n < unix.SizeofNlMsghdr || n > len(m) {
		return len(m)
	}
	return n
}

func aligned(n int) int { return (n + 3) &^ 3 }

// find returns the value of the first attribute of a kind, or nil.
func find(attrs []byte, kind uint16) []byte {
	for len(attrs) >= attrLen {
		n := int(binary.NativeEndian.Uint16(attrs))
		if n < attrLen || n > len(attrs) {
			return nil
		}
		if binary.NativeEndian.Uint16(attrs[2:])&typeMask == kind {
			return attrs[attrLen:n]
		}
		attrs = attrs[min(aligned(n), len(attrs)):]
	}
	return nil
}
