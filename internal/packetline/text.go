package packetline

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// maxHex bounds the data that String writes out.
const maxHex = 32

// String is the packet in the frame p as a line, without the words that say what Build does anyway. What no other line
// can say becomes an "eth" line.
func String(p []byte) string {
	if len(p) < etherLen {
		return fmt.Sprintf("eth 0x0000 cut %d", len(p))
	}
	t := &text{rest: p[etherLen:]}
	etherType := t.tags(be.Uint16(p[12:]))
	body := t.rest
	ok := false
	switch etherType {
	case etherIP4:
		ok = t.ip4()
	case etherIP6:
		ok = t.ip6()
	}
	if !ok {
		t.what, t.words = fmt.Sprintf("eth %#04x", etherType), nil
		t.data(body, len(body), 0)
	}
	for _, v := range t.vlans {
		t.word("vlan %d", v)
	}
	for i, name := range []string{"dmac", "smac"} {
		if a := p[6*i : 6*i+6]; !bytes.Equal(a, macs[6*i:6*i+6]) {
			t.word("%s %v", name, net.HardwareAddr(a))
		}
	}
	if ok && t.pad > 0 {
		t.word("pad %d", t.pad)
	}
	if ok && t.missing > 0 {
		t.word("cut %d", len(p))
	}
	return t.what + strings.Join(t.words, "")
}

// text is a line being made of a packet.
type text struct {
	rest     []byte // not yet read
	what     string
	words    []string
	vlans    []uint16
	proto    uint8
	src, dst netip.Addr
	whole    int // bytes of the datagram's rest, more than len(rest) where the frame is cut
	missing  int // how many more
	pad      int
	frag     bool
	later    bool
}

func (t *text) word(format string, a ...any) {
	t.words = append(t.words, " "+fmt.Sprintf(format, a...))
}

// option adds a word with a number, unless it is what Build takes for it.
func (t *text) option(name string, value, usual int) {
	if value != usual {
		t.word("%s %d", name, value)
	}
}

// tags reads the VLAN tags and returns the EtherType behind them.
func (t *text) tags(etherType uint16) uint16 {
	for (etherType == etherVLAN || etherType == etherQinQ) && len(t.rest) >= tagLen {
		t.vlans = append(t.vlans, be.Uint16(t.rest))
		etherType = be.Uint16(t.rest[2:])
		t.rest = t.rest[tagLen:]
	}
	return etherType
}

// limit cuts the rest to a datagram that has n more bytes.
func (t *text) limit(n int) {
	t.whole = n
	t.missing = max(0, n-len(t.rest))
	t.pad = max(0, len(t.rest)-n)
	t.rest = t.rest[:min(n, len(t.rest))]
}

func (t *text) ip4() bool {
	h := t.rest
	if len(h) < ip4Len || h[0]>>4 != 4 {
		return false
	}
	head, total := int(h[0]&15)*4, int(be.Uint16(h[2:]))
	if head < ip4Len || head > len(h) || total < head {
		return false
	}
	t.src, t.dst = netip.AddrFrom4([4]byte(h[12:])), netip.AddrFrom4([4]byte(h[16:]))
	t.proto = h[9]
	t.rest = h[head:]
	t.limit(total - head)
	word := be.Uint16(h[6:])
	t.fragment(word&0x1fff, word&0x2000 != 0)
	t.transport()
	if head > ip4Len {
		t.word("opt %x", h[ip4Len:head])
	}
	t.option("ipid", int(be.Uint16(h[4:])), 0)
	t.option("ttl", int(h[8]), defaultTTL)
	t.option("tos", int(h[1]), 0)
	if sum16(h[:head], 0) != 0xffff {
		t.word("badsum")
	}
	return true
}

func (t *text) ip6() bool {
	h := t.rest
	if len(h) < ip6Len || h[0]>>4 != 6 {
		return false
	}
	t.src, t.dst = netip.AddrFrom16([16]byte(h[8:])), netip.AddrFrom16([16]byte(h[24:]))
	t.proto = h[6]
	t.rest = h[ip6Len:]
	t.limit(int(be.Uint16(h[4:])))
	if !t.chain() {
		return false
	}
	t.transport()
	t.option("ttl", int(h[7]), defaultTTL)
	t.option("tos", int(be.Uint16(h)>>4&0xff), 0)
	return true
}

// chain reads the extension headers, those that Build makes: 8 bytes each, AH more, at most one of them a fragment's.
func (t *text) chain() bool {
	var names []string
	for {
		i := slices.Index([]uint8{hopByHop, dstOpts, routing, fragment, ah}, t.proto)
		h, size := t.rest, 8
		if t.proto == ah {
			if size = ahLen; len(h) < size || h[0] == none || h[1] != ahLen/4-2 {
				break // the protocol
			}
		}
		if i < 0 || t.later {
			break
		}
		if len(h) < 8 || t.proto != fragment && t.proto != ah && h[1] != 0 || t.proto == fragment && t.frag {
			return false
		}
		names = append(names, []string{"hbh", "dst", "rt", "frag", "ah"}[i])
		if t.proto == fragment {
			word := be.Uint16(h[2:])
			t.fragment(word>>3, word&1 != 0)
			t.frag = true
			if id := be.Uint32(h[4:]); id != 0 {
				t.word("ipid %d", id)
			}
		}
		t.proto, t.rest, t.whole = h[0], h[size:], t.whole-size
	}
	if len(names) > 0 {
		t.words = slices.Insert(t.words, 0, " ext "+strings.Join(names, ","))
	}
	return true
}

func (t *text) fragment(offset uint16, more bool) {
	if offset == 0 && !more {
		return
	}
	plus := ""
	if more {
		plus = "+"
	}
	t.word("frag %d%s", offset, plus)
	t.frag, t.later = true, offset != 0
}
