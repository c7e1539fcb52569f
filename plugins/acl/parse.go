package acl

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/cli"
)

// parseList reads rules with commas between them, and a tag.
func parseList(path string, words []string) (tag string, rules []Rule, err error) {
	for len(words) > 0 || len(rules) == 0 {
		end := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, ",") })
		line := words
		if words = nil; end >= 0 {
			line, words = append(slices.Clone(line[:end]), strings.TrimSuffix(line[end], ",")), line[end+1:]
			line = slices.DeleteFunc(line, func(w string) bool { return w == "" }) // a comma may stand alone
		}
		r, err := parseRule(cli.NewArgs(path, line...), &tag)
		if err != nil {
			return "", nil, err
		}
		rules = append(rules, r)
	}
	return tag, rules, nil
}

var (
	any4, any6 = netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")
	anyRange   = Range{0, 65535}
)

// protoNumbers are the protocols that have a name here.
var protoNumbers = map[string]uint8{"icmp": protoICMP, "tcp": protoTCP, "udp": protoUDP, "icmpv6": protoICMPv6}

// parseRule reads a rule.
func parseRule(a *cli.Args, tag *string) (r Rule, err error) {
	action, err := a.OneOf("an action", "permit", "deny", "permit+reflect")
	if err != nil {
		return r, err
	}
	r = Rule{Action: map[string]Action{"permit": Permit, "permit+reflect": Reflect}[action], Src4: anyRange, Dst4: anyRange}
	for err == nil && a.Len() > 0 {
		err = r.parseCondition(a, tag)
	}
	r.fill()
	return r, err
}

func (r *Rule) parseCondition(a *cli.Args, tag *string) (err error) {
	switch w, _ := a.Next(); w {
	case "src":
		r.Src, err = a.Prefix("a source prefix")
	case "dst":
		r.Dst, err = a.Prefix("a destination prefix")
	case "proto":
		r.Proto, err = parseProto(a)
	case "sport":
		r.Src4, err = parseRange(a, "source ports, or ICMP types: N or FIRST-LAST")
	case "dport":
		r.Dst4, err = parseRange(a, "destination ports, or ICMP codes: N or FIRST-LAST")
	case "tcpflags":
		return r.parseFlags(a)
	case "tag":
		*tag, err = a.Word("a tag")
	default:
		return a.Errorf("unknown input `%s': want src, dst, proto, sport, dport, tcpflags or tag", w)
	}
	return err
}

func (r *Rule) parseFlags(a *cli.Args) error {
	v, err := a.Uint("the flags' value", 0, 255)
	if err != nil {
		return err
	}
	if !a.Keyword("mask") {
		return a.Errorf("expected mask M behind tcpflags V")
	}
	m, err := a.Uint("the flags' mask", 0, 255)
	r.TCPValue, r.TCPMask = uint8(v), uint8(m)
	return err
}

func parseProto(a *cli.Args) (uint8, error) {
	if w, ok := a.Peek(); ok {
		if n, ok := protoNumbers[w]; ok {
			a.Next()
			return n, nil
		}
	}
	n, err := a.Uint("a protocol (icmp, tcp, udp, icmpv6 or a number)", 0, 255)
	return uint8(n), err
}

func parseRange(a *cli.Args, what string) (Range, error) {
	lo, hi, err := a.Range(what, 0, 65535)
	return Range{uint16(lo), uint16(hi)}, err
}

// fill says any of the other prefix's family where a line has one prefix, of IPv4 where it has none.
func (r *Rule) fill() {
	whole := any4
	if r.Src.IsValid() && r.Src.Addr().Is6() || r.Dst.IsValid() && r.Dst.Addr().Is6() {
		whole = any6
	}
	if !r.Src.IsValid() {
		r.Src = whole
	}
	if !r.Dst.IsValid() {
		r.Dst = whole
	}
}
