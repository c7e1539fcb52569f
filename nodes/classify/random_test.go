package classify_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
)

// The campaign's world is small, so that rules and packets meet.
var (
	addrs4 = []string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.1.1", "192.168.0.1", "255.255.255.255"}
	addrs6 = []string{"2001:db8::1", "2001:db8::2", "2001:db8:1::1", "fe80::1", "::ffff:10.0.0.1", "::"}
	ports  = []int{0, 1, 80, 443, 1000, 65535}
	protos = []string{"tcp", "udp", "sctp", "icmp", "icmpv6", "gre", "esp", "ah", "33", "136", "0", "59", "44", "255"}
	kinds  = []int{0, 3, 8, 128, 129, 132, 133, 136, 137}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// randomRule makes a rule and its words.
func randomRule(r *rand.Rand, names []string, index map[string]uint32) (classify.Rule, string) {
	rule := classify.Any()
	name, words := pick(r, names), ""
	rule.Interface = index[name]
	if r.IntN(3) == 0 {
		rule.Direction, words = classify.Out, "out "
	} else if r.IntN(2) == 0 {
		words = "in "
	}
	v6, exact := r.IntN(3) == 0, r.IntN(3) == 0
	var conditions []string
	add := func(format string, a ...any) { conditions = append(conditions, fmt.Sprintf(format, a...)) }
	prefix := func(word string) netip.Prefix {
		p := randomPrefix(r, v6, exact)
		add("%s %v", word, p)
		return p.Masked()
	}
	if exact || r.IntN(2) == 0 {
		rule.Src = prefix("src")
	}
	if exact || r.IntN(2) == 0 {
		rule.Dst = prefix("dst")
	}
	switch {
	case exact:
		proto := pick(r, []string{"tcp", "udp", "sctp", "33"})
		rule.Proto = protoNumber(proto)
		rule.SPort, rule.DPort = randomPorts(r, true), randomPorts(r, true)
		add("proto %s", proto)
		add("sport %v", rule.SPort)
		add("dport %v", rule.DPort)
	case r.IntN(4) > 0:
		randomProto(r, &rule, add)
	}
	if r.IntN(4) == 0 {
		states := []string{"new", "established", "related", "invalid", "untracked"}
		r.Shuffle(len(states), func(i, j int) { states[i], states[j] = states[j], states[i] })
		states = states[:1+r.IntN(len(states))]
		for _, s := range states {
			rule.States |= map[string]classify.States{"new": 2, "established": 4, "related": 8, "invalid": 16, "untracked": 32}[s]
		}
		add("state %s", strings.Join(states, ","))
		if len(states) == 5 {
			rule.States = 0
		}
	}
	r.Shuffle(len(conditions), func(i, j int) { conditions[i], conditions[j] = conditions[j], conditions[i] })
	words += strings.Join(conditions, " ")
	switch r.IntN(4) {
	case 0, 1:
		return rule, fmt.Sprintf("%s %s pass", name, words)
	case 2:
		rule.Action = classify.Drop
		return rule, fmt.Sprintf("%s %s drop", name, words)
	}
	target := pick(r, names)
	if rule.Direction == classify.Out && target == name {
		rule.Action = classify.Drop
		return rule, fmt.Sprintf("%s %s drop", name, words)
	}
	rule.Action, rule.Target = classify.Redirect, index[target]
	return rule, fmt.Sprintf("%s %s redirect %s", name, words, target)
}

func randomPrefix(r *rand.Rand, v6, exact bool) netip.Prefix {
	a := netip.MustParseAddr(pick(r, addrs4))
	if v6 {
		a = netip.MustParseAddr(pick(r, addrs6))
	}
	n := a.BitLen()
	if !exact {
		n = pick(r, []int{0, 1, 8, 24, 30, 31, 32, 48, 63, 64, 65, 96, 127, 128})
		n = min(n, a.BitLen())
	}
	return netip.PrefixFrom(a, n)
}

func protoNumber(name string) int {
	if n, ok := map[string]int{"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "sctp": 132}[name]; ok {
		return n
	}
	n := 0
	_, _ = fmt.Sscan(name, &n)
	return n
}

func randomPorts(r *rand.Rand, one bool) classify.Ports {
	lo, hi := pick(r, ports), pick(r, ports)
	if one || r.IntN(2) == 0 {
		hi = lo
	}
	return classify.Ports{Lo: uint16(min(lo, hi)), Hi: uint16(max(lo, hi)), Set: true}
}

func randomProto(r *rand.Rand, rule *classify.Rule, add func(string, ...any)) {
	name := pick(r, protos)
	rule.Proto = protoNumber(name)
	add("proto %s", name)
	switch rule.Proto {
	case 6, 17, 33, 132, 136:
		if r.IntN(3) == 0 {
			rule.SPort = randomPorts(r, false)
			add("sport %v", rule.SPort)
		}
		if r.IntN(2) == 0 {
			rule.DPort = randomPorts(r, false)
			add("dport %v", rule.DPort)
		}
		if rule.Proto == 6 && r.IntN(2) == 0 {
			rule.FlagsSet, rule.FlagsMask = true, uint8(r.IntN(256))
			rule.FlagsValue = rule.FlagsMask & uint8(r.IntN(256))
			add("tcp-flags 0x%02x/0x%02x", rule.FlagsValue, rule.FlagsMask)
		}
	case 1, 58:
		if r.IntN(2) == 0 {
			rule.ICMPType = pick(r, kinds)
			if r.IntN(2) == 0 {
				rule.ICMPCode = r.IntN(3)
				add("icmp %d/%d", rule.ICMPType, rule.ICMPCode)
			} else {
				add("icmp %d", rule.ICMPType)
			}
		}
	}
}

// randomFrame makes a packet: most are sound, some are cut, padded, fragments, tagged, or have a byte changed.
func randomFrame(r *rand.Rand) []byte {
	if r.IntN(20) == 0 {
		return packetline.MustBuild(fmt.Sprintf("eth 0x%04x len %d", pick(r, []int{0x0806, 0x0800, 0x86dd, 0x8100, 0x88cc, 64}), r.IntN(60)))
	}
	p := packetline.MustBuild(randomLine(r))
	switch r.IntN(12) {
	case 0:
		p = p[:r.IntN(len(p)+1)]
	case 1:
		p[12+r.IntN(len(p)-12)] ^= 1 << r.IntN(8)
	case 2:
		p[min(len(p)-1, 14+r.IntN(60))] = byte(r.IntN(256))
	}
	return p
}

func randomLine(r *rand.Rand) string {
	v6 := r.IntN(3) == 0
	host := func() string { return pick(r, addrs4) }
	end := func() string { return fmt.Sprintf("%s:%d", host(), pick(r, ports)) }
	if v6 {
		host = func() string { return pick(r, addrs6) }
		end = func() string { return fmt.Sprintf("[%s]:%d", host(), pick(r, ports)) }
	}
	var s string
	switch k := r.IntN(10); {
	case k < 4:
		s = fmt.Sprintf("tcp %s > %s [%s]", end(), end(), pick(r, []string{"S", "SA", "A", "PA", "FA", "R", "", "FSRPAUEC"}))
	case k < 7:
		s = fmt.Sprintf("%s %s > %s", pick(r, []string{"udp", "udp", "sctp", "dccp", "udplite"}), end(), end())
	case k < 9:
		s = fmt.Sprintf("%s %s > %s type %d code %d", pick(r, []string{"icmp", "icmpv6"}), host(), host(), pick(r, kinds), r.IntN(3))
	default:
		s = fmt.Sprintf("ip proto %d %s > %s len %d", pick(r, []int{0, 6, 17, 41, 43, 44, 47, 50, 51, 59, 60, 132, 255}), host(), host(), r.IntN(40))
	}
	return s + randomWords(r, v6)
}

func randomWords(r *rand.Rand, v6 bool) (s string) {
	maybe := func(one int, format string, a ...any) {
		if r.IntN(one) == 0 {
			s += " " + fmt.Sprintf(format, a...)
		}
	}
	maybe(6, "frag %d%s", r.IntN(3), pick(r, []string{"", "+"}))
	maybe(6, "pad %d", r.IntN(40))
	maybe(6, "vlan %d", r.IntN(4096))
	maybe(12, "vlan 7 vlan %d", r.IntN(4096))
	if v6 {
		maybe(2, "ttl 255")
		maybe(3, "ext %s", pick(r, []string{"hbh", "dst", "rt", "frag", "hbh,rt,dst", "dst,frag", "hbh,frag,dst"}))
	} else {
		maybe(8, "opt %s", pick(r, []string{"01010101", "0101010101010101"}))
		maybe(20, "badsum")
	}
	return s
}
