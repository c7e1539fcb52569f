package classify_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/nodes/classify"
)

// golden is the slow twin's view of a packet: its own reading of the bytes. A field that is not there is -1.
type golden struct {
	family                 int // 4, 6; 0 for a frame that is not IP
	fault                  bool
	src, dst               netip.Addr
	proto                  int
	sport, dport           int
	flags, itype, icmpCode int
	hops                   int    // IPv6
	state                  string // its class, which is not read from the bytes; "" for none
}

func be16(b []byte) int { return int(binary.BigEndian.Uint16(b)) }

func goldenParse(p []byte) golden {
	g := golden{proto: -1, sport: -1, dport: -1, flags: -1, itype: -1, icmpCode: -1}
	if len(p) < 14 {
		g.fault = true
		return g
	}
	at := 12
	for tags := 0; tags < 2; tags++ {
		if t := be16(p[at:]); (t == 0x8100 || t == 0x88a8 || t == 0x9100) && len(p) >= at+6 {
			at += 4
		}
	}
	switch be16(p[at:]) {
	case 0x0800:
		g.family = 4
		g.ip4(p[at+2:])
	case 0x86dd:
		g.family = 6
		g.ip6(p[at+2:])
	}
	return g
}

func (g *golden) ip4(p []byte) {
	g.fault = true
	if len(p) < 20 || p[0]>>4 != 4 {
		return
	}
	head, total := int(p[0]&15)*4, be16(p[2:])
	if head < 20 || head > len(p) || total < head || total > len(p) {
		return
	}
	sum := 0
	for i := 0; i < head; i += 2 {
		sum += be16(p[i:])
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	if sum != 0xffff {
		return
	}
	g.fault = false
	g.src, g.dst = netip.AddrFrom4([4]byte(p[12:])), netip.AddrFrom4([4]byte(p[16:]))
	g.proto = int(p[9])
	if be16(p[6:])&0x1fff == 0 {
		g.transport(p[head:total], 1)
	}
}

func (g *golden) ip6(p []byte) {
	g.fault = true
	if len(p) < 40 || p[0]>>4 != 6 || be16(p[4:]) > len(p)-40 {
		return
	}
	g.fault, g.hops = false, int(p[7])
	g.src, g.dst = netip.AddrFrom16([16]byte(p[8:])), netip.AddrFrom16([16]byte(p[24:]))
	next, rest := int(p[6]), p[40:40+be16(p[4:])]
	later := false
	for !later && (next == 0 || next == 43 || next == 60 || next == 44) {
		if len(rest) < 8 {
			return
		}
		size := 8
		if next == 44 {
			later = be16(rest[2:])>>3 != 0
		} else {
			size += 8 * int(rest[1])
		}
		if size > len(rest) {
			return
		}
		next, rest = int(rest[0]), rest[size:]
	}
	g.proto = next
	if !later {
		g.transport(rest, 58)
	}
}

func (g *golden) transport(p []byte, icmp int) {
	switch {
	case g.proto == icmp && len(p) >= 2:
		g.itype, g.icmpCode = int(p[0]), int(p[1])
	case g.proto == 6 || g.proto == 17 || g.proto == 33 || g.proto == 132 || g.proto == 136:
		if len(p) >= 4 {
			g.sport, g.dport = be16(p), be16(p[2:])
		}
		if g.proto == 6 && len(p) >= 14 {
			g.flags = int(p[13])
		}
	}
}

func (g *golden) matches(r *classify.Rule) bool {
	in := func(p netip.Prefix, a netip.Addr) bool { return !p.IsValid() || p.Contains(a) }
	port := func(want classify.Ports, have int) bool {
		return !want.Set || have >= 0 && have >= int(want.Lo) && have <= int(want.Hi)
	}
	return in(r.Src, g.src) && in(r.Dst, g.dst) &&
		(r.Proto < 0 || g.proto == r.Proto) && port(r.SPort, g.sport) && port(r.DPort, g.dport) &&
		(r.States == 0 || g.state != "" && slices.Contains(strings.Split(r.States.String(), ","), g.state)) &&
		(!r.FlagsSet || g.flags >= 0 && g.flags&int(r.FlagsMask) == int(r.FlagsValue)) &&
		(r.ICMPType < 0 || g.itype == r.ICMPType && (r.ICMPCode < 0 || g.icmpCode == r.ICMPCode))
}

// goldenRules is the twin's configuration: scanned in order, no session.
type goldenRules struct {
	rules         []classify.Rule
	peer          map[string]string
	index         map[string]uint32
	fallback      map[string]classify.Action
	nonIP         map[string]classify.Action
	off           map[string]bool
	packets       map[int]uint64 // by rule
	bytes         map[int]uint64
	defaultsIn    map[string]uint64
	defaultsOut   map[string]uint64
	nonIPs        map[string]uint64
	neighboursIn  map[string]uint64
	neighboursOut map[string]uint64
	nameByIndex   map[uint32]string
	configuredAny map[string]bool
}

// at decides at a point: the first rule that matches, or nil.
func (c *goldenRules) at(name string, d classify.Direction, g *golden, n int) *classify.Rule {
	for i := range c.rules {
		r := &c.rules[i]
		if r.Interface == c.index[name] && r.Direction == d && g.matches(r) {
			c.packets[int(r.ID)]++
			c.bytes[int(r.ID)] += uint64(n)
			return r
		}
	}
	return nil
}

func (c *goldenRules) active(name string, d classify.Direction) bool {
	if c.off[name] {
		return false
	}
	rules := false
	for i := range c.rules {
		rules = rules || c.rules[i].Interface == c.index[name] && (d == classify.In || c.rules[i].Direction == d)
	}
	return rules || d == classify.In && c.configuredAny[name]
}

// decide is the outcome of a packet.
func (c *goldenRules) decide(in string, p []byte, class buffer.Track) outcome {
	g := goldenParse(p)
	g.state = []string{"", "new", "established", "related", "invalid", "untracked"}[class]
	o := outcome{rule: -1, out: c.peer[in]}
	switch {
	case g.fault && g.family == 0:
		return outcome{rule: -1, node: "ethernet-input"}
	case g.fault:
		return outcome{rule: -1, node: map[int]string{4: "ip4-input", 6: "ip6-input"}[g.family]}
	case g.family == 0:
		if c.active(in, classify.In) {
			c.nonIPs[in]++
			o.node, o.reason = "classify-non-ip", "non-ip"
			if c.nonIP[in] == classify.Drop {
				o.out = ""
			}
		}
	case c.active(in, classify.In):
		if r := c.at(in, classify.In, &g, len(p)); !c.apply(&o, r, in, &g, "pkt-classify") {
			return o
		}
	}
	if out := o.out; out != "" && g.family != 0 && c.active(out, classify.Out) {
		c.apply(&o, c.at(out, classify.Out, &g, len(p)), out, &g, "pkt-classify-out")
	}
	return o
}

// apply changes an outcome by a rule, or a default, and reports whether the packet goes on.
func (c *goldenRules) apply(o *outcome, r *classify.Rule, point string, g *golden, node string) bool {
	defaults, neighbours := c.defaultsIn, c.neighboursIn
	if node == "pkt-classify-out" {
		defaults, neighbours = c.defaultsOut, c.neighboursOut
	}
	if r == nil && c.fallback[point] == classify.Drop && g.family == 6 && g.itype >= 133 && g.itype <= 136 && g.hops == 255 && g.state != "invalid" {
		neighbours[point]++
		if o.reason == "" {
			o.reason, o.node = "default: neighbour discovery", node
		}
		return true
	}
	if r == nil {
		defaults[point]++
		if c.fallback[point] == classify.Drop {
			*o = outcome{rule: -1, reason: "default", node: node, redir: false}
			return false
		}
		if o.reason == "" {
			o.reason, o.node = "default", node
		}
		return true
	}
	switch {
	case r.Action == classify.Drop:
		*o = outcome{rule: int(r.ID), reason: "rule", node: node}
		return false
	case r.Action == classify.Redirect:
		*o = outcome{rule: int(r.ID), reason: "rule", node: node, out: c.nameByIndex[r.Target], redir: true}
	case !o.redir:
		o.rule, o.reason, o.node = int(r.ID), "rule", node
	}
	return true
}
