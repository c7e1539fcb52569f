package afxdp

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// bindFault explains why the socket of a queue could not be opened.
func bindFault(d *device, queue int, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	is := func(errno error) bool { return errors.Is(err, errno) }
	switch {
	case is(unix.EBUSY):
		return fault(ErrQueueBusy, err, fmt.Sprintf("receive queue %d has another AF_XDP socket", queue),
			"stop the program that uses it (ss --xdp -p shows which), or choose another interface")
	case is(unix.EOPNOTSUPP) && d.u.zeroCopy && len(d.u.sockets) > 0:
		return fault(ErrMode, err, "the interfaces opened earlier work without copying, this driver cannot, and packet memory is shared by all",
			"use mode copy for all interfaces")
	case is(unix.EOPNOTSUPP):
		return fault(ErrMode, err, fmt.Sprintf("driver %s cannot do mode %s", d.hl.driver(), d.r.mode), "use mode auto, copy or generic")
	case is(unix.EPERM), is(unix.EACCES):
		return fault(ErrPrivilege, err, "opening an AF_XDP socket was refused", "run as root, or with CAP_NET_RAW, CAP_NET_ADMIN, CAP_BPF and CAP_IPC_LOCK")
	case is(unix.EAFNOSUPPORT), is(unix.EPROTONOSUPPORT), is(unix.ENOPROTOOPT):
		return fault(ErrKernel, err, "the kernel has no AF_XDP sockets, or old ones", "use Linux 5.10 or newer with CONFIG_XDP_SOCKETS=y")
	case is(unix.ENOBUFS), is(unix.ENOMEM):
		return fault(ErrMemory, err, "locking the packet memory was refused",
			"raise the memory lock limit (ulimit -l, LimitMEMLOCK=), give CAP_IPC_LOCK, or configure fewer buffers")
	case is(unix.EINVAL):
		return fault(ErrQueues, err, fmt.Sprintf("the kernel refuses queue %d of %s", queue, plural(d.last.rxQueues, "queue")),
			"choose fewer queues, or smaller rings")
	case is(unix.ENETDOWN):
		return fault(ErrMode, err, "the driver wants the device up", fmt.Sprintf("run: ip link set %s up", d.r.hostIf))
	case is(unix.ENODEV), is(unix.ENXIO):
		return fault(ErrNoInterface, err, "the device has just gone", "open it when it is back")
	}
	return fault(ErrSystem, err, fmt.Sprintf("opening a socket on queue %d", queue), "see the kernel's error")
}

// loadFault explains why the program could not be loaded.
func loadFault(err error) error {
	var verifier *ebpf.VerifierError
	switch {
	case errors.As(err, &verifier):
		return fault(ErrKernel, err, "the kernel's verifier refuses the XDP program", "use Linux 5.10 or newer")
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fault(ErrPrivilege, err, "loading an XDP program was refused", "run as root, or with CAP_BPF and CAP_NET_ADMIN; before Linux 5.11 also raise ulimit -l")
	case errors.Is(err, ebpf.ErrNotSupported), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return fault(ErrKernel, err, "the kernel cannot load the XDP program", "use Linux 5.10 or newer with CONFIG_BPF_SYSCALL=y")
	}
	return fault(ErrSystem, err, "loading the XDP program", "see the kernel's error")
}
