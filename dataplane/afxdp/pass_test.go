package afxdp

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
)

func TestParsePassRule(t *testing.T) {
	for text, want := range map[string]PassRule{
		"arp":                {ARP: true},
		"tcp 22":             {Proto: 6, Port: 22},
		"udp from 53":        {Proto: 17, Port: 53, Source: true},
		"ospf":               {Proto: 89},
		"41":                 {Proto: 41},
		"to 192.0.2.1/32":    {Prefix: netip.MustParsePrefix("192.0.2.1/32")},
		"from 2001:db8::/32": {Prefix: netip.MustParsePrefix("2001:db8::/32"), Source: true},
	} {
		got, err := ParsePassRule(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%q gives %+v (%q), %v", text, got, got, err)
		}
	}
	if r, err := ParsePassRule("to 192.0.2.1"); err != nil || r.Prefix.Bits() != 32 {
		t.Errorf("a bare address gives %+v, %v", r, err)
	}
	for _, text := range []string{"", "tcp x", "tcp 70000", "nonsense", "0", "256", "from", "to 1.2.3", "tcp 22 23", "arp 1", "tcp from", "from 10.0.0.0/33"} {
		if r, err := ParsePassRule(text); err == nil || !strings.Contains(err.Error(), "afxdp: ") {
			t.Errorf("%q gives %+v, %v", text, r, err)
		}
	}
}

// Packets for the table below, as bytes.
func ether(tags int, typ uint16, payload []byte) []byte {
	p := make([]byte, 12)
	for range tags {
		p = append(p, 0x81, 0, 0, 5)
	}
	p = append(p, byte(typ>>8), byte(typ))
	p = append(p, payload...)
	for len(p) < 60 {
		p = append(p, 0)
	}
	return p
}

func ip4(src, dst string, proto byte, frag uint16, l4 ...byte) []byte {
	h := make([]byte, 24) // with four bytes of options
	h[0], h[6], h[7], h[9] = 0x46, byte(frag>>8), byte(frag), proto
	copy(h[12:], net.ParseIP(src).To4())
	copy(h[16:], net.ParseIP(dst).To4())
	return append(h, l4...)
}

func ip6(src, dst string, next byte, l4 ...byte) []byte {
	h := make([]byte, 40)
	h[0], h[6] = 0x60, next
	copy(h[8:], net.ParseIP(src))
	copy(h[24:], net.ParseIP(dst))
	return append(h, l4...)
}

// The kernel itself runs the program over packets. Without sockets both outcomes would be XDP_PASS, so the redirect is
// told apart by a program whose fallback is XDP_DROP.
func TestPassListInKernel(t *testing.T) {
	needRoot(t)
	var rules []PassRule
	for _, s := range []string{"arp", "tcp 22", "udp from 53", "ospf", "from 10.9.0.0/16", "to 192.0.2.1", "to 2001:db8:1::/48"} {
		r, err := ParsePassRule(s)
		ok(t, err)
		rules = append(rules, r)
	}
	ssh, dns := []byte{0x80, 0, 0, 22}, []byte{0, 53, 0x80, 0}
	sshFrom := []byte{0, 22, 0x80, 0}
	for _, c := range []struct {
		name   string
		packet []byte
		pass   bool
	}{
		{"arp", ether(0, 0x0806, nil), true},
		{"arp tagged", ether(1, 0x0806, nil), true},
		{"lldp", ether(0, 0x88cc, nil), false},
		{"tcp to 22", ether(0, 0x0800, ip4("10.0.0.1", "10.0.0.2", 6, 0, ssh...)), true},
		{"tcp to 22, one tag", ether(1, 0x0800, ip4("10.0.0.1", "10.0.0.2", 6, 0, ssh...)), true},
		{"tcp to 22, two tags", ether(2, 0x0800, ip4("10.0.0.1", "10.0.0.2", 6, 0, ssh...)), true},
		{"tcp to 22, three tags", ether(3, 0x0800, ip4("10.0.0.1", "10.0.0.2", 6, 0, ssh...)), false},
		{"tcp from 22", ether(0, 0x0800, ip4("10.0.0.1", "10.0.0.2", 6, 0, sshFrom...)), false},
		{"udp to 22", ether(0, 0x0800, ip4("10.0.0.1", "10.0.0.2", 17, 0, ssh...)), false},
		{"tcp to 22, later fragment", ether(0, 0x0800, ip4("10.0.0.1", "10.0.0.2", 6, 100, ssh...)), false},
		{"tcp to 22, first fragment", ether(0, 0x0800, ip4("10.0.0.1", "10.0.0.2", 6, 0x2000, ssh...)), false},
		{"tcp to 22, may not be fragmented", ether(0, 0x0800, ip4("10.0.0.1", "10.0.0.2", 6, 0x4000, ssh...)), true},
		{"udp from 53", ether(0, 0x0800, ip4("10.0.0.1", "10.0.0.2", 17, 0, dns...)), true},
		{"ospf", ether(0, 0x0800, ip4("10.0.0.1", "224.0.0.5", 89, 0)), true},
		{"ospf fragment", ether(0, 0x0800, ip4("10.0.0.1", "224.0.0.5", 89, 100)), true},
		{"from prefix", ether(0, 0x0800, ip4("10.9.8.7", "10.0.0.2", 1, 0)), true},
		{"to the from prefix", ether(0, 0x0800, ip4("10.0.0.2", "10.9.8.7", 1, 0)), false},
		{"to address", ether(0, 0x0800, ip4("1.2.3.4", "192.0.2.1", 1, 0)), true},
		{"to its neighbour", ether(0, 0x0800, ip4("1.2.3.4", "192.0.2.2", 1, 0)), false},
		{"icmp", ether(0, 0x0800, ip4("1.2.3.4", "10.0.0.2", 1, 0)), false},
		{"tcp6 to 22", ether(0, 0x86dd, ip6("fd00::1", "fd00::2", 6, ssh...)), true},
		{"tcp6 to 23", ether(0, 0x86dd, ip6("fd00::1", "fd00::2", 6, 0x80, 0, 0, 23)), false},
		{"to prefix6", ether(0, 0x86dd, ip6("fd00::1", "2001:db8:1::5", 6, 0x80, 0, 0, 23)), true},
		{"to another prefix6", ether(0, 0x86dd, ip6("fd00::1", "2001:db8:2::5", 6, 0x80, 0, 0, 23)), false},
		{"neighbour solicitation", ether(0, 0x86dd, ip6("fe80::1", "ff02::1", 58, 135)), true},
		{"echo request 6", ether(0, 0x86dd, ip6("fe80::1", "ff02::1", 58, 128)), false},
		{"redirect 6", ether(0, 0x86dd, ip6("fe80::1", "ff02::1", 58, 137)), true},
		{"multicast listener 6", ether(0, 0x86dd, ip6("fe80::1", "ff02::1", 58, 143)), false},
		{"cut IPv4 header", ether(0, 0x0800, nil)[:20], false},
		{"cut IPv6 header", ether(0, 0x86dd, nil)[:30], false},
	} {
		if got := verdict(t, rules, c.packet); got != c.pass {
			t.Errorf("%s: passed %v, want %v", c.name, got, c.pass)
		}
	}
	all6 := []PassRule{{Prefix: netip.MustParsePrefix("::/0")}}
	if verdict(t, all6, ether(0, 0x0800, ip4("1.2.3.4", "192.0.2.1", 1, 0))) || !verdict(t, all6, ether(0, 0x86dd, ip6("fd00::1", "fd00::2", 6))) {
		t.Error("::/0 is not all of IPv6 and nothing else")
	}
	if verdict(t, nil, ether(0, 0x0806, nil)) {
		t.Error("ARP passed without a rule")
	}
}

// verdict runs the program over a packet.
func verdict(t *testing.T, rules []PassRule, packet []byte) (passed bool) {
	t.Helper()
	p := &program{}
	defer p.close()
	ok(t, p.loadWith(1, rules, 1 /* XDP_DROP */))
	got, err := p.prog.Run(&ebpf.RunOptions{Data: packet})
	ok(t, err)
	switch got {
	case xdpPass:
		return true
	case 1:
		return false
	}
	t.Fatalf("verdict %d", got)
	return false
}

// Each kind of rule alone must be a program that the verifier takes.
func TestPassListAlone(t *testing.T) {
	needRoot(t)
	for _, s := range []string{"arp", "tcp 22", "tcp from 22", "ospf", "from 10.0.0.0/8", "to ::/0", "to 0.0.0.0/0"} {
		r, err := ParsePassRule(s)
		ok(t, err)
		p, err := loadProgram(1, []PassRule{r})
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		p.close()
	}
}
