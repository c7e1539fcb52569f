package afxdp

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"unsafe"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// hostLink asks the kernel about one network device. Its sockets live in the network namespace of the thread that made
// it, and so do the answers, whichever thread asks later.
type hostLink struct {
	name   string
	nl     *netlink.Handle
	ioctl  int // a datagram socket for ethtool requests
	member int // a packet socket that holds the promiscuous membership, or -1
}

// linkFacts is what a device is at one moment.
type linkFacts struct {
	index    int
	mac      net.HardwareAddr
	mtu      int
	kind     string // "veth", "tun", … or "device"
	rxQueues int    // that exist in the device structure; fewer may be in use
	running  bool   // up, and with a carrier
	up       bool   // administratively
	xdpProg  uint32 // id of the attached XDP program, 0 for none
}

func openHostLink(name string) (*hostLink, error) {
	h, err := netlink.NewHandleAt(netns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fault(ErrSystem, err, "opening a netlink socket", "see the kernel's error")
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		h.Close()
		return nil, fault(ErrSystem, err, "opening a datagram socket", "see the kernel's error")
	}
	return &hostLink{name: name, nl: h, ioctl: fd, member: -1}, nil
}

func (l *hostLink) close() {
	l.nl.Close()
	_ = unix.Close(l.ioctl)
	if l.member >= 0 {
		_ = unix.Close(l.member)
	}
}

// facts looks the device up.
func (l *hostLink) facts() (linkFacts, error) {
	link, err := l.nl.LinkByName(l.name)
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		return linkFacts{}, fault(ErrNoInterface, err, "the network namespace has no device of that name",
			"create it, or correct the name (ip link shows what there is)")
	}
	if err != nil {
		return linkFacts{}, fault(ErrSystem, err, "looking the device up", "see the kernel's error")
	}
	return factsOf(link), nil
}

func factsOf(link netlink.Link) linkFacts {
	a := link.Attrs()
	f := linkFacts{
		index: a.Index, mac: a.HardwareAddr, mtu: a.MTU, kind: link.Type(), rxQueues: max(a.NumRxQueues, 1),
		up: a.RawFlags&unix.IFF_UP != 0, running: a.RawFlags&unix.IFF_UP != 0 && a.RawFlags&unix.IFF_RUNNING != 0,
	}
	if a.Xdp != nil && a.Xdp.Attached {
		f.xdpProg = a.Xdp.ProgId
	}
	return f
}

// ifreq is the kernel's struct ifreq with a pointer in it.
type ifreq struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [16]byte
}

// ethtool makes the request whose structure, starting with the command, is at req.
func (l *hostLink) ethtool(req unsafe.Pointer) error {
	r := ifreq{data: req}
	copy(r.name[:unix.IFNAMSIZ-1], l.name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(l.ioctl), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&r)))
	if errno != 0 {
		return errno
	}
	return nil
}

// activeQueues is how many receive queues the device uses, and whether it says so.
func (l *hostLink) activeQueues() (n int, known bool) {
	ch := struct{ cmd, maxRx, maxTx, maxOther, maxCombined, rx, tx, other, combined uint32 }{cmd: unix.ETHTOOL_GCHANNELS}
	if l.ethtool(unsafe.Pointer(&ch)) != nil || ch.rx+ch.combined == 0 {
		return 0, false
	}
	return int(ch.rx + ch.combined), true
}

// offload reports whether the feature of an ETHTOOL_G command is on.
func (l *hostLink) offload(cmd uint32) bool {
	v := struct{ cmd, data uint32 }{cmd: cmd}
	return l.ethtool(unsafe.Pointer(&v)) == nil && v.data != 0
}

// driver is the name of the device's driver.
func (l *hostLink) driver() string {
	if info, err := unix.IoctlGetEthtoolDrvinfo(l.ioctl, l.name); err == nil {
		return unix.ByteSliceToString(info.Driver[:])
	}
	return "unknown"
}

// promiscuous makes the device receive frames for all stations until l is closed or the process ends.
func (l *hostLink) promiscuous(index int) error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // protocol 0 receives nothing
	if err != nil {
		return fault(ErrPrivilege, err, "opening a packet socket for promiscuous mode", "run with CAP_NET_RAW, or turn Promiscuous off")
	}
	l.member = fd
	mreq := unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &mreq); err != nil {
		return fault(ErrSystem, err, "turning promiscuous mode on", "turn Promiscuous off if the device cannot")
	}
	return nil
}

// Bits of the netdev family's xdp-features attribute.
const (
	xdpFeatureBasic    = 1 << 0
	xdpFeatureZeroCopy = 1 << 3
)

// genlHeader is a generic netlink header: command, version and two bytes that must be zero. The library's own type is two
// bytes long and sends whatever lies behind it.
type genlHeader [4]byte

func (h genlHeader) Len() int          { return len(h) }
func (h genlHeader) Serialize() []byte { return h[:] }

// xdpFeatures asks the kernel (6.3 or newer) what the driver can do. The netlink socket is the calling thread's.
func xdpFeatures(index int) (bits uint64, known bool) {
	const cmdDevGet, attrIfindex, attrFeatures = 1, 1, 3
	family, err := netlink.GenlFamilyGet("netdev")
	if err != nil {
		return 0, false
	}
	req := nl.NewNetlinkRequest(int(family.ID), 0)
	req.AddData(genlHeader{cmdDevGet, 1})
	req.AddData(nl.NewRtAttr(attrIfindex, nl.Uint32Attr(uint32(index))))
	msgs, err := req.Execute(unix.NETLINK_GENERIC, 0)
	if err != nil || len(msgs) == 0 || len(msgs[0]) < len(genlHeader{}) {
		return 0, false
	}
	attrs, err := nl.ParseRouteAttr(msgs[0][len(genlHeader{}):])
	if err != nil {
		return 0, false
	}
	for _, a := range attrs {
		if a.Attr.Type == attrFeatures && len(a.Value) >= 8 {
			return nl.NativeEndian().Uint64(a.Value), true
		}
	}
	return 0, false
}

// asSyscallErrno is the errno within err, as an error; nil if there is none.
func asSyscallErrno(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return nil
}

// plural is "1 queue", "2 queues".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
