package api

import (
	"errors"
	"fmt"
)

// Errno is a retval other than 0: VPP's numbers (vnet/error.h).
type Errno int32

// Those that gvpp gives.
const (
	Unspecified         Errno = -1
	InvalidSwIfIndex    Errno = -2
	NoSuchEntry         Errno = -6
	InvalidValue        Errno = -7
	Unimplemented       Errno = -9
	SyscallError1       Errno = -11
	FeatureDisabled     Errno = -30
	InvalidRegistration Errno = -31
	NoSuchNode          Errno = -63
	InvalidArgument     Errno = -73
	ValueExist          Errno = -81
	LimitExceeded       Errno = -162
	EAgain              Errno = -165
	Bug                 Errno = -168
)

var errnoText = map[Errno]string{
	Unspecified:         "unspecified error",
	InvalidSwIfIndex:    "no such sw_if_index",
	NoSuchEntry:         "no such entry",
	InvalidValue:        "invalid value",
	Unimplemented:       "not implemented",
	SyscallError1:       "a system call failed",
	FeatureDisabled:     "a part of gvpp that this needs is not running",
	InvalidRegistration: "invalid registration",
	NoSuchNode:          "no such node",
	InvalidArgument:     "invalid argument",
	ValueExist:          "it exists already",
	LimitExceeded:       "a limit is reached",
	EAgain:              "there is more: call again with the cursor",
	Bug:                 "a bug in the server, or in a plugin of it",
}

// Error implements error.
func (e Errno) Error() string {
	if s, ok := errnoText[e]; ok {
		return fmt.Sprintf("api: %s (%d)", s, int32(e))
	}
	return fmt.Sprintf("api: error %d", int32(e))
}

// ErrnoOf is the retval for an error: the Errno in its chain, else Unspecified; 0 for nil.
func ErrnoOf(err error) Errno {
	if err == nil {
		return 0
	}
	var e Errno
	if errors.As(err, &e) {
		return e
	}
	return Unspecified
}

// Wrap gives err a retval: its text stays, and ErrnoOf finds e. A nil err stays nil.
func Wrap(e Errno, err error) error {
	if err == nil {
		return nil
	}
	return &wrapped{e, err}
}

type wrapped struct {
	errno Errno
	err   error
}

func (w *wrapped) Error() string   { return w.err.Error() }
func (w *wrapped) Unwrap() []error { return []error{w.errno, w.err} }
