package packetline

import (
	"fmt"
	"strings"
)

// Kinds of TCP options.
const (
	optNop    = 1
	optMSS    = 2
	optScale  = 3
	optSACKOk = 4
	optSACK   = 5
	optTime   = 8
)

// maxTCPOpt is the bytes of options that a TCP header has room for.
const maxTCPOpt = 40

// option adds a TCP option of this kind, whose body is the bytes of the numbers, size each.
func (l *line) option(kind byte, size int, numbers ...uint64) {
	l.tcpopt = append(l.tcpopt, kind, byte(2+size*len(numbers)))
	for _, n := range numbers {
		for i := size - 1; i >= 0; i-- {
			l.tcpopt = append(l.tcpopt, byte(n>>(8*i)))
		}
	}
}

// pairs takes "A:B", or with the separator "-" any number of them, with commas between.
func (w *words) pairs(what, sep string) (numbers []uint64, err error) {
	s, err := w.next("numbers for " + what)
	if err != nil {
		return nil, err
	}
	for pair := range strings.SplitSeq(s, ",") {
		a, b, ok := strings.Cut(pair, sep)
		if !ok {
			return nil, fmt.Errorf("%s %q: want two numbers with %q between", what, pair, sep)
		}
		for _, n := range []string{a, b} {
			v, err := number(n, what, 1<<32-1)
			if err != nil {
				return nil, err
			}
			numbers = append(numbers, v)
		}
	}
	return numbers, nil
}

// tcpWord takes a word that is a TCP option and no number.
func (w *words) tcpWord(l *line, s string) error {
	switch s {
	case "nop":
		l.tcpopt = append(l.tcpopt, optNop)
	case "sackok":
		l.option(optSACKOk, 0)
	case "sack":
		n, err := w.pairs(s, "-")
		l.option(optSACK, 4, n...)
		return err
	case "ts":
		n, err := w.pairs(s, ":")
		if err == nil && len(n) != 2 {
			err = fmt.Errorf("ts: want two numbers, not %d", len(n))
		}
		l.option(optTime, 4, n...)
		return err
	default:
		b, err := w.hex(s)
		l.tcpopt = append(l.tcpopt, b...)
		return err
	}
	return nil
}

// tcpOptions adds the words of the options o, whose bytes are a multiple of 4.
func (t *text) tcpOptions(o []byte) {
	before := len(t.words)
	for rest := o; len(rest) > 0; {
		n := t.tcpOption(rest)
		if n == 0 {
			if len(rest) < 4 && strings.Trim(string(rest), "\x00") == "" {
				return // what fills up the last word
			}
			t.words = t.words[:before]
			t.word("tcpopt %x", o)
			return
		}
		rest = rest[n:]
	}
}

// tcpOption adds the word of the first option of o, if there is one for it, and returns its bytes.
func (t *text) tcpOption(o []byte) (n int) {
	if o[0] == optNop {
		t.word("nop")
		return 1
	}
	if len(o) < 2 || int(o[1]) > len(o) {
		return 0
	}
	switch n = int(o[1]); {
	case o[0] == optMSS && n == 4:
		t.word("mss %d", be.Uint16(o[2:]))
	case o[0] == optScale && n == 3:
		t.word("wscale %d", o[2])
	case o[0] == optSACKOk && n == 2:
		t.word("sackok")
	case o[0] == optTime && n == 10:
		t.word("ts %d:%d", be.Uint32(o[2:]), be.Uint32(o[6:]))
	case o[0] == optSACK && n > 2 && n%8 == 2:
		var blocks []string
		for b := o[2:n]; len(b) > 0; b = b[8:] {
			blocks = append(blocks, fmt.Sprintf("%d-%d", be.Uint32(b), be.Uint32(b[4:])))
		}
		t.word("sack %s", strings.Join(blocks, ","))
	default:
		return 0
	}
	return n
}
