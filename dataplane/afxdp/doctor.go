package afxdp

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// Severity is how bad a Finding is.
type Severity int

// The severities. Only Fail keeps Open from working.
const (
	OK Severity = iota
	Warn
	Fail
)

// MarshalText is String, for JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is the severity in a word.
func (s Severity) String() string { return [...]string{"ok", "warn", "fail"}[s] }

// Finding is one thing that Doctor looked at.
type Finding struct {
	Severity Severity `json:"severity"`
	Check    string   `json:"check"`            // what was looked at, a few words, always the same
	Cause    string   `json:"cause"`            // what was found
	Remedy   string   `json:"remedy,omitempty"` // what to do; empty if OK
}

// String is the finding in a line.
func (f Finding) String() string {
	s := fmt.Sprintf("%-4s  %s: %s", f.Severity, f.Check, f.Cause)
	if f.Remedy != "" {
		s += "; " + f.Remedy
	}
	return s
}

// Doctor says what Open of hostIf would meet, in the network namespace of the calling thread. It changes nothing: for a
// moment it loads a program without attaching it, and binds a socket to each queue. An interface that is open in gvpp is
// therefore reported as held. An empty hostIf asks about the host alone.
func Doctor(hostIf string) []Finding {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	d := &doctor{name: hostIf}
	d.kernel()
	d.program()
	d.memory()
	if hostIf == "" {
		return d.found
	}
	hl, err := openHostLink(hostIf)
	if err != nil {
		d.failed("interface", err)
		return d.found
	}
	defer hl.close()
	d.link = hl
	if d.facts, err = hl.facts(); err != nil {
		d.failed("interface", err)
		return d.found
	}
	d.device()
	d.mtu()
	d.attached()
	d.queues()
	d.mode()
	return d.found
}

type doctor struct {
	name  string
	link  *hostLink
	facts linkFacts
	found []Finding
}

func (d *doctor) add(s Severity, check, cause, remedy string) {
	d.found = append(d.found, Finding{s, check, cause, remedy})
}

// failed adds an error of Open's own making.
func (d *doctor) failed(check string, err error) {
	var e *Error
	if !errors.As(err, &e) {
		d.add(Fail, check, err.Error(), "see the kernel's error")
		return
	}
	cause := e.Class.Error() + ": " + e.Cause
	if e.Err != nil {
		cause += fmt.Sprintf(" (%v)", e.Err)
	}
	d.add(Fail, check, cause, e.Remedy)
}

// The kernel that has all that Open needs: XDP programs in links (5.9), one UMEM for several devices (5.10).
const minKernelMajor, minKernelMinor = 5, 10

func (d *doctor) kernel() {
	var u unix.Utsname
	_ = unix.Uname(&u)
	release := unix.ByteSliceToString(u.Release[:])
	if major, minor := kernelVersion(release); major < minKernelMajor || major == minKernelMajor && minor < minKernelMinor {
		d.add(Fail, "kernel", "Linux "+release, fmt.Sprintf("use Linux %d.%d or newer", minKernelMajor, minKernelMinor))
		return
	}
	d.add(OK, "kernel", "Linux "+release, "")
}

// kernelVersion reads the first two numbers of a release.
func kernelVersion(release string) (major, minor int) {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return 0, 0
	}
	major, _ = strconv.Atoi(parts[0])
	minor, _ = strconv.Atoi(strings.TrimRight(parts[1], "-+abcdefghijklmnopqrstuvwxyz"))
	return major, minor
}

// program finds out whether this process may do what Open does.
func (d *doctor) program() {
	p, err := loadProgram(1, nil)
	if err != nil {
		d.failed("XDP program", loadFault(err))
	} else {
		p.close()
		d.add(OK, "XDP program", "the kernel loads it", "")
	}
	s, err := newProbe()
	if err != nil {
		d.failed("AF_XDP socket", bindFault(&device{r: &hostInterface{}, h: nil}, 0, err))
		return
	}
	s.close()
	d.add(OK, "AF_XDP socket", "the kernel makes one", "")
}

// memory looks at the limit of locked memory, which counts packet memory.
func (d *doctor) memory() {
	var lim unix.Rlimit
	_ = unix.Getrlimit(unix.RLIMIT_MEMLOCK, &lim)
	const enough = 64 << 20 // 32768 buffers of 2048 bytes
	switch {
	case capable(unix.CAP_IPC_LOCK):
		d.add(OK, "locked memory", "no limit (CAP_IPC_LOCK)", "")
	case lim.Cur >= enough:
		d.add(OK, "locked memory", fmt.Sprintf("limit %d MiB; the buffers have to fit", lim.Cur>>20), "")
	default:
		d.add(Warn, "locked memory", fmt.Sprintf("limit %d KiB for all packet memory", lim.Cur>>10),
			"raise it (ulimit -l, LimitMEMLOCK=) or give CAP_IPC_LOCK")
	}
}

// capable reports whether the calling thread has the capability in effect.
func capable(c uint) bool {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&hdr, &data[0]) == nil && data[c/32].Effective&(1<<(c%32)) != 0
}

func (d *doctor) device() {
	what := fmt.Sprintf("index %d, %s, driver %s", d.facts.index, d.facts.kind, d.link.driver())
	switch {
	case d.facts.running:
		d.add(OK, "interface", what+", link up", "")
	case d.facts.up:
		d.add(Warn, "interface", what+", no carrier", "connect it; packets cannot flow until then")
	default:
		d.add(Warn, "interface", what+", down", fmt.Sprintf("run: ip link set %s up", d.name))
	}
}

func (d *doctor) mtu() {
	switch {
	case checkMTU(d.facts.mtu, maxFrame) != nil:
		d.failed("MTU", checkMTU(d.facts.mtu, maxFrame))
	case checkMTU(d.facts.mtu, minFrame) != nil:
		d.add(Warn, "MTU", fmt.Sprintf("MTU %d does not fit buffers of %d bytes", d.facts.mtu, minFrame),
			fmt.Sprintf("configure buffers of %d bytes, or lower the MTU to %d", maxFrame, minFrame-buffer.Headroom-linkOverhead))
	default:
		d.add(OK, "MTU", strconv.Itoa(d.facts.mtu), "")
	}
}

func (d *doctor) attached() {
	if d.facts.xdpProg == 0 {
		d.add(OK, "XDP hook", "free", "")
		return
	}
	h := findHolder(d.link)
	d.add(Fail, "XDP hook", h.String(), h.remedy(d.name))
}

// queues binds a socket to each queue, one at a time.
func (d *doctor) queues() {
	n, known := d.link.activeQueues()
	if !known {
		n = d.facts.rxQueues
	}
	for q := range n {
		err := probeQueue(d.facts.index, q)
		if err != nil && q > 0 && !known && errors.Is(err, unix.EINVAL) {
			n = q
			break
		}
		if err != nil {
			d.failed("queues", bindFault(&device{r: &hostInterface{hostIf: d.name}, hl: d.link, last: d.facts, u: &umem{}}, q, err))
			return
		}
	}
	d.add(OK, "queues", plural(n, "receive queue")+", free", "")
}

// mode tells what Open will come to, and what would be in the way.
func (d *doctor) mode() {
	features, known := xdpFeatures(d.facts.index)
	switch {
	case !known:
		d.add(Warn, "mode", "the kernel does not tell what the driver can do", "open it and see (Linux 6.3 or newer tells)")
	case features&xdpFeatureZeroCopy != 0:
		d.add(OK, "mode", ZeroCopy.String()+", unless another interface needs copying", "")
	case features&xdpFeatureBasic != 0:
		d.add(OK, "mode", NativeCopy.String(), "")
	default:
		d.add(Warn, "mode", GenericCopy.String()+": driver "+d.link.driver()+" has no XDP", "expect less speed, or use a device whose driver has XDP")
		if err := genericOffloads(d.link); err != nil {
			d.failed("offloads", err)
			return
		}
	}
	if known && features&xdpFeatureBasic == 0 {
		d.add(Warn, "offloads", "senders that use TSO or GSO would be stalled, and this end cannot see them",
			"at the sender run: ethtool -K DEVICE tso off gso off")
	}
}
