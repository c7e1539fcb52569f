package netlab

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Tag has all frames of a device carry an 802.1Q tag, as those of a VLAN device on top of it would, which not every kernel has: what
// leaves gets the tag, what comes loses it, and what comes without it is dropped. The tags are in the frames themselves: the device's
// VLAN offload is turned off, for a tag beside the frame would not survive an XDP program.
func (h *Host) Tag(dev string, vlan uint16) error {
	if err := h.Offload(dev, "txvlan", false); err != nil {
		return err
	}
	return h.on(fmt.Sprintf("put VLAN %d onto", vlan), dev, func(l netlink.Link) error {
		at := l.Attrs().Index
		qdisc := &netlink.GenericQdisc{QdiscType: "clsact", QdiscAttrs: netlink.QdiscAttrs{LinkIndex: at, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT}}
		if err := h.nl.QdiscAdd(qdisc); err != nil {
			return err
		}
		for parent, program := range map[uint32][]uint64{netlink.HANDLE_MIN_EGRESS: pushTag(vlan), netlink.HANDLE_MIN_INGRESS: popTag(vlan)} {
			fd, err := loadClassifier(program)
			if err != nil {
				return err
			}
			err = h.nl.FilterAdd(&netlink.BpfFilter{Fd: fd, Name: "vlan", DirectAction: true,
				FilterAttrs: netlink.FilterAttrs{LinkIndex: at, Parent: parent, Handle: 1, Protocol: unix.ETH_P_ALL, Priority: 1}})
			_ = unix.Close(fd)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// bpf is an instruction of BPF as the kernel takes it on a little-endian machine: code, registers, offset, number.
func bpf(code, dst, src uint8, off int16, imm int32) uint64 {
	return uint64(code) | uint64(dst|src<<4)<<8 | uint64(uint16(off))<<16 | uint64(uint32(imm))<<32
}

const (
	bpfMove, bpfAnd, bpfJumpEqual = 0xb7, 0x57, 0x15 // register and number
	bpfLoadWord                   = 0x61
	bpfCall, bpfExit              = 0x85, 0x95

	helperVLANPush, helperVLANPop = 18, 19
	actOK, actShot                = 0, 2
	offsetTCI                     = 24 // of a packet's tag in its context
	tagProtocol                   = 0x0081
)

func pushTag(vlan uint16) []uint64 {
	return []uint64{bpf(bpfMove, 2, 0, 0, tagProtocol), bpf(bpfMove, 3, 0, 0, int32(vlan)), bpf(bpfCall, 0, 0, 0, helperVLANPush),
		bpf(bpfMove, 0, 0, 0, actOK), bpf(bpfExit, 0, 0, 0, 0)}
}

func popTag(vlan uint16) []uint64 {
	return []uint64{bpf(bpfLoadWord, 2, 1, offsetTCI, 0), bpf(bpfAnd, 2, 0, 0, 0xfff), bpf(bpfJumpEqual, 2, 0, 2, int32(vlan)),
		bpf(bpfMove, 0, 0, 0, actShot), bpf(bpfExit, 0, 0, 0, 0),
		bpf(bpfCall, 0, 0, 0, helperVLANPop), bpf(bpfMove, 0, 0, 0, actOK), bpf(bpfExit, 0, 0, 0, 0)}
}

// loadClassifier gives the kernel a program for traffic control.
func loadClassifier(program []uint64) (fd int, err error) {
	license := []byte("MIT\x00")
	attr := struct {
		kind, count    uint32
		code, license  uint64
		logLevel, size uint32
		log            uint64
	}{kind: unix.BPF_PROG_TYPE_SCHED_CLS, count: uint32(len(program)), code: uint64(uintptr(unsafe.Pointer(&program[0]))), license: uint64(uintptr(unsafe.Pointer(&license[0])))}
	r, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(program)
	runtime.KeepAlive(license)
	if errno != 0 {
		return -1, fmt.Errorf("loading a BPF program: %w", errno)
	}
	return int(r), nil
}
