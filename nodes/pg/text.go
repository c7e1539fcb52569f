package pg

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseStream reads a stream as VPP writes it: words and values in any order, in braces or not.
//
//	{ name x limit 10 rate 1e6 size 64-128 interface pg0 node ip4-input data { UDP: 1.2.3.4 -> 5.6.7.8 incrementing 30 } }
func ParseStream(text string) (s Stream, err error) {
	t := tokens{text: text}
	braces := t.peek() == "{"
	if braces {
		t.next()
	}
	for {
		w, at := t.next()
		switch {
		case w == "" && braces:
			return s, t.wanted(at, w, "} behind the last word")
		case w == "}" && braces:
			if more, at := t.next(); more != "" {
				return s, t.wanted(at, more, "nothing behind the closing }")
			}
			return s, nil
		case w == "":
			return s, nil
		}
		if err := s.word(&t, w, at); err != nil {
			return s, err
		}
	}
}

const wantWords = "name, limit, rate, size, interface, node, source, tx-interface, maxframe, worker, pcap, buffer-size or data { … }"

// word reads the value of a word.
func (s *Stream) word(t *tokens, w string, at int) (err error) {
	switch w {
	case "name":
		s.Name, err = t.value("a name for the stream")
	case "interface":
		s.Interface, err = t.value("an interface")
	case "tx-interface":
		s.TxInterface, err = t.value("an interface")
	case "node":
		s.Node, err = t.value("a node, or an interface to send by")
	case "source":
		s.Generator, err = t.value("an interface of the packet generator, pg0, pg1, …")
	case "pcap":
		s.Pcap, err = t.value("a file")
	case "maxframe":
		var n uint64
		n, err = t.count("a number of packets from 1", 1, math.MaxInt32)
		s.MaxFrame = int(n)
	case "worker":
		var n uint64
		n, err = t.count("a worker, from 0", 0, math.MaxInt32)
		s.Worker = int(n)
	case "data":
		s.Data, err = t.block()
	case "limit", "rate", "size", "buffer-size":
		var c Change
		if err = c.word(t, w); err == nil {
			c.apply(s)
		}
	case "buffer-flags", "buffer-offload-flags": // that checksums are missing, which they are not
		s.offload(t, w == "buffer-offload-flags")
	default:
		return t.wanted(at, w, wantWords)
	}
	return err
}

// offload reads words that claim something of packets; those of checksums are kept for the trace.
func (s *Stream) offload(t *tokens, keep bool) {
	var words []string
	for offloadFlags[t.peek()] {
		w, _ := t.next()
		words = append(words, w)
	}
	if keep {
		s.Offload = strings.Join(words, " ")
	}
}

// offloadFlags are the words behind buffer-flags and buffer-offload-flags that ask for nothing but right checksums.
var offloadFlags = map[string]bool{
	"ip4": true, "ip6": true, "offload": true, "offload-ip-cksum": true, "offload-tcp-cksum": true, "offload-udp-cksum": true,
	"l2-hdr-offset": true, "l3-hdr-offset": true, "l4-hdr-offset": true, "l4-cksum-computed": true, "l4-cksum-correct": true,
}

// word reads the value of a word that configure takes, too.
func (c *Change) word(t *tokens, w string) error {
	switch w {
	case "limit":
		n, err := t.count("a number of packets, 0 for no end", 0, math.MaxInt64)
		c.Limit = &n
		return err
	case "rate":
		x, err := t.float("packets a second, such as 1000 or 1e6, 0 for as many as go")
		c.Rate = &x
		return err
	case "size":
		z, err := t.size()
		c.Size = &z
		return err
	case "maxframe":
		n, err := t.count("a number of packets from 1", 1, math.MaxInt32)
		frame := int(n)
		c.Frame = &frame
		return err
	case "buffer-size": // of one buffer, which is what it is
		_, err := t.count("a number of bytes from 1", 1, math.MaxInt32)
		return err
	}
	at := t.last
	return t.wanted(at, w, "limit, rate, size, maxframe or buffer-size")
}

// apply changes a stream.
func (c *Change) apply(s *Stream) {
	if c.Limit != nil {
		s.Limit = *c.Limit
	}
	if c.Rate != nil {
		s.Rate = *c.Rate
	}
	if c.Frame != nil {
		s.MaxFrame = *c.Frame
	}
	if c.Size != nil {
		s.MinSize, s.MaxSize, s.RandomSize = c.Size.Min, c.Size.Max, c.Size.Random
	}
}

// ParseChange reads what packet-generator configure takes behind the name.
func ParseChange(text string) (c Change, err error) {
	t := tokens{text: text}
	for {
		w, _ := t.next()
		if w == "" {
			return c, nil
		}
		if err := c.word(&t, w); err != nil {
			return c, err
		}
	}
}

// tokens are the words of a text, braces being words of their own.
type tokens struct {
	text     string
	at, last int // the next word is looked for at at; the last one was at last
}

func (t *tokens) next() (w string, at int) {
	for t.at < len(t.text) && t.text[t.at] <= ' ' {
		t.at++
	}
	at = t.at
	t.last = at
	for t.at < len(t.text) && t.text[t.at] > ' ' {
		if c := t.text[t.at]; c == '{' || c == '}' {
			if t.at == at {
				t.at++
			}
			break
		}
		t.at++
	}
	return t.text[at:t.at], at
}

func (t *tokens) peek() string {
	before := *t
	w, _ := t.next()
	*t = before
	return w
}

// wanted is the error for a word.
func (t *tokens) wanted(at int, w, what string) error {
	if w == "" {
		return fmt.Errorf("the stream ends: want %s", what)
	}
	return fmt.Errorf("%q (character %d): want %s", w[:min(len(w), 40)], at+1, what)
}

// value is a word that stands for something.
func (t *tokens) value(what string) (string, error) {
	w, at := t.next()
	if w == "" || w == "{" || w == "}" {
		return "", t.wanted(at, w, what)
	}
	return w, nil
}

func (t *tokens) float(what string) (float64, error) {
	w, at := t.next()
	x, err := strconv.ParseFloat(w, 64)
	if err != nil || !(x >= 0) || math.IsInf(x, 0) {
		return 0, t.wanted(at, w, what)
	}
	return x, nil
}

// count reads a whole number, which may be written as 1e6.
func (t *tokens) count(what string, least, most uint64) (uint64, error) {
	at := t.at
	w := t.peek()
	n, err := strconv.ParseUint(w, 10, 64)
	if err == nil {
		_, at = t.next()
	} else {
		x, err := t.float(what)
		if err != nil {
			return 0, err
		}
		at = t.last
		if x > float64(most) || x != math.Trunc(x) {
			return 0, t.wanted(at, w, what)
		}
		n = uint64(x)
	}
	if n < least || n > most {
		return 0, t.wanted(at, w, what)
	}
	return n, nil
}

// size reads A-B, A+B or A; blanks around the mark are fine.
func (t *tokens) size() (z Size, err error) {
	const want = "bytes of the packets: 64-128 for one more from packet to packet, 64+128 for random ones"
	w, at := t.next()
	if mark := t.peek(); w != "" && (mark == "-" || mark == "+") {
		t.next()
		last, _ := t.next()
		w += mark + last
	}
	i := strings.IndexAny(w, "-+")
	low, high := w, w
	if i >= 0 {
		low, high, z.Random = w[:i], w[i+1:], w[i] == '+'
	}
	a, err1 := strconv.ParseUint(low, 10, 16)
	b, err2 := strconv.ParseUint(high, 10, 16)
	if err1 != nil || err2 != nil || a == 0 || b < a {
		return z, t.wanted(at, w, want)
	}
	z.Min, z.Max = int(a), int(b)
	return z, nil
}

// block is the text between { and its }.
func (t *tokens) block() (string, error) {
	w, at := t.next()
	if w != "{" {
		return "", t.wanted(at, w, "{ and the data")
	}
	depth := 1
	begin := t.at
	for ; t.at < len(t.text); t.at++ {
		switch t.text[t.at] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				data := strings.TrimSpace(t.text[begin:t.at])
				t.at++
				if data == "" {
					return "", t.wanted(begin, "}", "packet data")
				}
				return data, nil
			}
		}
	}
	return "", t.wanted(at, "", "} behind the data")
}
