package craft

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/packet"
)

// Fields of an IPv4 header.
var (
	ip4Version  = field{0, 1, 0, 4}
	ip4Words    = field{0, 1, 4, 4}
	ip4TOS      = whole(1, 1)
	ip4Length   = whole(2, 2)
	ip4ID       = whole(4, 2)
	ip4CE       = field{6, 2, 0, 1}
	ip4DF       = field{6, 2, 1, 1}
	ip4MF       = field{6, 2, 2, 1}
	ip4Offset   = field{6, 2, 3, 13}
	ip4TTL      = whole(8, 1)
	ip4Protocol = whole(9, 1)
	ip4Sum      = whole(10, 2)
	ip4Src      = whole(12, 4)
	ip4Dst      = whole(16, 4)
)

const (
	ip4Len     = 20
	defaultTTL = 64
)

// under checks that an IP header may follow what was read, and puts an Ethernet header in front where nothing was.
func (b *builder) under(etherType, protocol uint16, what string) *Error {
	switch {
	case !b.seen:
		b.bare, b.ether = true, etherType
		b.grow(etherLen)
	case b.below.kind == mac && b.below.next == etherType, b.below.kind != mac && b.below.kind != none && b.below.next == protocol:
	default:
		return b.wanted("no %s header: the header in front says that something else follows, or nothing", what)
	}
	return nil
}

// ipv4 reads PROTOCOL: SRC -> DST and options.
func (b *builder) ipv4() *Error {
	const inIP = 4
	if err := b.under(packet.EtherTypeIP4, inIP, "IPv4"); err != nil {
		return err
	}
	proto, err := b.name(wantProtocol, 0xff, protocols)
	if err != nil {
		return err
	}
	h := b.grow(ip4Len)
	b.set(h, ip4Version, only(4))
	b.set(h, ip4Words, only(ip4Len/4))
	b.set(h, ip4TTL, only(defaultTTL))
	b.set(h, ip4Protocol, only(uint64(proto)))
	address := func(f field) func() *Error {
		return func() *Error {
			_, v, err := b.addresses(ip4)
			if err == nil {
				b.set(h, f, v)
			}
			return err
		}
	}
	if err := b.arrow(address(ip4Src), address(ip4Dst)); err != nil {
		return err
	}
	b.below = layer{kind: ip4, at: h, next: proto, known: true}
	return b.ipv4Options(h)
}

const wantProtocol = "an IP protocol: UDP, TCP, ICMP, ICMP6, GRE or a number"

// ipv4Options reads what may follow the addresses, in any order.
func (b *builder) ipv4Options(h int) *Error {
	var length, sum bool
	for {
		is, err := b.oneOf(h, []option{
			{ip4Version, nil, []string{"version"}}, {ip4Words, nil, []string{"header-length"}}, {ip4TOS, nil, []string{"tos"}},
			{ip4Length, &length, []string{"length"}}, {ip4Sum, &sum, []string{"checksum"}}, {ip4TTL, nil, []string{"ttl"}},
			{ip4ID, nil, []string{"fragment", "id"}},
		})
		if err != nil {
			return err
		}
		switch {
		case is:
		case b.word("offset"):
			if err := b.offset(h); err != nil {
				return err
			}
		case b.word("mf"), b.word("MF"):
			b.set(h, ip4MF, only(1))
		case b.word("df"), b.word("DF"):
			b.set(h, ip4DF, only(1))
		case b.word("ce"), b.word("CE"):
			b.set(h, ip4CE, only(1))
		default:
			if !length {
				b.lengths = append(b.lengths, lengthOf(h+ip4Length.at, h))
			} else {
				b.below.end = h + int(binary.BigEndian.Uint16(b.data[h+ip4Length.at:]))
			}
			if !sum {
				b.sums = append(b.sums, checksum{at: h + ip4Sum.at, from: h, to: h + ip4Len})
			}
			return nil
		}
	}
}

// offset reads a fragment's offset, which is given in bytes.
func (b *builder) offset(h int) *Error {
	v, err := b.number("a fragment's offset in bytes", 16)
	if err != nil {
		return err
	}
	v.lo, v.hi = v.lo/8, v.hi/8
	if v.lo == v.hi {
		v.order = fixed
	}
	b.set(h, ip4Offset, v)
	return nil
}

func lengthOf(at, from int) length { return length{at, from} }

// option is a word and the number behind it.
type option struct {
	field
	given *bool
	words []string
}

// oneOf reads one of the options, if one follows.
func (b *builder) oneOf(h int, list []option) (bool, *Error) {
	for _, o := range list {
		if is, err := b.option(h, o.field, o.given, o.words...); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// Fields of an IPv6 header.
var (
	ip6Version = field{0, 4, 0, 4}
	ip6Class   = field{0, 4, 4, 8}
	ip6Label   = field{0, 4, 12, 20}
	ip6Length  = whole(4, 2)
	ip6Next    = whole(6, 1)
	ip6Hops    = whole(7, 1)
	ip6Src     = whole(16, 8) // lower half
	ip6Dst     = whole(32, 8)
)

const ip6Len = 40

// ipv6 reads PROTOCOL: SRC -> DST and options.
func (b *builder) ipv6() *Error {
	const inIP = 41
	if err := b.under(packet.EtherTypeIP6, inIP, "IPv6"); err != nil {
		return err
	}
	proto, err := b.name(wantProtocol, 0xff, protocols)
	if err != nil {
		return err
	}
	h := b.grow(ip6Len)
	b.set(h, ip6Version, only(6))
	b.set(h, ip6Hops, only(defaultTTL))
	b.set(h, ip6Next, only(uint64(proto)))
	address := func(f field) func() *Error {
		return func() *Error {
			high, v, err := b.addresses(ip6)
			if err == nil {
				binary.BigEndian.PutUint64(b.data[h+f.at-8:], high)
				b.set(h, f, v)
			}
			return err
		}
	}
	if err := b.arrow(address(ip6Src), address(ip6Dst)); err != nil {
		return err
	}
	b.below = layer{kind: ip6, at: h, next: proto, known: true}
	length := false
	for {
		is, err := b.oneOf(h, []option{
			{ip6Version, nil, []string{"version"}}, {ip6Class, nil, []string{"traffic-class"}}, {ip6Label, nil, []string{"flow-label"}},
			{ip6Length, &length, []string{"length"}}, {ip6Hops, nil, []string{"hop-limit"}},
		})
		if err != nil {
			return err
		}
		if !is {
			break
		}
	}
	if !length {
		b.lengths = append(b.lengths, lengthOf(h+ip6Length.at, h+ip6Len))
	} else {
		b.below.end = h + ip6Len + int(binary.BigEndian.Uint16(b.data[h+ip6Length.at:]))
	}
	return nil
}
