package netlab

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// offloads are the features that Offload knows, by ethtool's short names, with the commands that set them.
var offloads = map[string]uint32{
	"rx":  unix.ETHTOOL_SRXCSUM,
	"tx":  unix.ETHTOOL_STXCSUM,
	"sg":  unix.ETHTOOL_SSG,
	"tso": unix.ETHTOOL_STSO,
	"gso": unix.ETHTOOL_SGSO,
	"gro": unix.ETHTOOL_SGRO,
}

// flagOffloads are those that are bits of the device's flags (ETH_FLAG_…).
var flagOffloads = map[string]uint32{"txvlan": 1 << 7, "rxvlan": 1 << 8}

// Offload turns a device's offload on or off, as ethtool -K does: rx, tx, sg, tso, gso, gro, txvlan or rxvlan.
func (h *Host) Offload(dev, feature string, on bool) error {
	cmd, known := offloads[feature]
	flag := flagOffloads[feature]
	if !known && flag == 0 {
		return fmt.Errorf("netlab: offload %q: want rx, tx, sg, tso, gso, gro, txvlan or rxvlan", feature)
	}
	return h.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("netlab: offload: %w", err)
		}
		defer unix.Close(fd)
		value := uint32(0)
		if on {
			value = 1
		}
		if flag != 0 {
			cmd = unix.ETHTOOL_SFLAGS
			if value, err = ethtool(fd, dev, unix.ETHTOOL_GFLAGS, 0); err == nil && on {
				value |= flag
			} else {
				value &^= flag
			}
		}
		if err == nil {
			_, err = ethtool(fd, dev, cmd, value)
		}
		if err != nil {
			return fmt.Errorf("netlab: host %q: offload %s of %s: %w", h.Name, feature, dev, err)
		}
		return nil
	})
}

// ethtool gives a device a command with a value, or gets one.
func ethtool(fd int, dev string, cmd, data uint32) (uint32, error) {
	value := struct{ cmd, data uint32 }{cmd, data}
	req := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&value)}
	copy(req.name[:unix.IFNAMSIZ-1], dev)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&req))); errno != 0 {
		return 0, errno
	}
	return value.data, nil
}
