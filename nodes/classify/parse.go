package classify

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gvpp/gvpp/cli"
)

// conditions parse one condition each, by its keyword.
var conditions = map[string]func(a *cli.Args, r *Rule) error{
	"src":   func(a *cli.Args, r *Rule) (err error) { r.Src, err = parsePrefix(a, "a source prefix"); return },
	"dst":   func(a *cli.Args, r *Rule) (err error) { r.Dst, err = parsePrefix(a, "a destination prefix"); return },
	"proto": parseProto,
	"sport": func(a *cli.Args, r *Rule) (err error) { r.SPort, err = parsePorts(a, "sport", "a source port"); return },
	"dport": func(a *cli.Args, r *Rule) (err error) {
		r.DPort, err = parsePorts(a, "dport", "a destination port")
		return
	},
	"tcp-flags": parseFlags,
	"icmp":      parseICMP,
	"state":     parseStates,
}

// parseRule reads "conditions… [keep-state] (pass|drop|redirect IF)"; find turns an interface's name into its
// sw_if_index. Conditions may stand in any order, each once.
func parseRule(a *cli.Args, find func(name string) (uint32, error)) (Rule, error) {
	r := Any()
	seen := map[string]bool{}
	for {
		w, err := a.Word("a condition, keep-state, or an action (pass, drop, redirect IF)")
		if err != nil {
			return r, err
		}
		if seen[w] {
			return r, a.Errorf("%q stands twice", w)
		}
		seen[w] = true
		switch parse := conditions[w]; {
		case parse != nil:
			if err := parse(a, &r); err != nil {
				return r, err
			}
		case w == "keep-state":
			r.KeepState = true
		default:
			return r, parseAction(a, w, &r, find)
		}
	}
}

// parseAction reads the action, which ends the rule.
func parseAction(a *cli.Args, w string, r *Rule, find func(string) (uint32, error)) error {
	switch w {
	case "pass":
		r.Action = Pass
	case "drop":
		r.Action = Drop
	case "redirect":
		name, err := a.Word("the interface to redirect to")
		if err != nil {
			return err
		}
		if r.Target, err = find(name); err != nil {
			return a.Errorf("redirect: %w", err)
		}
		r.Action = Redirect
	default:
		return a.Errorf("unknown input `%s': want src, dst, proto, sport, dport, tcp-flags, icmp, state, keep-state, pass, drop or redirect", w)
	}
	if err := a.End(); err != nil {
		return err
	}
	if err := r.Validate(); err != nil {
		return a.Errorf("%w", err)
	}
	return nil
}

func parseProto(a *cli.Args, r *Rule) error {
	w, err := a.Word("a protocol")
	if err != nil {
		return err
	}
	if n, ok := protoNames[strings.ToLower(w)]; ok {
		r.Proto = n
		return nil
	}
	n, err := strconv.ParseUint(w, 10, 8)
	if err != nil {
		return a.Errorf("expected a protocol (tcp udp icmp icmpv6 sctp gre esp ah, or 0 to 255), got %q", w)
	}
	r.Proto = int(n)
	return nil
}

// parsePrefix reads a prefix or an address. An address written as IPv6 is one, even where it maps an IPv4 address.
func parsePrefix(a *cli.Args, what string) (netip.Prefix, error) {
	w, _ := a.Peek()
	p, err := a.Prefix(what)
	if err == nil && p.Addr().Is4() && strings.Contains(w, ":") {
		p = netip.PrefixFrom(netip.AddrFrom16(p.Addr().As16()), 128)
	}
	return p.Masked(), err
}

// parsePorts reads N or LO-HI, decimal and nothing else: what others read as octal, and some as decimal, is neither.
func parsePorts(a *cli.Args, word, what string) (Ports, error) {
	w, _ := a.Peek()
	for n := range strings.SplitSeq(w, "-") {
		if len(n) > 1 && n[0] == '0' || strings.Trim(n, "0123456789") != "" {
			return Ports{}, a.Errorf("%s %q: want N or LO-HI, decimal numbers without leading zeros", word, w)
		}
	}
	lo, hi, err := a.Range(what, 0, 65535)
	return Ports{Lo: uint16(lo), Hi: uint16(hi), Set: true}, err
}

// parseFlags reads VALUE/MASK, each in letters or hexadecimal; VALUE alone is VALUE/VALUE.
func parseFlags(a *cli.Args, r *Rule) error {
	w, err := a.Word("TCP flags, value/mask")
	if err != nil {
		return err
	}
	value, mask, both := strings.Cut(w, "/")
	if !both {
		mask = value
	}
	r.FlagsSet = true
	var err1, err2 error
	r.FlagsValue, err1 = flagBits(value)
	r.FlagsMask, err2 = flagBits(mask)
	if err := errors.Join(err1, err2); err != nil {
		return a.Errorf("tcp-flags %q: want letters of FSRPAUEC or 0x00 to 0xff, as in S/SA or 0x02/0x12", w)
	}
	return nil
}

func flagBits(s string) (v uint8, err error) {
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		n, err := strconv.ParseUint(hex, 16, 8)
		return uint8(n), err
	}
	for _, c := range strings.ToUpper(s) {
		if c == 'W' { // some write CWR as W
			c = 'C'
		}
		i := strings.IndexRune(flagNames, c)
		if i < 0 {
			return 0, fmt.Errorf("no flag %q", c)
		}
		v |= 1 << i
	}
	if s == "" {
		return 0, errors.New("empty")
	}
	return v, nil
}

// parseICMP reads TYPE or TYPE/CODE.
func parseICMP(a *cli.Args, r *Rule) error {
	w, err := a.Word("an ICMP type, or type/code")
	if err != nil {
		return err
	}
	t, c, hasCode := strings.Cut(w, "/")
	typ, err1 := strconv.ParseUint(t, 10, 8)
	code, err2 := uint64(0), error(nil)
	if hasCode {
		code, err2 = strconv.ParseUint(c, 10, 8)
	}
	if err := errors.Join(err1, err2); err != nil {
		return a.Errorf("icmp %q: want a type from 0 to 255, or type/code, as in 8 or 3/4", w)
	}
	r.ICMPType = int(typ)
	if hasCode {
		r.ICMPCode = int(code)
	}
	return nil
}
