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

// Offload turns a device's offload on or off, as ethtool -K does: rx, tx, sg, tso, gso or gro.
func (h *Host) Offload(dev, feature string, on bool) error {
	cmd, known := offloads[feature]
	if !known {
		return fmt.Errorf("netlab: offload %q: want rx, tx, sg, tso, gso or gro", feature)
	}
	value := struct{ cmd, data uint32 }{cmd: cmd}
	if on {
		value.data = 1
	}
	req := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&value)}
	copy(req.name[:unix.IFNAMSIZ-1], dev)
	return h.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("netlab: offload: %w", err)
		}
		defer unix.Close(fd)
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&req)))
		if errno != 0 {
			return fmt.Errorf("netlab: host %q: offload %s of %s: %w", h.Name, feature, dev, errno)
		}
		return nil
	})
}
