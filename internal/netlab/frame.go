package netlab

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Framer sends Ethernet frames of any content from a host's device, as somebody would who forges them. It is one goroutine's.
type Framer struct {
	fd int
	to unix.SockaddrLinklayer
}

// Framer makes one.
func (h *Host) Framer(device string) (*Framer, error) {
	link, err := h.Link(device)
	if err != nil {
		return nil, err
	}
	f := &Framer{fd: -1, to: unix.SockaddrLinklayer{Ifindex: link.Index}}
	err = h.Do(func() (err error) {
		f.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // protocol 0 receives nothing
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("netlab: host %q: packet socket: %w", h.Name, err)
	}
	return f, nil
}

// Send sends a frame, which begins with the address it is for.
func (f *Framer) Send(frame []byte) error {
	if err := unix.Sendto(f.fd, frame, 0, &f.to); err != nil {
		return fmt.Errorf("netlab: send a frame: %w", err)
	}
	return nil
}

// Close ends the framer.
func (f *Framer) Close() { _ = unix.Close(f.fd) }
