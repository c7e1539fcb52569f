package afxdp

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/port"
)

// driverName is this driver's key in port.Host.Drivers and its name in port.Info.
const driverName = "af_xdp"

// umem is what the devices of one dataplane share: the registered packet memory. The control side's.
type umem struct {
	zeroCopy bool      // how the anchor was bound; all sockets of the UMEM are alike
	sockets  []*socket // of this UMEM, open; one whose interface is gone is no longer bound
	supplied int       // buffers that all open ports together may have in their receive side
}

// sharedUMEM finds or makes the dataplane's umem.
func sharedUMEM(h *port.Host) *umem {
	if u, ok := h.Drivers[driverName].(*umem); ok {
		return u
	}
	u := &umem{}
	h.Drivers[driverName] = u
	return u
}

// bind opens a socket on a queue, sharing the UMEM if a bound socket of it is left, else as its anchor.
func (u *umem) bind(h *port.Host, ifindex, queue, entries int, mode Mode) (s *socket, err error) {
	for _, with := range u.sockets {
		err = patiently(func() error {
			s, err = shareSocket(ifindex, queue, entries, with)
			return err
		})
		if errors.Is(err, unix.EBADF) {
			continue // with's interface is gone
		}
		if err != nil {
			return nil, err
		}
		return u.joined(s, mode)
	}
	for _, flags := range anchorFlags(mode) {
		err = patiently(func() error {
			s, err = anchorSocket(h, ifindex, queue, entries, flags)
			return err
		})
		if err == nil {
			u.zeroCopy = s.zeroCopy()
			return u.joined(s, mode)
		}
		if mode != Auto || !slices.Contains(notZeroCopy, asSyscallErrno(err)) {
			break
		}
	}
	return nil, err
}

// notZeroCopy are the errors of drivers that cannot bind without copying.
var notZeroCopy = []error{unix.EOPNOTSUPP, unix.EINVAL, unix.ENOMEM}

// anchorFlags are the bind flags to try, in order.
func anchorFlags(mode Mode) []uint16 {
	const zc, cp = unix.XDP_USE_NEED_WAKEUP | unix.XDP_ZEROCOPY, unix.XDP_USE_NEED_WAKEUP | unix.XDP_COPY
	switch mode {
	case Auto:
		return []uint16{zc, cp}
	case ZeroCopy:
		return []uint16{zc}
	}
	return []uint16{cp}
}

// joined records a bound socket, unless the UMEM's mode is not the one wanted.
func (u *umem) joined(s *socket, mode Mode) (*socket, error) {
	if mode == ZeroCopy && !u.zeroCopy || (mode == NativeCopy || mode == GenericCopy) && u.zeroCopy {
		is := NativeCopy
		if u.zeroCopy {
			is = ZeroCopy
		}
		_ = s.close()
		return nil, fault(ErrMode, nil, fmt.Sprintf("mode %s is wanted, but the interfaces opened earlier registered the packet memory for %s", mode, is),
			"give all interfaces the same mode, or open this one first")
	}
	u.sockets = append(u.sockets, s)
	return s, nil
}

// leave forgets a socket that is about to be closed.
func (u *umem) leave(s *socket) {
	u.sockets = slices.DeleteFunc(u.sockets, func(o *socket) bool { return o == s })
}

// Shares of the pool. Of all buffers at most supplyShare are given to receive rings: the rest is for packets on their
// way. Higher, and transmit queues starve; lower, and rings are shorter than asked.
const (
	supplyShareNum, supplyShareDen = 3, 4
	minSupply                      = 64 // buffers a queue must at least get: one receive batch of the kernel's drivers
)

// supply reserves buffers for the receive side of n more ports, at most entries each, and returns how many each gets.
func (u *umem) supply(h *port.Host, n, entries int) (each int, err error) {
	left := h.Pool.Len()*supplyShareNum/supplyShareDen - u.supplied
	each = min(entries, left/n)
	if each < minSupply {
		return 0, fault(ErrBuffers, nil, fmt.Sprintf("the pool has %d buffers, the receive rings of other queues have reserved %d, and %d more queues leave fewer than %d each",
			h.Pool.Len(), u.supplied, n, minSupply), "configure more buffers, fewer queues or smaller rings")
	}
	u.supplied += n * each
	return each, nil
}
