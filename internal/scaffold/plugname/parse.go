package plugname

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/gvpp/gvpp/cli"
)

// usage is the words of a rule, which are the same in the command, in startup.conf and in String.
const usage = "PREFIX [proto X] [port N] (count|drop)"

// protoNames are the protocols that have names in rules; others are numbers.
var protoNames = map[string]uint8{"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132}

// String is the rule in the words that make it.
func (r *Rule) String() string {
	s := r.Dst.String()
	if r.Proto != 0 {
		s += " proto " + protoName(r.Proto)
	}
	if r.Port != 0 {
		s += fmt.Sprintf(" port %d", r.Port)
	}
	return s + " " + r.Action.String()
}

func protoName(n uint8) string {
	for name, proto := range protoNames {
		if proto == n {
			return name
		}
	}
	return strconv.Itoa(int(n))
}

// parseRule reads the words of a rule. What they mean is checked by Add.
func parseRule(a *cli.Args) (r Rule, err error) {
	if r.Dst, err = a.Prefix("a destination (ADDRESS/LENGTH or an address)"); err != nil {
		return r, err
	}
	if a.Keyword("proto") {
		if r.Proto, err = parseProto(a); err != nil {
			return r, err
		}
	}
	if a.Keyword("port") {
		n, err := a.Uint("a destination port", 1, 65535)
		if err != nil {
			return r, err
		}
		r.Port = uint16(n)
	}
	word, err := a.OneOf("proto, port or an action", actionNames...)
	if err != nil {
		return r, err
	}
	r.Action = Action(slices.Index(actionNames, word))
	return r, a.End()
}

func parseProto(a *cli.Args) (uint8, error) {
	w, err := a.Word("a protocol")
	if err != nil {
		return 0, err
	}
	if proto, ok := protoNames[w]; ok {
		return proto, nil
	}
	n, err := strconv.ParseUint(w, 10, 8)
	if err != nil || n == 0 {
		return 0, a.Errorf("expected a protocol (icmp, tcp, udp, icmpv6, sctp, or 1 to 255), got %q", w)
	}
	return uint8(n), nil
}
