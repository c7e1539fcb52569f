package netlab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Hop is what came back of a Probe: an ICMP message, and who has sent it.
type Hop struct {
	From       netip.Addr
	Type, Code uint8
}

// Probe sends one packet that may pass so many routers, as traceroute does, and returns the ICMP error about it; or, for
// network "icmp", the echo reply. Network "udp" sends to a port of that number, with nobody there.
func (h *Host) Probe(network, to string, port uint16, ttl int, timeout time.Duration) (hop Hop, err error) {
	addr, err := netip.ParseAddr(to)
	if err == nil {
		err = h.Do(func() (err error) {
			hop, err = probe(network == "icmp", addr, port, ttl, timeout)
			return err
		})
	}
	if err != nil {
		return hop, fmt.Errorf("netlab: %s probe to %s from host %q: %w", network, to, h.Name, err)
	}
	return hop, nil
}

func probe(icmp bool, to netip.Addr, port uint16, ttl int, timeout time.Duration) (Hop, error) {
	family, proto, level, ttlOption, errOption := unix.AF_INET, unix.IPPROTO_ICMP, unix.IPPROTO_IP, unix.IP_TTL, unix.IP_RECVERR
	var sa unix.Sockaddr
	packet := []byte{echoRequest4, 0, 0, 0, 0, 0, 0, 1}
	if to.Is4() {
		sa = &unix.SockaddrInet4{Addr: to.As4(), Port: int(port)}
	} else {
		family, proto, level = unix.AF_INET6, unix.IPPROTO_ICMPV6, unix.IPPROTO_IPV6
		ttlOption, errOption = unix.IPV6_UNICAST_HOPS, unix.IPV6_RECVERR
		sa, packet[0] = &unix.SockaddrInet6{Addr: to.As16(), Port: int(port)}, echoRequest6
	}
	if !icmp {
		proto = unix.IPPROTO_UDP
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		return Hop{}, err
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.SetsockoptInt(fd, level, ttlOption, ttl), unix.SetsockoptInt(fd, level, errOption, 1)); err != nil {
		return Hop{}, err
	}
	if err := unix.Sendto(fd, packet, 0, sa); err != nil {
		return Hop{}, err
	}
	return awaitHop(fd, timeout)
}

// awaitHop waits for an answer or an error.
func awaitHop(fd int, timeout time.Duration) (hop Hop, err error) {
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for end := time.Now().Add(timeout); ; {
		left := time.Until(end)
		if left <= 0 {
			return hop, os.ErrDeadlineExceeded
		}
		n, err := unix.Poll(poll, int(left.Milliseconds())+1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return hop, err
		}
		if n > 0 {
			break
		}
	}
	var data, control [512]byte
	if poll[0].Revents&unix.POLLERR == 0 {
		n, from, err := unix.Recvfrom(fd, data[:], 0)
		if err != nil {
			return hop, err
		}
		if n < 2 {
			return hop, errors.New("an answer without a head")
		}
		return Hop{addressOf(from), data[0], data[1]}, nil
	}
	_, n, _, _, err := unix.Recvmsg(fd, data[:], control[:], unix.MSG_ERRQUEUE)
	if err != nil {
		return hop, err
	}
	return hopOf(control[:n])
}

// hopOf reads the error out of what the kernel tells beside the packet.
func hopOf(control []byte) (hop Hop, err error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return hop, err
	}
	for _, m := range messages {
		d := m.Data
		switch {
		case m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR && len(d) >= 16+8 && d[4] == unix.SO_EE_ORIGIN_ICMP:
			return Hop{netip.AddrFrom4([4]byte(d[16+4:])), d[5], d[6]}, nil
		case m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_RECVERR && len(d) >= 16+24 && d[4] == unix.SO_EE_ORIGIN_ICMP6:
			return Hop{netip.AddrFrom16([16]byte(d[16+8:])), d[5], d[6]}, nil
		case len(d) >= 4 && (m.Header.Type == unix.IP_RECVERR || m.Header.Type == unix.IPV6_RECVERR):
			return hop, unix.Errno(binary.NativeEndian.Uint32(d)) // the host's own
		}
	}
	return hop, errors.New("an error that tells nothing")
}

func addressOf(sa unix.Sockaddr) netip.Addr {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrFrom4(a.Addr)
	case *unix.SockaddrInet6:
		return netip.AddrFrom16(a.Addr)
	}
	return netip.Addr{}
}
