package afxdp

import (
	"fmt"
	"math/bits"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/port"
)

// Mode is how packets come from the driver to the socket.
type Mode int

// The modes, the cheapest first. Auto takes the first that works.
const (
	Auto        Mode = iota
	ZeroCopy         // native program, the device writes into the UMEM itself
	NativeCopy       // native program, the kernel copies
	GenericCopy      // program behind the driver, on socket buffers: works on every device, slowest
)

var modeNames = [...]string{"auto", "native zero-copy", "native copy", "generic copy"}

// String is the mode as Info shows it.
func (m Mode) String() string { return modeNames[m] }

// ParseMode is the inverse of String; it also knows the short forms zero-copy, copy and generic.
func ParseMode(s string) (Mode, error) {
	switch s {
	case "auto", "":
		return Auto, nil
	case "zero-copy", "native zero-copy":
		return ZeroCopy, nil
	case "copy", "native copy":
		return NativeCopy, nil
	case "generic", "generic copy":
		return GenericCopy, nil
	}
	return Auto, fmt.Errorf("afxdp: mode %q: want auto, zero-copy, copy or generic", s)
}

// Ring sizes in entries, powers of two, the same for all four rings of a queue.
const (
	// defaultRingSize is the largest size at which measured throughput on veth did not differ from any other (256 to
	// 2048). Lower, and a worker that is away for a millisecond loses packets at 1 Mpps; higher, and more buffers are
	// tied up and fall out of the cache.
	defaultRingSize = 2048
	minRingSize     = 64      // one receive batch of the kernel's drivers (NAPI_POLL_WEIGHT)
	maxRingSize     = 1 << 16 // what a buffer pool could fill within reason
)

// Option changes what Interface makes.
type Option func(*hostInterface)

// WithName sets the operator's name of the interface; without it the host's name is used.
func WithName(name string) Option { return func(r *hostInterface) { r.name = name } }

// Queues opens the first n receive queues only; 0, the default, opens all. The host gets the packets of the others.
func Queues(n int) Option { return func(r *hostInterface) { r.queues = n } }

// WithMode forces a mode; the default is Auto.
func WithMode(m Mode) Option { return func(r *hostInterface) { r.mode = m } }

// RingSize sets the entries of each ring, a power of two; the default is 2048.
func RingSize(n int) Option { return func(r *hostInterface) { r.ringSize = n } }

// Pass leaves packets that match one of the rules to the host. The kernel evaluates them; such packets never enter gvpp.
func Pass(rules ...PassRule) Option {
	return func(r *hostInterface) { r.pass = append(r.pass, rules...) }
}

// Promiscuous says whether the interface is to receive frames for other stations while it is open; the default is
// true, as an interface that bridges or cross-connects needs.
func Promiscuous(on bool) Option { return func(r *hostInterface) { r.promiscuous = on } }

// hostInterface is the recipe: a port.Interface and a port.Watcher.
type hostInterface struct {
	hostIf      string
	name        string
	queues      int
	mode        Mode
	ringSize    int
	pass        []PassRule
	promiscuous bool

	opened atomic.Int32 // interface index of the open device, 0 while closed; written by Open and Close, read by Watch
}

// Interface is the recipe for opening the network device hostIf. It is a port.Watcher too.
func Interface(hostIf string, opts ...Option) port.Interface {
	r := &hostInterface{hostIf: hostIf, name: hostIf, ringSize: defaultRingSize, promiscuous: true}
	for _, o := range opts {
		o(r)
	}
	return r
}

// Made reports whether Interface has made i.
func Made(i port.Interface) bool {
	_, ok := i.(*hostInterface)
	return ok
}

var _ port.Watcher = (*hostInterface)(nil)

// Name is the operator's name of the interface.
func (r *hostInterface) Name() string { return r.name }

// Host is the host's name of it.
func (r *hostInterface) Host() string { return r.hostIf }

// check finds what is wrong with the recipe itself.
func (r *hostInterface) check() *Error {
	if r.ringSize < minRingSize || r.ringSize > maxRingSize || bits.OnesCount(uint(r.ringSize)) != 1 {
		return fault(ErrRingSize, nil, fmt.Sprintf("%d entries", r.ringSize),
			fmt.Sprintf("choose a power of two from %d to %d", minRingSize, maxRingSize))
	}
	if r.queues < 0 {
		return fault(ErrQueues, nil, fmt.Sprintf("%d queues wanted", r.queues), "choose 0 for all queues, or how many")
	}
	if r.mode < Auto || r.mode > GenericCopy {
		return fault(ErrMode, nil, fmt.Sprintf("mode %d is none", int(r.mode)), "choose Auto, ZeroCopy, NativeCopy or GenericCopy")
	}
	for _, p := range r.pass {
		if err := p.check(); err != nil {
			return fault(ErrPassList, err, "rule "+p.String(), "correct the rule")
		}
	}
	return nil
}
