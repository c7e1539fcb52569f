package afxdp

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

// device is an open interface: a port.Device. The control side's.
type device struct {
	r     *hostInterface
	h     *port.Host
	u     *umem
	hl    *hostLink
	prog  *program
	at    link.Link // the attachment
	mode  Mode
	last  linkFacts
	ports []*queuePort
	notes []string
	share int // buffers reserved in u for each port
}

// Frame sizes that AF_XDP takes, in bytes: a power of two from 2048 to the page size.
const (
	minFrame = 2048
	maxFrame = 4096
)

// linkOverhead is what a frame has beyond the MTU, in bytes: Ethernet header and two VLAN tags.
const linkOverhead = 14 + 2*4

// Open implements port.Interface. It works in the network namespace of the calling thread.
func (r *hostInterface) Open(h *port.Host) (port.Device, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	d := &device{r: r, h: h, u: sharedUMEM(h)}
	if err := d.open(); err != nil {
		_ = d.Close()
		var e *Error
		if !errors.As(err, &e) {
			e = fault(ErrSystem, err, "opening failed", "see the kernel's error")
		}
		e.Interface = r.hostIf
		return nil, e
	}
	r.opened.Store(int32(d.last.index))
	return d, nil
}

func (d *device) open() (err error) {
	if e := d.r.check(); e != nil {
		return e
	}
	if err := checkFrame(d.h.Pool); err != nil {
		return err
	}
	if d.hl, err = openHostLink(d.r.hostIf); err != nil {
		return err
	}
	if d.last, err = d.hl.facts(); err != nil {
		return err
	}
	if err := checkMTU(d.last.mtu, d.h.Pool.Size()); err != nil {
		return err
	}
	if d.last.xdpProg != 0 {
		h := findHolder(d.hl)
		return fault(ErrAttached, unix.EBUSY, h.String(), h.remedy(d.r.hostIf))
	}
	n, err := d.queues()
	if err != nil {
		return err
	}
	if err := d.bind(n); err != nil {
		return err
	}
	if d.prog, err = loadProgram(n, d.r.pass); err != nil {
		return loadFault(err)
	}
	if d.r.promiscuous {
		if err := d.hl.promiscuous(d.last.index); err != nil {
			return err
		}
	}
	return d.attach()
}

// attach ends Open: from here the program runs, and leaves packets to the host until Port.Bind.
func (d *device) attach() (err error) {
	want := d.r.mode
	if d.u.zeroCopy {
		want = ZeroCopy
	}
	var note string
	if d.at, d.mode, note, err = attach(d.prog, d.hl, d.last, want); err != nil {
		return err
	}
	if d.u.zeroCopy {
		d.mode = ZeroCopy
	}
	if note != "" {
		d.notes = append(d.notes, note)
	}
	if d.mode == GenericCopy {
		d.notes = append(d.notes, fmt.Sprintf("Packets over %d bytes are lost: hosts that send through this device must not use TSO or GSO (at the sender: ethtool -K DEVICE tso off gso off).",
			d.h.Pool.Room()))
	}
	return nil
}

func checkFrame(p *buffer.Pool) error {
	if s := p.Size(); s < minFrame || s > maxFrame {
		return fault(ErrFrameSize, nil, fmt.Sprintf("buffers are %d bytes", s),
			fmt.Sprintf("configure buffers of %d or %d bytes", minFrame, maxFrame))
	}
	return nil
}

func checkMTU(mtu, size int) error {
	limit := size - buffer.Headroom - linkOverhead
	if mtu <= limit {
		return nil
	}
	remedy := fmt.Sprintf("lower the MTU to %d or less", limit)
	if mtu <= maxFrame-buffer.Headroom-linkOverhead {
		remedy += fmt.Sprintf(", or configure buffers of %d bytes", maxFrame)
	}
	return fault(ErrMTU, nil, fmt.Sprintf("MTU %d needs %d bytes and buffers of %d bytes have room for %d",
		mtu, mtu+linkOverhead, size, size-buffer.Headroom), remedy)
}

// queues decides how many queues to open. Where the device does not say how many it uses, bind finds out.
func (d *device) queues() (int, error) {
	n, known := d.hl.activeQueues()
	if !known {
		n = d.last.rxQueues
	}
	if d.r.queues > n {
		return 0, fault(ErrQueues, nil, fmt.Sprintf("%s wanted, the device has %d", plural(d.r.queues, "queue"), n),
			fmt.Sprintf("choose at most %d, or run: ethtool -L %s combined N (or rx N)", n, d.r.hostIf))
	}
	if d.r.queues != 0 && d.r.queues < n {
		d.notes = append(d.notes, fmt.Sprintf("The device uses %d receive queues; the host gets the packets of all but the first %d.", n, d.r.queues))
		n = d.r.queues
	}
	return n, nil
}

// bind opens a socket on each of n queues.
func (d *device) bind(n int) (err error) {
	for q := range n {
		s, err := d.u.bind(d.h, d.last.index, q, d.r.ringSize, d.r.mode)
		if _, known := d.hl.activeQueues(); err != nil && q > 0 && !known && d.r.queues == 0 && errors.Is(err, unix.EINVAL) {
			break // the device has no more queues
		}
		if err != nil {
			return bindFault(d, q, err)
		}
		d.ports = append(d.ports, d.newPort(s))
	}
	if d.share, err = d.u.supply(d.h, len(d.ports), d.r.ringSize); err != nil {
		return err
	}
	if d.share < d.r.ringSize {
		d.notes = append(d.notes, fmt.Sprintf("The pool is small: each receive ring of %d entries gets %d buffers only.", d.r.ringSize, d.share))
	}
	for _, p := range d.ports {
		p.rxTarget = d.share
	}
	return nil
}

func (d *device) newPort(s *socket) *queuePort {
	return &queuePort{
		s: s, pool: d.h.Pool, shift: d.h.Pool.Shift(), zeroCopy: d.u.zeroCopy,
		rxSet: newHeldSet(d.h.Pool.Len()), txSet: newHeldSet(d.h.Pool.Len()),
		register: func() error { return d.prog.register(s.queue, s.fd) },
	}
}

// Ports implements port.Device.
func (d *device) Ports() []port.Port {
	ports := make([]port.Port, len(d.ports))
	for i, p := range d.ports {
		ports[i] = p
	}
	return ports
}

// Info implements port.Device.
func (d *device) Info() port.Info {
	now, err := d.last, error(nil)
	if d.hl != nil {
		now, err = d.hl.facts()
	}
	if d.hl == nil || err != nil || now.index != d.last.index { // closed, gone, or another device took the name
		now = d.last
		now.running = false
	}
	d.last = now
	return port.Info{
		Driver: driverName, Mode: d.mode.String(), MAC: now.mac, MTU: now.mtu, Queues: len(d.ports), LinkUp: now.running,
		Notes: d.notes, PartialChecksums: d.mode != ZeroCopy,
	}
}

// drainPatience is how long Close waits for packets on their way out to be completed. Lower, and the last packets are
// lost; higher, and closing a stuck device takes that long.
const drainPatience = 50 * time.Millisecond

// Detach implements port.Detacher: the XDP program goes, the sockets stay.
func (d *device) Detach() error {
	if d.at == nil {
		return nil
	}
	err := d.at.Close()
	d.at = nil
	return err
}

// Close implements port.Device: detach, drain, close, give the buffers back. Closing again does nothing.
func (d *device) Close() error {
	if d.hl != nil {
		d.r.opened.Store(0)
	}
	errs := []error{d.Detach()}
	for _, p := range d.ports {
		errs = append(errs, p.close(d.h.Pool))
		d.u.leave(p.s)
	}
	d.u.supplied -= d.share * len(d.ports)
	d.ports, d.share = nil, 0
	if d.prog != nil {
		d.prog.close()
		d.prog = nil
	}
	if d.hl != nil {
		d.hl.close()
		d.hl = nil // its descriptors may soon be somebody else's
	}
	return errors.Join(errs...)
}

// close drains and closes the port and frees what it held, through a cache of its own: the owner's is the owner's.
func (p *queuePort) close(pool *buffer.Pool) error {
	p.cache = pool.NewCache()
	p.rxTarget = 0
	p.s.tx.Publish()
	for end := time.Now().Add(drainPatience); p.txHeld > 0 && !p.dead && time.Now().Before(end); time.Sleep(100 * time.Microsecond) {
		p.send()
		p.reap()
	}
	err := p.s.close()
	p.cache.Free(p.txSet.all(p.rxSet.all(nil)))
	clear(p.rxSet)
	clear(p.txSet)
	p.rxHeld, p.txHeld = 0, 0
	p.cache.Close()
	return err
}
