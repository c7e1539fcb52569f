package afxdp

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// attach puts the program on the device, in the driver if mode allows and the driver can, else behind it. The link
// takes it off when it is closed, and the kernel closes it when the process ends.
func attach(p *program, l *hostLink, f linkFacts, mode Mode) (at link.Link, is Mode, note string, err error) {
	if mode != GenericCopy {
		at, err = link.AttachXDP(link.XDPOptions{Program: p.prog, Interface: f.index, Flags: link.XDPDriverMode})
		if err == nil {
			return releasedFirst(at), NativeCopy, "", nil
		}
		if mode != Auto || !generically(err) {
			return nil, mode, "", attachFault(l, f, err)
		}
		note = fmt.Sprintf("The driver (%s) does not take an XDP program (%v): generic mode is slower.", l.driver(), err)
	}
	if err := genericOffloads(l); err != nil {
		return nil, mode, "", err
	}
	at, err = link.AttachXDP(link.XDPOptions{Program: p.prog, Interface: f.index, Flags: link.XDPGenericMode})
	if err != nil {
		return nil, mode, "", attachFault(l, f, err)
	}
	return releasedFirst(at), GenericCopy, note, nil
}

// linkFD is the lowest descriptor of an attachment, above those of the sockets, within the usual limit of 1024.
const linkFD = 768

// releasedFirst gives an attachment a high descriptor. When a process is killed, the kernel releases what it has in the
// order of descriptors, highest first, and each AF_XDP socket takes it 5-15 ms: with the programs behind them, the host
// was cut off for as long. Where that cannot be done, at remains as it is.
func releasedFirst(at link.Link) link.Link {
	l, ok := at.(interface{ FD() int })
	if !ok {
		return at
	}
	fd, err := unix.FcntlInt(uintptr(l.FD()), unix.F_DUPFD_CLOEXEC, linkFD)
	if err != nil {
		return at
	}
	high, err := link.NewFromFD(fd)
	if err != nil {
		_ = unix.Close(fd)
		return at
	}
	_ = at.Close() // the attachment stays: it has another descriptor
	return high
}

// generically reports whether a driver's refusal is one that generic mode gets around without the operator's help.
func generically(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, ebpf.ErrNotSupported) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOMEM)
}

// genericOffloads refuses receive offloads that merge packets before a generic program sees them: merged packets do not
// fit a frame and are lost, which stalls TCP.
func genericOffloads(l *hostLink) error {
	if !l.offload(unix.ETHTOOL_GGRO) {
		return nil
	}
	return fault(ErrOffload, nil, "generic mode would lose the packets that generic receive offload merges",
		fmt.Sprintf("run: ethtool -K %s gro off", l.name))
}

func attachFault(l *hostLink, f linkFacts, err error) error {
	is := func(errno error) bool { return errors.Is(err, errno) }
	switch {
	case is(unix.EBUSY), is(unix.EEXIST):
		h := findHolder(l)
		return fault(ErrAttached, err, h.String(), h.remedy(l.name))
	case is(unix.ENOSPC):
		return fault(ErrQueues, err, "the device has fewer receive queues than its peer has transmit queues",
			fmt.Sprintf("run: ethtool -L %s rx N (or tx N at the peer) so that they match, or use mode generic", l.name))
	case is(unix.ERANGE):
		return fault(ErrMTU, err, fmt.Sprintf("MTU %d of the device or of its peer is too large for a native XDP program", f.mtu),
			fmt.Sprintf("run: ip link set %s mtu 1500 (and the same at the peer), or use mode generic", l.name))
	case is(unix.EPERM), is(unix.EACCES):
		return fault(ErrPrivilege, err, "attaching an XDP program was refused", "run as root, or with CAP_NET_ADMIN and CAP_BPF")
	case is(unix.ENODEV):
		return fault(ErrNoInterface, err, "the device has just gone", "open it when it is back")
	}
	return fault(ErrMode, err, fmt.Sprintf("driver %s does not take the XDP program", l.driver()),
		"use mode auto or generic")
}

// holder says whose XDP program is on a device.
type holder struct {
	progID uint32
	name   string // of the program
	linkID uint32 // of the bpf_link that holds it, or 0: attached over netlink
	pids   []string
}

// findHolder asks the kernel who holds the device. What it cannot find out stays zero.
func findHolder(l *hostLink) (h holder) {
	f, err := l.facts()
	if err != nil || f.xdpProg == 0 {
		return h
	}
	h.progID = f.xdpProg
	if p, err := ebpf.NewProgramFromID(ebpf.ProgramID(h.progID)); err == nil {
		if info, err := p.Info(); err == nil {
			h.name = info.Name
		}
		_ = p.Close()
	}
	if h.linkID = findLink(h.progID, f.index); h.linkID != 0 {
		h.pids = processesWithLink(h.linkID)
	}
	return h
}

// findLink is the id of the bpf_link that has the program on the device, 0 if it is there without one.
func findLink(progID uint32, index int) uint32 {
	var it link.Iterator
	defer it.Close() // before anybody looks who has a descriptor of the link
	for it.Next() {
		info, err := it.Link.Info()
		if err != nil || uint32(info.Program) != progID {
			continue
		}
		if x := info.XDP(); x != nil && int(x.Ifindex) == index {
			return uint32(it.ID)
		}
	}
	return 0
}

// processesWithLink finds who has a descriptor of the bpf_link.
func processesWithLink(id uint32) (pids []string) {
	want := fmt.Sprintf("link_id:\t%d\n", id)
	files, _ := filepath.Glob("/proc/[0-9]*/fdinfo/*")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), want) {
			continue
		}
		pid := strings.Split(file, "/")[2]
		comm, _ := os.ReadFile("/proc/" + pid + "/comm")
		if p := fmt.Sprintf("%s (%s)", pid, strings.TrimSpace(string(comm))); !slices.Contains(pids, p) {
			pids = append(pids, p)
		}
	}
	return pids
}

// String is one clause.
func (h holder) String() string {
	if h.progID == 0 {
		return "the device is held, by a program that has just gone or may not be seen"
	}
	s := fmt.Sprintf("program %d %q is attached", h.progID, h.name)
	if h.linkID == 0 {
		return s + " over netlink"
	}
	s += fmt.Sprintf(" through link %d", h.linkID)
	if len(h.pids) > 0 {
		s += " of process " + strings.Join(h.pids, ", ")
	}
	return s
}

func (h holder) remedy(name string) string {
	switch {
	case h.progID == 0:
		return "try again"
	case h.linkID == 0:
		return fmt.Sprintf("if nobody needs it, run: ip link set dev %[1]s xdp off (or xdpdrv off, xdpgeneric off)", name)
	case len(h.pids) > 0:
		return "end that process, or close the interface there"
	}
	return fmt.Sprintf("if nobody needs it, remove its pin below /sys/fs/bpf, or run: bpftool link detach id %d", h.linkID)
}
