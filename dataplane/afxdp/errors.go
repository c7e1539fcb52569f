package afxdp

import (
	"errors"
	"fmt"
)

// The classes of failure of Open, for errors.Is.
var (
	ErrNoInterface = errors.New("no such interface")
	ErrPrivilege   = errors.New("privilege missing")
	ErrKernel      = errors.New("kernel lacks a feature")
	ErrAttached    = errors.New("another XDP program is attached")
	ErrQueueBusy   = errors.New("queue in use by another socket")
	ErrQueues      = errors.New("queue numbers do not fit")
	ErrMTU         = errors.New("MTU over the frame size")
	ErrFrameSize   = errors.New("buffer size not possible with AF_XDP")
	ErrRingSize    = errors.New("ring size not possible")
	ErrBuffers     = errors.New("too few buffers")
	ErrMemory      = errors.New("memory could not be registered")
	ErrMode        = errors.New("mode not possible")
	ErrOffload     = errors.New("an offload is in the way")
	ErrPassList    = errors.New("bad pass-list")
	ErrSystem      = errors.New("system call failed")
)

// Error is a failure of Open: what failed, why, and what to do. It unwraps to its Class and to the kernel's error.
type Error struct {
	Interface string // name of the host interface
	Class     error  // one of the Err values of this package
	Cause     string
	Remedy    string
	Err       error // the kernel's, or nil
}

// Error is class, cause and remedy in one line.
func (e *Error) Error() string {
	s := fmt.Sprintf("afxdp: interface %q: %s: %s", e.Interface, e.Class, e.Cause)
	if e.Err != nil {
		s += fmt.Sprintf(" (%v)", e.Err)
	}
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// Unwrap gives errors.Is both the class and the kernel's error.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Class}
	}
	return []error{e.Class, e.Err}
}

// fault makes an Error whose interface Open fills in.
func fault(class, err error, cause, remedy string) *Error {
	return &Error{Class: class, Err: err, Cause: cause, Remedy: remedy}
}
