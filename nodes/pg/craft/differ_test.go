package craft_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/nodes/pg/craft"
)

// Names of types and protocols may be written in any case, as in VPP; what is refused there because it means nothing is refused here.
func TestAsVPPReads(t *testing.T) {
	b, c := make([]byte, 1792), make([]byte, 1792)
	one := compile(t, "IP4: 1.2.3 -> 4.5.6 UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1000 -> 53 incrementing 4", options)
	other := compile(t, "ip4: 1.2.3 -> 4.5.6 uDp: 1.2.3.4 -> 5.6.7.8 UDP: 1000 -> 53 incrementing 4", options)
	if string(b[:one.Write(b)]) != string(c[:other.Write(c)]) {
		t.Errorf("% x\n% x", b, c)
	}
	for text, want := range map[string]string{
		"hex 0x":           "an even number",
		"incrementing 1-5": "one number of bytes",
		"UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1 -> 2 length 8 - 10 incrementing 4":         "want checksum N",
		"TCP: 1.2.3.4 -> 5.6.7.8 length 40 - 44 TCP: 1 -> 2 incrementing 4":        "want checksum N",
		"ICMP6: ::1 -> ::2 length 10 - 12 ICMP echo_request incrementing 4":        "want checksum N",
		"ICMP: 1.2.3.4 -> 1.2.3.5 length 30 - 32 ICMP echo_request incrementing 4": "want checksum N",
		"udp: 1.2.3.4 -> 5.6.7.8 udp: 1 -> 2":                                      "its protocol is 17",
	} {
		if _, err := craft.Compile(text, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{
		"UDP: 1.2.3.4 -> 5.6.7.8 UDP: 1 -> 2 length 8 - 10 checksum 0 incrementing 4", "TCP: 1.2.3.4 -> 5.6.7.8 length 40 - 44 TCP: 1 -> 2 checksum 1 incrementing 4",
		"UDP: 1.2.3.4 -> 5.6.7.8 length 30 - 33 UDP: 1 -> 2 incrementing 10", "TCP: 1.2.3.4 -> 5.6.7.8 length 40 TCP: 1 -> 2 incrementing 4",
	} {
		compile(t, text, options)
	}
}

// pick is one of the words.
func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

// randomText is a text of headers with ranges, all of whose lengths and checksums are computed.
func randomText(r *rand.Rand) string {
	v4 := func() string {
		return pick(r, "1.2.3.4", "1.2.3.4 - 1.2.4.9", "1.2.3.4 + 200.2.3.4", "0.0.0.0 + 255.255.255.255")
	}
	v6 := func() string {
		return pick(r, "::1", "2001:db8::1 - 2001:db8::1:7", "2001:db8::1 + 2001:db8::ffff:ffff:ffff")
	}
	number := func() string { return pick(r, "7", "5 - 9", "1000 + 60000", "0 - 65535", "255 - 257") }
	text := pick(r, "", "IP%d: 1.2.3 -> 4.5.6 ", "IP%d: 1.2.3 - 1.2.9 -> 4.5.6 + 7.8.9 vlan 5 priority 1 ")
	proto := pick(r, "UDP", "TCP", "ICMP")
	ip := fmt.Sprintf("%s: %s -> %s %s", proto, v4(), v4(), pick(r, "", "ttl 3 - 9", "tos 1 + 7 fragment id 5 - 900", "df"))
	family := 4
	if r.IntN(2) == 0 {
		family = 6
		ip = fmt.Sprintf("%s: %s -> %s %s", strings.Replace(proto, "ICMP", "ICMP6", 1), v6(), v6(), pick(r, "", "hop-limit 3 - 9", "traffic-class 1 + 7", "flow-label 3 - 70000"))
	}
	if text != "" {
		text = fmt.Sprintf(text, family)
	}
	ports := " " + proto + ": " + number() + " -> " + number()
	switch proto {
	case "TCP":
		ports += pick(r, "", " SYN window "+number()+" seqnum "+number(), " opt mss 5 opt timestamp 1 2")
	case "ICMP":
		ports = " ICMP " + pick(r, "echo_request", "type 3 - 9 code 1 + 200")
	}
	return text + ip + ports + pick(r, "", " incrementing 1", " incrementing 31", " hex 0xffffff")
}

// sum is the ones' complement sum of bytes.
func sum(parts ...[]byte) uint16 {
	t := 0
	for _, b := range parts {
		for i, c := range b {
			t += int(c) << (8 * (1 - i%2))
		}
	}
	for t > 0xffff {
		t = t>>16 + t&0xffff
	}
	return uint16(t)
}

// faults says what is wrong with a packet's lengths and checksums, computed as hosts do.
func faults(p []byte) string {
	at := 14
	if p[12] == 0x81 {
		at = 18
	}
	var pseudo, rest []byte
	proto := uint8(0)
	switch p = p[at:]; p[0] >> 4 {
	case 4:
		if n := int(p[2])<<8 | int(p[3]); n != len(p) {
			return fmt.Sprint("length ", n)
		}
		if sum(p[:20]) != 0xffff {
			return "header sum"
		}
		proto, rest, pseudo = p[9], p[20:], slices.Clone(p[12:20])
	case 6:
		if n := int(p[4])<<8 | int(p[5]); n != len(p)-40 {
			return fmt.Sprint("length ", n)
		}
		proto, rest, pseudo = p[6], p[40:], slices.Clone(p[8:40])
	}
	if proto == 1 {
		pseudo = nil
	} else {
		pseudo = append(pseudo, 0, proto, byte(len(rest)>>8), byte(len(rest)))
	}
	if proto == 17 && (int(rest[4])<<8|int(rest[5]) != len(rest) || rest[6]|rest[7] == 0) {
		return "UDP length, or no sum"
	}
	if sum(pseudo, rest) != 0xffff {
		return fmt.Sprint("sum of protocol ", proto)
	}
	return ""
}

// Whatever changes from packet to packet, lengths and checksums are right.
func TestSums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 1792)
	for range 3000 {
		o := craft.Options{Most: 1792, Seed: r.Uint64()}
		if r.IntN(3) > 0 {
			o.Min = 110 + r.IntN(9)
			o.Max = o.Min + r.IntN(9)
			o.Random = r.IntN(2) == 0
		}
		text := randomText(r)
		p := compile(t, text, o)
		for k := range 12 {
			if why := faults(b[:p.Write(b)]); why != "" {
				t.Fatalf("%q, %+v, packet %d: %s", text, o, k, why)
			}
		}
	}
}

// Of all source ports there is one whose checksum comes to 0, which is written as 0xffff.
func TestSumOfZero(t *testing.T) {
	p := compile(t, "UDP: 1.2.3.4 -> 5.6.7.8 UDP: 0 - 65535 -> 53", craft.Options{Most: 1792})
	b := make([]byte, 1792)
	all := 0
	for range 65536 {
		n := p.Write(b)
		if why := faults(b[:n]); why != "" {
			t.Fatalf("%s: % x", why, b[:n])
		}
		if b[40] == 0xff && b[41] == 0xff {
			all++
		}
	}
	if all == 0 {
		t.Error("no sum of 0xffff")
	}
}

// Lengths that a text gives may be wrong in any way; a checksum is of the bytes that are there.
func TestGivenLengths(t *testing.T) {
	b := make([]byte, 1792)
	for _, proto := range []string{"UDP: 1 -> 2 length %d", "UDP: 1 -> 2", "TCP: 1 -> 2", "ICMP echo_request"} {
		for _, ip := range []string{"", " length %d"} {
			for _, n := range []int{0, 1, 7, 8, 9, 27, 28, 33, 60, 64, 65, 100, 5000, 65535} {
				for _, size := range []int{64, 100} {
					text := strings.Fields(proto)[0]
					text = strings.TrimSuffix(text, ":") + ": 1.2.3.4 -> 5.6.7.8" + ip + " " + proto + " incrementing 20"
					text = strings.ReplaceAll(text, "%d", fmt.Sprint(n))
					p := compile(t, text, craft.Options{Min: size, Max: size + 3, Most: 1792})
					for range 8 {
						got := b[:p.Write(b)]
						covered := covers(got)
						if covered == nil {
							continue
						}
						if s := sum(covered...); s != 0xffff {
							t.Fatalf("%q, %d bytes: sum %#x", text, len(got), s)
						}
					}
				}
			}
		}
	}
}

// covers is the bytes that the transport's checksum of an IPv4 packet is of: as many as its lengths say and there are; nil where it is not
// even as long as its header.
func covers(p []byte) [][]byte {
	ip := p[14:]
	end := min(int(ip[2])<<8|int(ip[3]), len(ip))
	proto, header := ip[9], map[byte]int{17: 8, 6: 20, 1: 4}[ip[9]]
	if proto == 17 { // its own length counts
		end = min(20+(int(ip[24])<<8|int(ip[25])), len(ip))
	}
	if end < 20+header {
		return nil
	}
	t := ip[20:end]
	if proto == 1 {
		return [][]byte{t}
	}
	return [][]byte{ip[12:20], {0, proto, byte(len(t) >> 8), byte(len(t))}, t}
}
