package macip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/gvpp/gvpp/cli"
)

// parseList reads rules with commas between them, and a tag, in any order, as VPP does.
func parseList(path string, words []string) (tag string, rules []Rule, err error) {
	var apart []string
	for _, w := range words {
		switch bare := strings.TrimSuffix(w, ","); {
		case bare == "": // a comma may stand alone
			apart = append(apart, ",")
		case bare != w:
			apart = append(apart, bare, ",")
		default:
			apart = append(apart, w)
		}
	}
	a, tag := cli.NewArgs(path, apart...), "cli"
	for more := true; more; more = a.Keyword(",") {
		r := Rule{Src: netip.PrefixFrom(netip.IPv4Unspecified(), 0)}
		if a.Len() == 0 {
			return "", nil, a.Errorf("expected a rule: permit, deny or action N, and ip P, mac M or both")
		}
		for next, _ := a.Peek(); a.Len() > 0 && next != ","; next, _ = a.Peek() {
			if err := r.parse(a, &tag); err != nil {
				return "", nil, err
			}
		}
		rules = append(rules, r)
	}
	return tag, rules, nil
}

// parse reads one part of a rule.
func (r *Rule) parse(a *cli.Args, tag *string) (err error) {
	switch w, _ := a.Next(); w {
	case "permit":
		r.Action = Permit
	case "deny":
		r.Action = Deny
	case "action":
		n, err := a.Uint("an action", 0, 3)
		r.Action = Action(n)
		return err
	case "src": // all is
	case "ip":
		r.Src, err = a.Prefix("a source prefix")
	case "mac":
		r.Mask = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
		r.MAC, err = parseMAC(a, "a source MAC address")
	case "mask":
		r.Mask, err = parseMAC(a, "a mask")
	case "tag":
		*tag, err = a.Word("a tag")
	default:
		return a.Errorf("unknown input `%s': want permit, deny, action, ip, mac, mask or tag", w)
	}
	return err
}

func parseMAC(a *cli.Args, what string) (m [6]byte, err error) {
	w, err := a.Word(what)
	if err != nil {
		return m, err
	}
	hw, err := net.ParseMAC(w)
	if err != nil || len(hw) != len(m) {
		return m, fmt.Errorf("%w: want six bytes, as 02:00:00:00:00:01", a.Errorf("%s %q", what, w))
	}
	copy(m[:], hw)
	return m, nil
}
