package craft

import (
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/dataplane/packet"
)

func sizeError(format string, v ...any) error { return fmt.Errorf(format, v...) }

// read reads the headers. What is left of the text is payload.
func (b *builder) read() error {
	for _, node := range []string{"ethernet-input", "ip4-input", "ip6-input"} { // VPP lets a node's name say what follows
		if b.word(node) {
			break
		}
	}
	for {
		again, err := b.header()
		if err != nil {
			return err
		}
		if !again {
			return nil
		}
		b.seen = true
	}
}

// header reads a header, if one follows.
func (b *builder) header() (bool, *Error) {
	before := b.at
	if b.below.kind == ip4 || b.below.kind == ip6 {
		if b.word("ICMP") && !b.mark(":") {
			return true, b.icmp()
		}
		b.at = before
	}
	name := b.span(isName)
	b.at += len(name)
	if name == "" || !b.mark(":") {
		b.at = before
		return false, nil
	}
	first := b.span(isAddress)
	b.at = before
	switch k := kindOf(first); {
	case b.below.next == packet.EtherTypeARP && b.below.kind == mac:
		return true, b.arp()
	case k == mac && !b.seen:
		return true, b.ethernet()
	case k == ip4:
		return true, b.ipv4()
	case k == ip6:
		return true, b.ipv6()
	case k == port:
		return true, b.transport(name)
	}
	b.at += len(name)
	b.mark(":")
	if !b.seen {
		return false, b.wanted("two Ethernet, IPv4 or IPv6 addresses with -> between them")
	}
	return false, b.wanted("two addresses or ports with -> between them")
}

// arrow reads the source and the destination of a header and sets them.
func (b *builder) arrow(src, dst func() *Error) *Error {
	if err := src(); err != nil {
		return err
	}
	if !b.mark("->") {
		return b.wanted("-> and a destination")
	}
	return dst()
}

// name reads a number or the name of one, in front of a colon.
func (b *builder) name(what string, most uint64, known map[string]uint16) (uint16, *Error) {
	w := b.span(isName)
	n, ok := known[w]
	if !ok { // as VPP, which does not care for their case
		n, ok = known[strings.ToUpper(w)]
	}
	if !ok {
		v, err := parseNumber(w)
		if err != nil || v > most {
			return 0, b.wanted("%s", what)
		}
		n = uint16(v)
	}
	b.at += len(w)
	b.mark(":")
	return n, nil
}

// Fields of an Ethernet header and of a VLAN tag, that behind the addresses.
var (
	etherDst = field{0, 6, 0, 48}
	etherSrc = field{6, 6, 0, 48}
	vlanPCP  = field{0, 2, 0, 3}
	vlanCFI  = field{0, 2, 3, 1}
	vlanID   = field{0, 2, 4, 12}
)

// maxVLANs is how many tags a text may give, as in VPP.
const maxVLANs = 2

// ethernet reads TYPE: SRC -> DST and tags.
func (b *builder) ethernet() *Error {
	etherType, err := b.name("an Ethernet type: IP4, IP6, ARP, MPLS or a number such as 0x88cc", 0xffff, etherTypes)
	if err != nil {
		return err
	}
	h := b.grow(etherLen)
	address := func(f field) func() *Error {
		return func() *Error {
			_, v, err := b.addresses(mac)
			if err == nil {
				b.set(h, f, v)
			}
			return err
		}
	}
	if err := b.arrow(address(etherSrc), address(etherDst)); err != nil {
		return err
	}
	for n := 0; b.word("vlan"); n++ {
		if n == maxVLANs {
			return b.wanted("%d VLAN tags at most", maxVLANs)
		}
		if err := b.vlan(); err != nil {
			return err
		}
	}
	end := len(b.data)
	b.data[end-2], b.data[end-1] = byte(etherType>>8), byte(etherType)
	b.below = layer{kind: mac, next: etherType, known: true}
	return nil
}

// vlan reads a tag, which goes behind what is there.
func (b *builder) vlan() *Error {
	end := len(b.data)
	b.data[end-2], b.data[end-1] = packet.EtherTypeVLAN>>8, packet.EtherTypeVLAN&0xff
	h := b.grow(4)
	id, err := b.number("a VLAN id", 12)
	if err != nil {
		return err
	}
	b.set(h, vlanID, id)
	if _, err := b.option(h, vlanPCP, nil, "priority"); err != nil {
		return err
	}
	_, err = b.option(h, vlanCFI, nil, "cfi")
	return err
}

// Fields of an ARP packet.
var (
	arpSenderMAC = field{8, 6, 0, 48}
	arpSenderIP  = whole(14, 4)
	arpTargetMAC = field{18, 6, 0, 48}
	arpTargetIP  = whole(24, 4)
)

const arpLen = 28

// arp reads OPERATION: MAC/IP -> MAC/IP.
func (b *builder) arp() *Error {
	operation, err := b.name("request, reply or a number", 0xffff, map[string]uint16{"request": 1, "reply": 2})
	if err != nil {
		return err
	}
	h := b.grow(arpLen)
	copy(b.data[h:], []byte{0, 1, 8, 0, 6, 4, byte(operation >> 8), byte(operation)})
	side := func(m, ip field) func() *Error {
		return func() *Error {
			_, v, err := b.addresses(mac)
			if err != nil {
				return err
			}
			b.set(h, m, v)
			if !b.mark("/") {
				return b.wanted("/ and an IPv4 address")
			}
			if _, v, err = b.addresses(ip4); err == nil {
				b.set(h, ip, v)
			}
			return err
		}
	}
	err = b.arrow(side(arpSenderMAC, arpSenderIP), side(arpTargetMAC, arpTargetIP))
	b.below = layer{}
	return err
}
