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

// PingResult is what came of a Ping.
type PingResult struct {
	Sent, Received int
	Min, Max       time.Duration // of the round trips
}

// Lost is the number of requests without an answer in time.
func (r PingResult) Lost() int { return r.Sent - r.Received }

// PingOptions change a Ping. The zero value sends at once, waits a second for each answer and sends 56 bytes.
type PingOptions struct {
	Interval time.Duration // between requests
	Timeout  time.Duration // for each answer
	Size     int           // bytes of data
}

const (
	echoRequest4, echoReply4 = 8, 0
	echoRequest6, echoReply6 = 128, 129
)

// Ping sends count echo requests, one after the other, to an IPv4 or IPv6 address, and fails if none is answered.
func (h *Host) Ping(to string, count int, o PingOptions) (r PingResult, err error) {
	addr, err := netip.ParseAddr(to)
	if err != nil {
		return r, fmt.Errorf("netlab: ping: %w", err)
	}
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	if o.Size == 0 {
		o.Size = 56
	}
	err = h.Do(func() error {
		p, err := newPinger(addr)
		if err != nil {
			return err
		}
		defer unix.Close(p.fd)
		return p.series(count, o, &r)
	})
	if err == nil && r.Received == 0 {
		err = fmt.Errorf("no answer to %d requests", r.Sent)
	}
	if err != nil {
		return r, fmt.Errorf("netlab: ping %s from host %q: %w", to, h.Name, err)
	}
	return r, nil
}

type pinger struct {
	fd   int
	to   unix.Sockaddr
	six  bool
	id   uint16
	read [1 << 16]byte
}

func newPinger(to netip.Addr) (*pinger, error) {
	p := &pinger{six: to.Is6(), id: uint16(os.Getpid()) ^ uint16(time.Now().UnixNano())}
	family, proto := unix.AF_INET, unix.IPPROTO_ICMP
	p.to = &unix.SockaddrInet4{}
	if p.six {
		family, proto = unix.AF_INET6, unix.IPPROTO_ICMPV6
		p.to = &unix.SockaddrInet6{Addr: to.As16()}
	} else {
		p.to = &unix.SockaddrInet4{Addr: to.As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		return nil, fmt.Errorf("raw socket: %w", err)
	}
	p.fd = fd
	return p, nil
}

// series sends count requests and fills in r.
func (p *pinger) series(count int, o PingOptions, r *PingResult) error {
	for seq := range count {
		if seq > 0 {
			time.Sleep(o.Interval)
		}
		r.Sent++
		took, err := p.once(uint16(seq), o)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			return err
		}
		r.Received++
		r.Max = max(r.Max, took)
		if r.Min == 0 || took < r.Min {
			r.Min = took
		}
	}
	return nil
}

// once sends one request and waits for its answer.
func (p *pinger) once(seq uint16, o PingOptions) (time.Duration, error) {
	msg := make([]byte, 8+o.Size)
	msg[0] = echoRequest4
	if p.six {
		msg[0] = echoRequest6
	}
	binary.BigEndian.PutUint16(msg[4:], p.id)
	binary.BigEndian.PutUint16(msg[6:], seq)
	for i := range msg[8:] {
		msg[8+i] = byte(i)
	}
	if !p.six { // the kernel computes ICMPv6's
		binary.BigEndian.PutUint16(msg[2:], onesComplement(msg))
	}
	start := time.Now()
	if err := unix.Sendto(p.fd, msg, 0, p.to); err != nil {
		return 0, fmt.Errorf("sending: %w", err)
	}
	for {
		left := o.Timeout - time.Since(start)
		if left <= 0 {
			return 0, os.ErrDeadlineExceeded
		}
		tv := unix.NsecToTimeval(int64(left))
		if err := unix.SetsockoptTimeval(p.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			return 0, err
		}
		n, _, err := unix.Recvfrom(p.fd, p.read[:], 0)
		if err == nil && p.answers(p.read[:n], seq) {
			return time.Since(start), nil
		}
		if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return 0, fmt.Errorf("receiving: %w", err)
		}
	}
}

func (p *pinger) answers(msg []byte, seq uint16) bool {
	want := byte(echoReply6)
	if !p.six {
		want = echoReply4
		if len(msg) < 20 {
			return false
		}
		msg = msg[min(len(msg), int(msg[0]&15)*4):]
	}
	return len(msg) >= 8 && msg[0] == want && binary.BigEndian.Uint16(msg[4:]) == p.id && binary.BigEndian.Uint16(msg[6:]) == seq
}

// onesComplement is the Internet checksum of b.
func onesComplement(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
