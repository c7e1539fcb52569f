package macip

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// hosts is a list of n hosts, each with its address, spread over as many groups.
func hosts(t testing.TB, n, groups int) *compiled {
	l := List{Tag: "hosts"}
	for i := range n {
		r := Rule{Action: Permit, Mask: [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
		binary.BigEndian.PutUint32(r.MAC[2:], uint32(i))
		r.Src = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32-i%groups)
		l.Rules = append(l.Rules, r)
	}
	c, err := compile(l, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// BenchmarkAsk is what a packet costs that a rule of the last group permits.
func BenchmarkAsk(b *testing.B) {
	for _, groups := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			c := hosts(b, 4096, groups)
			p := make([]byte, 64)
			m := buffer.Meta{L3: 14, Len: 64, IsIP4: true}
			k := uint32(groups - 1)
			b.ReportAllocs()
			for b.Loop() {
				k = (k + uint32(groups)) & 4095
				binary.BigEndian.PutUint32(p[8:], k)
				binary.BigEndian.PutUint32(p[26:], 10<<24|k)
				if c.ask(p, &m, input) == nil {
					b.Fatalf("host %d is not there", k)
				}
			}
		})
	}
}

// FuzzParseList: no words break the parser, and what it reads is a list that can be made or is refused with a reason.
func FuzzParseList(f *testing.F) {
	for _, s := range []string{"permit ip 10.0.0.1/32 mac 02:00:00:00:00:01 mask ff:ff:ff:00:00:00, deny tag x", "action 3 ip ::/0,permit", ", ,", "permit mac"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tag, rules, err := parseList("x", strings.Fields(text))
		if err != nil {
			return
		}
		if len(rules) == 0 {
			t.Fatalf("%q: no rules and no error", text)
		}
		if check(tag, rules) == nil {
			if _, err := compile(List{Tag: tag, Rules: rules}, 1); err != nil && len(rules) <= maxGroups {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
