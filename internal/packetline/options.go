package packetline

import (
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
)

// maxData bounds data and padding: what a capture's record can hold.
const maxData = 1 << 18

// numeric are the words with one number: its limit and where it goes.
var numeric = map[string]struct {
	limit uint64
	set   func(l *line, n uint64)
}{
	"seq":    {math.MaxUint32, func(l *line, n uint64) { l.seq = uint32(n) }},
	"ack":    {math.MaxUint32, func(l *line, n uint64) { l.ack = uint32(n) }},
	"win":    {math.MaxUint16, func(l *line, n uint64) { l.win = uint16(n) }},
	"len":    {maxData, func(l *line, n uint64) { l.length = int(n) }},
	"type":   {math.MaxUint8, func(l *line, n uint64) { l.kind = uint8(n) }},
	"code":   {math.MaxUint8, func(l *line, n uint64) { l.code = uint8(n) }},
	"id":     {math.MaxUint32, func(l *line, n uint64) { l.id = uint32(n) }},
	"ipid":   {math.MaxUint32, func(l *line, n uint64) { l.ipid = uint32(n) }},
	"ttl":    {math.MaxUint8, func(l *line, n uint64) { l.ttl = uint8(n) }},
	"tos":    {math.MaxUint8, func(l *line, n uint64) { l.tos = uint8(n) }},
	"vlan":   {math.MaxUint16, func(l *line, n uint64) { l.vlans = append(l.vlans, uint16(n)) }},
	"mss":    {math.MaxUint16, func(l *line, n uint64) { l.option(optMSS, 2, n) }},
	"wscale": {math.MaxUint8, func(l *line, n uint64) { l.option(optScale, 1, n) }},
	"doff":   {15, func(l *line, n uint64) { l.doff = int(n) }},
	"udplen": {math.MaxUint16, func(l *line, n uint64) { l.udplen = int(n) }},
	"pad":    {maxData, func(l *line, n uint64) { l.pad = int(n) }},
	"cut":    {4 * maxData, func(l *line, n uint64) { l.cut = int(n) }},
}

// word takes a word of the line and what belongs to it.
func (w *words) word(l *line) (err error) {
	s, err := w.next("a word")
	if err != nil {
		return err
	}
	if f, ok := numeric[s]; ok {
		n, err := w.number(s, f.limit)
		if err != nil {
			return err
		}
		f.set(l, n)
		return nil
	}
	switch s {
	case "data":
		l.data, err = w.hex(s)
	case "opt":
		l.opt, err = w.hex(s)
	case "dmac":
		err = w.mac(s, l.macs[:6])
	case "smac":
		err = w.mac(s, l.macs[6:])
	case "frag":
		err = w.frag(l)
	case "ext":
		err = w.ext(l)
	case "quote":
		err = w.quote(l)
	case "nop", "sackok", "sack", "ts", "tcpopt":
		err = w.tcpWord(l, s)
	case "chunk":
		err = w.chunk(l)
	case "badsum":
		l.badsum = true
	case "badl4sum", "nosum", "partial":
		l.l4sum = s
	default:
		if !strings.HasPrefix(s, "[") {
			return fmt.Errorf("%q: no such word", s)
		}
		l.flags, err = tcpFlags(s)
	}
	return err
}

func (w *words) mac(what string, to []byte) error {
	s, err := w.next("a MAC address for " + what)
	if err != nil {
		return err
	}
	a, err := net.ParseMAC(s)
	if err != nil || len(a) != len(to) {
		return fmt.Errorf("%s %q: want a MAC address, as 02:00:00:00:00:01", what, s)
	}
	copy(to, a)
	return nil
}

func tcpFlags(s string) (flags uint8, err error) {
	letters, ok := strings.CutSuffix(s[1:], "]")
	for _, c := range letters {
		bit := strings.IndexRune(flagLetters, c)
		if bit < 0 {
			ok = false
			break
		}
		flags |= 1 << bit
	}
	if !ok {
		return 0, fmt.Errorf("%q: want TCP flags of the letters %s in brackets", s, flagLetters)
	}
	return flags, nil
}

func (w *words) frag(l *line) error {
	s, err := w.next("an offset for frag")
	if err != nil {
		return err
	}
	s, l.more = strings.CutSuffix(s, "+")
	n, err := number(s, "frag", 1<<13-1)
	l.frag, l.offset = true, uint16(n)
	return err
}

func (w *words) ext(l *line) error {
	s, err := w.next("extension headers")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(s, ",") {
		e, ok := exts[name]
		if !ok {
			return fmt.Errorf("ext %q: want hbh, dst, rt, frag or ah", name)
		}
		l.ext = append(l.ext, e)
	}
	return nil
}

// quote makes the datagram of a line in braces the data.
func (w *words) quote(l *line) error {
	if err := w.expect("{"); err != nil {
		return err
	}
	in, err := w.line()
	if err != nil {
		return err
	}
	if err := w.expect("}"); err != nil {
		return err
	}
	p, err := in.frame()
	if err != nil {
		return err
	}
	head := etherLen + tagLen*len(in.vlans)
	if len(p) < head {
		return errors.New("quote: want a line with a datagram")
	}
	l.data = p[head:]
	return nil
}
