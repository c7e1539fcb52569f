package netlab

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Injector sends IP packets of any content from a host, as somebody would who forges them. It is one goroutine's.
type Injector struct{ fd4, fd6 int }

// Injector makes one. The host must have a route to where the packets go.
func (h *Host) Injector() (*Injector, error) {
	i := &Injector{-1, -1}
	err := h.Do(func() (err error) {
		const kind = unix.SOCK_RAW | unix.SOCK_CLOEXEC
		if i.fd4, err = unix.Socket(unix.AF_INET, kind, unix.IPPROTO_RAW); err == nil {
			i.fd6, err = unix.Socket(unix.AF_INET6, kind, unix.IPPROTO_RAW)
		}
		return err
	})
	if err != nil {
		i.Close()
		return nil, fmt.Errorf("netlab: host %q: raw sockets: %w", h.Name, err)
	}
	return i, nil
}

// Send sends a whole IPv4 or IPv6 packet, its header first, to the destination in it.
func (i *Injector) Send(packet []byte) error {
	var err error
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		err = unix.Sendto(i.fd4, packet, 0, &unix.SockaddrInet4{Addr: [4]byte(packet[16:20])})
	case len(packet) >= 40 && packet[0]>>4 == 6:
		err = unix.Sendto(i.fd6, packet, 0, &unix.SockaddrInet6{Addr: [16]byte(packet[24:40])})
	default:
		return fmt.Errorf("netlab: inject: %d bytes that are no IP packet", len(packet))
	}
	if err != nil {
		return fmt.Errorf("netlab: inject: %w", err)
	}
	return nil
}

// Close ends the injector.
func (i *Injector) Close() {
	for _, fd := range []int{i.fd4, i.fd6} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

// Sequence asks the kernel where a TCP connection's own end is: the number of the byte that it sends next, and of the one
// that it receives next. The connection should rest meanwhile.
func Sequence(c net.Conn) (send, receive uint32, err error) {
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return 0, 0, fmt.Errorf("netlab: sequence numbers: %w", err)
	}
	ctl := raw.Control(func(fd uintptr) { send, receive, err = sequence(int(fd)) })
	if err == nil {
		err = ctl
	}
	if err != nil {
		return 0, 0, fmt.Errorf("netlab: sequence numbers: %w", err)
	}
	return send, receive, nil
}

// sequence puts the socket into repair mode for a moment: the numbers can be read there only.
func sequence(fd int) (send, receive uint32, err error) {
	const on, off = 1, -1 // off without a probe of the peer's window
	const receiveQueue, sendQueue = 1, 2
	if err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_REPAIR, on); err != nil {
		return 0, 0, err
	}
	numbers := map[int]uint32{}
	for _, queue := range []int{receiveQueue, sendQueue} {
		var n int
		if err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_REPAIR_QUEUE, queue); err == nil {
			n, err = unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_QUEUE_SEQ)
		}
		if err != nil {
			break
		}
		numbers[queue] = uint32(n)
	}
	if e := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_REPAIR, off); err == nil {
		err = e
	}
	return numbers[sendQueue], numbers[receiveQueue], err
}
