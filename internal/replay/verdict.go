package replay

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// verdict is what became of a packet: a line of JSON, its fields in this order, those that do not apply left out.
//
//	{"n":1,"ts":1700000000.000000000,"in":"a","verdict":"pass","out":"b","node":"pkt-classify","reason":"rule","rule":3,
//	 "flow":7,"dir":"orig","state":"ESTABLISHED"}
type verdict struct {
	n       uint64 // from 1, in the order of processing
	ts      int64  // nanoseconds since 1970; written in seconds
	in      string
	verdict string // pass, drop, redirect
	out     string // the interface the packet left by
	node    string // the node that decided
	reason  string // rule, session, default, non-ip; or why a node dropped the packet
	rule    uint32
	flow    uint32 // the session's number since start
	dir     string // orig, reply
	state   string // the session's state after the packet
	hasRule bool
	hasFlow bool
}

func (v *verdict) append(b []byte) []byte {
	b = strconv.AppendUint(append(b, `{"n":`...), v.n, 10)
	b = fmt.Appendf(b, `,"ts":%s`, seconds(v.ts))
	text := func(key, value string) {
		if value != "" {
			q, _ := json.Marshal(value) // of a string: cannot fail
			b = append(append(b, `,"`+key+`":`...), q...)
		}
	}
	text("in", v.in)
	text("verdict", v.verdict)
	text("out", v.out)
	text("node", v.node)
	text("reason", v.reason)
	if v.hasRule {
		b = strconv.AppendUint(append(b, `,"rule":`...), uint64(v.rule), 10)
	}
	if v.hasFlow {
		b = strconv.AppendUint(append(b, `,"flow":`...), uint64(v.flow), 10)
	}
	text("dir", v.dir)
	text("state", v.state)
	return append(b, "}\n"...)
}

// seconds writes nanoseconds as a JSON number of seconds, all nine places.
func seconds(ns int64) string {
	sign, abs := "", uint64(ns)
	if ns < 0 {
		sign, abs = "-", -abs
	}
	return fmt.Sprintf("%s%d.%09d", sign, abs/1e9, abs%1e9)
}

// write puts out a line.
func (p *player) write(v *verdict) error {
	if p.out == nil {
		return nil
	}
	p.line = v.append(p.line[:0])
	_, err := p.out.Write(p.line)
	return err
}
