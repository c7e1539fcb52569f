package packetline

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
)

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
		least = t.header(h, least)
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

// header adds what the transport header says, and returns its bytes: more than n of TCP with options, and of SCTP with chunks.
func (t *text) header(h []byte, n int) int {
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
		head := int(h[12]>>4) * 4
		if head < n || head > len(h) {
			t.word("doff %d", head/4)
			return n
		}
		t.tcpOptions(h[n:head])
		return head
	case udp:
		t.option("udplen", int(be.Uint16(h[4:])), t.whole)
	case udplite:
		t.option("udplen", int(be.Uint16(h[4:])), 0)
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
		if t.missing == 0 && t.sctpChunks(h[n:]) {
			return len(h)
		}
	case esp:
		t.option("id", int(be.Uint32(h)), 0)
		t.option("seq", int(be.Uint32(h[4:])), 0)
	case ah:
		t.option("id", int(be.Uint32(h[4:])), 0)
		t.option("seq", int(be.Uint32(h[8:])), 0)
	}
	return n
}

// sum adds what is wrong with the transport checksum, if all that it covers is here.
func (t *text) sum(h []byte) {
	if t.proto == sctp && t.missing == 0 {
		t.crc(h)
	}
	at, ok := map[uint8]int{tcp: 16, udp: 6, udplite: 6, icmp: 2, icmpv6: 2, dccp: 6}[t.proto]
	if !ok || t.missing > 0 {
		return
	}
	got := be.Uint16(h[at:])
	start := pseudo(t.proto, t.src.AsSlice(), t.dst.AsSlice(), len(h))
	switch {
	case sum16(covered(t.proto, h), start) == 0xffff:
	case got == 0:
		t.word("nosum")
	case got == sum16(nil, start):
		t.word("partial")
	default:
		t.word("badl4sum")
	}
}

// crc adds what is wrong with the CRC of SCTP.
func (t *text) crc(h []byte) {
	got := binary.LittleEndian.Uint32(h[8:])
	zeroed := slices.Concat(h[:8], make([]byte, 4), h[12:])
	switch {
	case got == (&line{}).crc(zeroed):
	case got == 0:
		t.word("nosum")
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
