package packetline

import (
	"encoding/hex"
	"fmt"
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

// chain reads the extension headers, those that Build makes: 8 bytes each, at most one of them a fragment's.
func (t *text) chain() bool {
	var names []string
	for {
		i := slices.Index([]uint8{hopByHop, dstOpts, routing, fragment}, t.proto)
		if i < 0 || t.later {
			break
		}
		h := t.rest
		if len(h) < 8 || t.proto != fragment && h[1] != 0 || t.proto == fragment && t.frag {
			return false
		}
		names = append(names, []string{"hbh", "dst", "rt", "frag"}[i])
		if t.proto == fragment {
			word := be.Uint16(h[2:])
			t.fragment(word>>3, word&1 != 0)
			t.frag = true
			if id := be.Uint32(h[4:]); id != 0 {
				t.word("ipid %d", id)
			}
		}
		t.proto, t.rest, t.whole = h[0], h[8:], t.whole-8
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

// transport reads the transport header, if there is a whole one, and the data.
func (t *text) transport() {
	name := fmt.Sprintf("ip proto %d", t.proto)
	from, to := t.src.String(), t.dst.String()
	before := t.words
	t.words = nil
	usual := 0
	least, known := headerLen[t.proto]
	switch h := t.rest; {
	case t.later:
		least, usual = 0, 8
	case known && len(h) >= least:
		if hasPorts(t.proto) {
			from = netip.AddrPortFrom(t.src, be.Uint16(h)).String()
			to = netip.AddrPortFrom(t.dst, be.Uint16(h[2:])).String()
		}
		t.header(h)
		t.sum(h)
	default:
		least, known = 0, false
	}
	for n, p := range protos {
		if known && p == t.proto {
			name = n
		}
	}
	t.what = fmt.Sprintf("%s %s > %s", name, from, to)
	t.words = append(t.words, before...)
	t.data(t.rest[least:], t.whole-least, usual)
}

// headerLen is the bytes of the headers that Build makes.
var headerLen = map[uint8]int{
	tcp: 20, udp: 8, udplite: 8, dccp: 16, sctp: 12, icmp: 8, icmpv6: 8, gre: 4, esp: 8, ah: 24,
}

// header adds what the transport header says.
func (t *text) header(h []byte) {
	switch t.proto {
	case tcp:
		letters := ""
		for i, c := range flagLetters {
			if h[13]>>i&1 != 0 {
				letters += string(c)
			}
		}
		t.word("[%s]", letters)
		t.option("seq", int(be.Uint32(h[4:])), 0)
		t.option("ack", int(be.Uint32(h[8:])), 0)
		t.option("win", int(be.Uint16(h[14:])), defaultWin)
	case icmp, icmpv6:
		usual := 8
		if t.proto == icmpv6 {
			usual = 128
		}
		t.option("type", int(h[0]), usual)
		t.option("code", int(h[1]), 0)
		t.option("id", int(be.Uint16(h[4:])), 0)
		t.option("seq", int(be.Uint16(h[6:])), 0)
	case sctp:
		t.option("id", int(be.Uint32(h[4:])), 0)
	case esp:
		t.option("id", int(be.Uint32(h)), 0)
		t.option("seq", int(be.Uint32(h[4:])), 0)
	case ah:
		t.option("id", int(be.Uint32(h[4:])), 0)
		t.option("seq", int(be.Uint32(h[8:])), 0)
	}
}

// sum adds what is wrong with the transport checksum, if all that it covers is here.
func (t *text) sum(h []byte) {
	at, ok := map[uint8]int{tcp: 16, udp: 6, udplite: 6, icmp: 2, icmpv6: 2, dccp: 6}[t.proto]
	if !ok || t.missing > 0 {
		return
	}
	got := be.Uint16(h[at:])
	start := pseudo(t.proto, t.src.AsSlice(), t.dst.AsSlice(), len(h))
	switch {
	case sum16(h, start) == 0xffff:
	case got == 0:
		t.word("nosum")
	case got == sum16(nil, start):
		t.word("partial")
	default:
		t.word("badl4sum")
	}
}

// data adds the data, of which b is here and n there should be, unless it is what Build makes without a word.
func (t *text) data(b []byte, n, usual int) {
	counts := true
	for i, v := range b {
		counts = counts && v == byte(i)
	}
	switch {
	case n == usual && counts:
	case counts || len(b) > maxHex:
		t.word("len %d", n)
	case n > len(b):
		t.word("data %s len %d", hex.EncodeToString(b), n)
	default:
		t.word("data %s", hex.EncodeToString(b))
	}
}
