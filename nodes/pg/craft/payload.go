package craft

import (
	"encoding/hex"
	"strings"
)

// payload reads the pieces that end a text, most bytes of them at most.
func (b *builder) payload(most int) (p []byte, err error) {
	for !b.end() {
		before := b.at
		switch {
		case b.word("incrementing"):
			v, err := b.number("a number of bytes", 32)
			if err != nil {
				return nil, err
			}
			if v.order != fixed {
				b.at = before
				return nil, b.wanted("one number of bytes: for packets of different sizes there is size A-B")
			}
			for i := range min(int(v.lo), most+1) { // one too many is enough to see that
				p = append(p, byte(i))
			}
		case b.word("hex"):
			w, ok := strings.CutPrefix(b.span(isName), "0x")
			bytes, err := hex.DecodeString(w)
			if !ok || w == "" || err != nil {
				return nil, b.wanted("0x and an even number of hexadecimal digits")
			}
			b.at += len(w) + len("0x")
			p = append(p, bytes...)
		default:
			want := "incrementing N or hex 0x…"
			if !b.seen && before == 0 {
				want = "a header such as UDP: 10.0.0.1 -> 10.0.0.2, incrementing N or hex 0x…"
			}
			return nil, b.wanted("%s", want)
		}
		if len(p) > most {
			b.at = before
			return nil, b.wanted("%d bytes of payload at most", most)
		}
	}
	return p, nil
}
