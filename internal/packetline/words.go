package packetline

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// words is the rest of a line.
type words struct{ rest []string }

func split(s string) *words { return &words{rest: strings.Fields(s)} }

// next takes a word; what says what should be there.
func (w *words) next(what string) (string, error) {
	if len(w.rest) == 0 {
		return "", fmt.Errorf("line ends: want %s", what)
	}
	s := w.rest[0]
	w.rest = w.rest[1:]
	return s, nil
}

// expect takes the word s.
func (w *words) expect(s string) error {
	got, err := w.next(strconv.Quote(s))
	if err == nil && got != s {
		err = fmt.Errorf("%q: want %q", got, s)
	}
	return err
}

// number takes a number, decimal or 0x, of at most limit.
func (w *words) number(what string, limit uint64) (uint64, error) {
	s, err := w.next("a number for " + what)
	if err != nil {
		return 0, err
	}
	return number(s, what, limit)
}

func number(s, what string, limit uint64) (uint64, error) {
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil || n > limit {
		return 0, fmt.Errorf("%s %q: want a number from 0 to %d", what, s, limit)
	}
	return n, nil
}

// hex takes bytes.
func (w *words) hex(what string) ([]byte, error) {
	s, err := w.next("bytes in hex for " + what)
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%s %q: want bytes in hex", what, s)
	}
	return b, nil
}

// line takes a line, up to the end or the brace that closes it.
func (w *words) line() (*line, error) {
	l := &line{length: -1, cut: -1, doff: -1, udplen: -1, ttl: defaultTTL, win: defaultWin, macs: macs}
	if err := w.what(l); err != nil {
		return nil, err
	}
	if !l.ether {
		if err := w.where(l); err != nil {
			return nil, err
		}
	}
	for len(w.rest) > 0 && w.rest[0] != "}" {
		if err := w.word(l); err != nil {
			return nil, err
		}
	}
	return l, l.check()
}

func (w *words) what(l *line) error {
	s, err := w.next("a protocol")
	if err != nil {
		return err
	}
	switch s {
	case "eth":
		n, err := w.number("eth", math.MaxUint16)
		l.ether, l.etherType = true, uint16(n)
		return err
	case "ip":
		if err := w.expect("proto"); err != nil {
			return err
		}
		n, err := w.number("proto", math.MaxUint8)
		l.proto, l.raw = uint8(n), true
		return err
	}
	p, ok := protos[s]
	if !ok {
		return fmt.Errorf("%q: want tcp, udp, icmp, icmpv6, sctp, dccp, udplite, gre, esp, ah, ip or eth", s)
	}
	l.proto = p
	switch p {
	case icmp:
		l.kind = 8
	case icmpv6:
		l.kind = 128
	}
	return nil
}

// endpoint is an address and perhaps a port.
type endpoint struct {
	addr    netip.Addr
	port    uint16
	hasPort bool
}

func (w *words) where(l *line) (err error) {
	if l.src, err = w.endpoint(); err != nil {
		return err
	}
	if err = w.expect(">"); err != nil {
		return err
	}
	if l.dst, err = w.endpoint(); err != nil {
		return err
	}
	if l.src.addr.Is4() != l.dst.addr.Is4() {
		return fmt.Errorf("%v > %v: want addresses of one family", l.src.addr, l.dst.addr)
	}
	return nil
}

func (w *words) endpoint() (endpoint, error) {
	s, err := w.next("an address")
	if err != nil {
		return endpoint{}, err
	}
	if ap, err := netip.ParseAddrPort(s); err == nil && ap.Addr().Zone() == "" {
		return endpoint{ap.Addr(), ap.Port(), true}, nil
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil || a.Zone() != "" {
		return endpoint{}, fmt.Errorf("%q: want an address, A.B.C.D or X::X, with a port A.B.C.D:N or [X::X]:N", s)
	}
	return endpoint{addr: a}, nil
}

// check finds what the words cannot be together.
func (l *line) check() error {
	if l.ether {
		return nil
	}
	for _, e := range []endpoint{l.src, l.dst} {
		ports := hasPorts(l.proto) && !l.raw
		switch {
		case ports && !e.hasPort && l.offset == 0:
			return fmt.Errorf("%v: want a port", e.addr)
		case !ports && e.hasPort:
			return fmt.Errorf("%v:%d: the protocol has no ports", e.addr, e.port)
		}
	}
	if l.src.addr.Is4() && len(l.ext) > 0 {
		return errors.New("ext: IPv4 has no extension headers")
	}
	if l.src.addr.Is6() && len(l.opt) > 0 {
		return errors.New("opt: IPv6 has no options here; see ext")
	}
	if len(l.tcpopt) > maxTCPOpt {
		return fmt.Errorf("TCP options: %d bytes: want at most %d", len(l.tcpopt), maxTCPOpt)
	}
	if len(l.opt)%4 != 0 || len(l.opt) > 40 {
		return fmt.Errorf("opt: %d bytes: want a multiple of 4, at most 40", len(l.opt))
	}
	return nil
}
