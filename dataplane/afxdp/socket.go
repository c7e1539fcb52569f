package afxdp

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket is one AF_XDP socket bound to a queue, with its four rings mapped.
type socket struct {
	queue int
	rx    rxQueue
	tx    txQueue
	fill  fillQueue
	comp  completionQueue

	mu   sync.Mutex
	fd   int      // -1 once closed; guarded by mu for all but the owner of the port
	maps [][]byte // the rings' mappings
}

// How long bind is tried while the queue is busy. The kernel frees a queue 23-33 ms (seen; longer on a loaded machine)
// after its last socket is closed or its process ended. Lower, and closing and opening again fails; higher, and the
// operator waits that long for the message that somebody else holds the queue.
const (
	bindPatience = 2 * time.Second
	// bindStep is the first pause; each is twice the one before. Lower, and the anchor, which registers all packet
	// memory at each try, keeps the kernel busy with undoing that.
	bindStep = 10 * time.Millisecond
)

// patiently calls bind until it fails with something else than EBUSY, succeeds, or patience ends.
func patiently(bind func() error) error {
	end := time.Now().Add(bindPatience)
	for step := bindStep; ; step *= 2 {
		err := bind()
		left := time.Until(end)
		if !errors.Is(err, unix.EBUSY) || left <= 0 {
			return err
		}
		time.Sleep(min(step, left))
	}
}

// shareSocket makes a socket on the UMEM of the bound socket with. It has the modes that socket has.
func shareSocket(ifindex, queue, entries int, with *socket) (s *socket, err error) {
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
		}
	}()
	for _, opt := range [...]int{unix.XDP_UMEM_FILL_RING, unix.XDP_UMEM_COMPLETION_RING, unix.XDP_RX_RING, unix.XDP_TX_RING} {
		if err := unix.SetsockoptInt(fd, unix.SOL_XDP, opt, entries); err != nil {
			return nil, fmt.Errorf("setting up ring %d of %d entries: %w", opt, entries, err)
		}
	}
	sa := unix.SockaddrXDP{
		Flags: unix.XDP_SHARED_UMEM, Ifindex: uint32(ifindex), QueueID: uint32(queue), SharedUmemFD: uint32(with.fd),
	}
	if err := unix.Bind(fd, &sa); err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	anchorMu.Lock()
	defer anchorMu.Unlock()
	return mapSocket(fd, queue, entries)
}

// mapSocket maps the rings of a bound socket whose rings have the given entries. It takes fd over only if it succeeds.
// The caller holds anchorMu.
func mapSocket(fd, queue, entries int) (*socket, error) {
	var off unix.XDPMmapOffsets
	if err := getsockopt(fd, unix.XDP_MMAP_OFFSETS, unsafe.Pointer(&off), unsafe.Sizeof(off)); err != nil {
		return nil, fmt.Errorf("ring offsets: %w", err)
	}
	s := &socket{fd: fd, queue: queue}
	n := uint32(entries)
	const desc, addr = unsafe.Sizeof(unix.XDPDesc{}), unsafe.Sizeof(uint64(0))
	var err error
	mapped := func(pgoff int64, o unix.XDPRingOffset, size uintptr) (mem []byte) {
		if err == nil {
			mem, err = mapRing(fd, pgoff, o, n, size)
			s.maps = append(s.maps, mem)
		}
		return mem
	}
	rx := mapped(unix.XDP_PGOFF_RX_RING, off.Rx, desc)
	tx := mapped(unix.XDP_PGOFF_TX_RING, off.Tx, desc)
	fill := mapped(unix.XDP_UMEM_PGOFF_FILL_RING, off.Fr, addr)
	comp := mapped(unix.XDP_UMEM_PGOFF_COMPLETION_RING, off.Cr, addr)
	if err != nil {
		s.unmap()
		return nil, fmt.Errorf("mapping the rings: %w", err)
	}
	s.rx, s.tx = newRxQueue(rx, off.Rx, n), newTxQueue(tx, off.Tx, n)
	s.fill, s.comp = newFillQueue(fill, off.Fr, n), newCompletionQueue(comp, off.Cr, n)
	s.setBudget(entries)
	return s, nil
}

// txBudget is how many packets one kick may send in copy mode (XDP_MAX_TX_SKB_BUDGET; the kernel's default is 32): the
// length of a vector. Lower, and a vector needs several system calls; higher, and one call keeps a worker from its
// receive ring for longer.
const txBudget = 256

// setBudget is a wish: kernels before 6.17 do not know the option, and Flush kicks until the ring is drained anyway.
func (s *socket) setBudget(entries int) {
	_ = unix.SetsockoptInt(s.fd, unix.SOL_XDP, unix.XDP_MAX_TX_SKB_BUDGET, min(txBudget, entries))
}

// zeroCopy reports whether the kernel bound the socket without copying.
func (s *socket) zeroCopy() bool {
	var options uint32
	err := getsockopt(s.fd, unix.XDP_OPTIONS, unsafe.Pointer(&options), unsafe.Sizeof(options))
	return err == nil && options&unix.XDP_OPTIONS_ZEROCOPY != 0
}

// statistics asks the kernel for its counters of the socket; zeros once the socket is closed.
func (s *socket) statistics() (st unix.XDPStatistics) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd >= 0 {
		_ = getsockopt(s.fd, unix.XDP_STATISTICS, unsafe.Pointer(&st), unsafe.Sizeof(st))
	}
	return st
}

// kick makes the kernel send what the TX ring holds (copy mode) or wakes the driver.
func (s *socket) kick() syscall.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), 0, 0, unix.MSG_DONTWAIT, 0, 0)
	return errno
}

// wakeRx makes a driver that ran out of frames look at the fill ring again.
func (s *socket) wakeRx() {
	_, _, _ = unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), 0, 0, unix.MSG_DONTWAIT, 0, 0)
}

// close unmaps the rings, then closes: a mapped ring would keep socket and queue alive. When it returns the kernel
// touches the frames no more.
func (s *socket) close() error {
	anchorMu.Lock()
	s.unmap()
	anchorMu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return nil
	}
	fd := s.fd
	s.fd = -1
	return unix.Close(fd)
}

// unmap removes the rings. The caller holds anchorMu.
func (s *socket) unmap() {
	s.rx, s.tx, s.fill, s.comp = rxQueue{}, txQueue{}, fillQueue{}, completionQueue{}
	for _, m := range s.maps {
		if m != nil {
			_ = unix.Munmap(m)
		}
	}
	s.maps = nil
}

func getsockopt(fd, opt int, value unsafe.Pointer, size uintptr) error {
	length := uint32(size)
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_XDP, uintptr(opt),
		uintptr(value), uintptr(unsafe.Pointer(&length)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}
