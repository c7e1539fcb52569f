package afxdp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
)

// PassRule names packets that the kernel leaves to the host. Exactly one of ARP, Proto and Prefix is set.
//
// Beware of Source: a sender chooses the source of its packets, so what such a rule passes, anybody can send.
type PassRule struct {
	ARP    bool         // ARP, and IPv6 router and neighbour discovery
	Proto  uint8        // IP protocol
	Port   uint16       // port of Proto, not in fragments; 0 is the whole protocol
	Prefix netip.Prefix // IPv4 or IPv6 addresses
	Source bool         // Port or Prefix is matched against the packet's source, else its destination
}

// The protocols that ParsePassRule and String know by name.
var protocols = []struct {
	name  string
	proto uint8
}{{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"gre", 47}, {"esp", 50}, {"ah", 51}, {"icmpv6", 58}, {"icmp6", 58}, {"ospf", 89}, {"vrrp", 112}, {"sctp", 132}}

// ParsePassRule reads "arp", "tcp 22", "tcp from 22", "ospf", "47", "to 192.0.2.1" or "from 2001:db8::/32".
func ParsePassRule(s string) (r PassRule, err error) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return r, errors.New(`afxdp: empty pass rule: want "arp", "PROTOCOL [[from] PORT]" or "from|to PREFIX"`)
	}
	first, rest := words[0], words[1:]
	switch {
	case first == "arp":
		r.ARP = true
	case first == "from" || first == "to":
		r.Source = first == "from"
		if len(rest) > 0 {
			r.Prefix, err = parsePrefix(rest[0])
			rest = rest[1:]
		}
	default:
		if r.Proto, err = parseProtocol(first); err == nil && len(rest) > 0 && rest[0] == "from" {
			r.Source, rest = true, rest[1:]
		}
		if err == nil && len(rest) > 0 {
			var n uint64
			if n, err = strconv.ParseUint(rest[0], 10, 16); err != nil {
				err = fmt.Errorf("port %q: want 1 to 65535", rest[0])
			}
			r.Port, rest = uint16(n), rest[1:]
		}
	}
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%q is left over", strings.Join(rest, " "))
	}
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return PassRule{}, fmt.Errorf("afxdp: pass rule %q: %w", s, err)
	}
	return r, nil
}

func parseProtocol(s string) (uint8, error) {
	for _, p := range protocols {
		if p.name == s {
			return p.proto, nil
		}
	}
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("protocol %q: want a number from 1 to 255 or tcp, udp, sctp, icmp, icmp6, ospf, vrrp", s)
	}
	return uint8(n), nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return a.Prefix(a.BitLen())
}

// String is the rule as ParsePassRule reads it.
func (r PassRule) String() string {
	if r.ARP {
		return "arp"
	}
	if r.Proto == 0 {
		return map[bool]string{true: "from ", false: "to "}[r.Source] + r.Prefix.String()
	}
	s := strconv.Itoa(int(r.Proto))
	for _, p := range protocols {
		if p.proto == r.Proto {
			s = p.name
		}
	}
	if r.Source {
		s += " from"
	}
	if r.Port != 0 {
		s += " " + strconv.Itoa(int(r.Port))
	}
	return s
}

func (r PassRule) check() error {
	kinds := 0
	for _, set := range []bool{r.ARP, r.Proto != 0, r.Prefix != netip.Prefix{}} {
		if set {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return errors.New("want exactly one of ARP, a protocol from 1 to 255 and a prefix")
	case r.Proto == 0 && !r.ARP && !r.Prefix.IsValid():
		return errors.New("the prefix is not valid")
	case r.Proto == 0 && r.Port != 0:
		return fmt.Errorf("port %d: want a protocol with it", r.Port)
	case r.Source && r.Port == 0 && r.Proto != 0:
		return errors.New("from: want a port with it")
	}
	return nil
}

// The keys of the two maps; program_pass.go builds the same ones from packets.
const (
	prefixKeySize = 4 + 4 + 16 // bits, direction and family, address (IPv4 as ::ffff:a.b.c.d)
	portKeySize   = 4          // protocol, direction, port in network order
	dirDest       = 0
	dirSource     = 1
	dirProtocol   = 2 // the whole protocol; the port is 0
	family6       = 1 // behind the direction of an address
)

// prefixKey is the key of a rule with a prefix.
func (r PassRule) prefixKey() (k [prefixKeySize]byte) {
	bits := r.Prefix.Bits()
	if r.Prefix.Addr().Is4() {
		bits += 96
	}
	binary.NativeEndian.PutUint32(k[:], uint32(32+bits))
	if r.Source {
		k[4] = dirSource
	}
	if r.Prefix.Addr().Is6() {
		k[5] = family6 // else ::/0 would match IPv4
	}
	addr := r.Prefix.Masked().Addr().As16()
	copy(k[8:], addr[:])
	return k
}

// portKey is the key of a rule with a protocol.
func (r PassRule) portKey() (k [portKeySize]byte) {
	k[0], k[1] = r.Proto, dirDest
	if r.Port == 0 {
		k[1] = dirProtocol
	} else if r.Source {
		k[1] = dirSource
	}
	binary.BigEndian.PutUint16(k[2:], r.Port)
	return k
}

// loadPassList makes and fills the maps that the rules need.
func (p *program) loadPassList(rules []PassRule) (err error) {
	var prefixes, ports int
	for _, r := range rules {
		if r.Proto != 0 {
			ports++
		} else if !r.ARP {
			prefixes++
		}
	}
	if prefixes > 0 {
		p.prefixes, err = ebpf.NewMap(&ebpf.MapSpec{Name: "gvpp_pass_addr", Type: ebpf.LPMTrie,
			KeySize: prefixKeySize, ValueSize: 1, MaxEntries: uint32(prefixes), Flags: 1 /* BPF_F_NO_PREALLOC */})
	}
	if ports > 0 && err == nil {
		p.ports, err = ebpf.NewMap(&ebpf.MapSpec{Name: "gvpp_pass_port", Type: ebpf.Hash,
			KeySize: portKeySize, ValueSize: 1, MaxEntries: uint32(ports)})
	}
	for i := 0; i < len(rules) && err == nil; i++ {
		if r := rules[i]; r.Proto != 0 {
			err = p.ports.Put(r.portKey(), uint8(1))
		} else if !r.ARP {
			err = p.prefixes.Put(r.prefixKey(), uint8(1))
		}
	}
	if err != nil {
		return fmt.Errorf("creating the pass-list: %w", err)
	}
	return nil
}
