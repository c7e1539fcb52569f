package afxdp

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// probe is the smallest AF_XDP socket that can be bound: a UMEM of one page and rings of one batch. It answers whether a
// queue is free, and receives nothing, as no program redirects to it.
type probe struct {
	fd  int
	mem []byte
}

const (
	probeMemory = 4096 // bytes; two frames of the smallest size
	probeRing   = 64   // entries
)

func newProbe() (p *probe, err error) {
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	p = &probe{fd: fd}
	p.mem, err = unix.Mmap(-1, 0, probeMemory, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		p.close()
		return nil, err
	}
	reg := unix.XDPUmemReg{Addr: uint64(uintptr(unsafe.Pointer(&p.mem[0]))), Len: probeMemory, Size: minFrame}
	_, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_XDP, unix.XDP_UMEM_REG,
		uintptr(unsafe.Pointer(&reg)), unsafe.Sizeof(reg), 0)
	if errno != 0 {
		p.close()
		return nil, errno
	}
	for _, opt := range [...]int{unix.XDP_UMEM_FILL_RING, unix.XDP_UMEM_COMPLETION_RING, unix.XDP_RX_RING} {
		if err := unix.SetsockoptInt(fd, unix.SOL_XDP, opt, probeRing); err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

// bind takes a queue, in copy mode: that leaves the device's own queues alone.
func (p *probe) bind(ifindex, queue int) error {
	return unix.Bind(p.fd, &unix.SockaddrXDP{Flags: unix.XDP_COPY, Ifindex: uint32(ifindex), QueueID: uint32(queue)})
}

func (p *probe) close() {
	_ = unix.Close(p.fd)
	if p.mem != nil {
		_ = unix.Munmap(p.mem)
	}
}

// probeQueue reports why a queue could not be bound. A queue that was closed a moment ago is given time.
func probeQueue(ifindex, queue int) error {
	return patiently(func() error {
		p, err := newProbe()
		if err != nil {
			return err
		}
		defer p.close()
		return p.bind(ifindex, queue)
	})
}
