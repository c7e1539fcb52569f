package classify_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
)

// classBench reads a filter set: @src/len dst/len lo : hi lo : hi proto/mask flags/mask. Ports of rules without a protocol
// that has them are left out; the last column is no TCP flags that a rule can have, and is left out, too.
func classBench(t testing.TB, name string) (rules []classify.Rule) {
	f, err := os.Open(filepath.Join("../../../shared/data/classbench", name))
	if err != nil {
		t.Skipf("no ClassBench set %s", name)
	}
	defer f.Close() //nolint:errcheck // read only
	for in := bufio.NewScanner(f); in.Scan(); {
		var src, dst string
		var slo, shi, dlo, dhi uint16
		var proto, mask int
		if _, err := fmt.Sscanf(in.Text(), "@%s %s %d : %d %d : %d %v/%v", &src, &dst, &slo, &shi, &dlo, &dhi, &proto, &mask); err != nil {
			t.Fatalf("%q: %v", in.Text(), err)
		}
		r := classify.Any()
		r.Interface, r.Action = 1, classify.Action(len(rules)%2)
		r.Src, r.Dst = netip.MustParsePrefix(src).Masked(), netip.MustParsePrefix(dst).Masked()
		if mask != 0 {
			r.Proto = proto
		}
		if r.Proto == 6 || r.Proto == 17 {
			r.SPort, r.DPort = classify.Ports{Lo: slo, Hi: shi, Set: true}, classify.Ports{Lo: dlo, Hi: dhi, Set: true}
		}
		rules = append(rules, r)
	}
	return rules
}

// meeting is a packet that a rule matches, mostly.
func meeting(r *rand.Rand, rule *classify.Rule) []byte {
	addr := func(p netip.Prefix) netip.Addr {
		b := p.Addr().As4()
		v := binary.BigEndian.Uint32(b[:]) | uint32(uint64(r.Uint32())&(1<<(32-p.Bits())-1))
		binary.BigEndian.PutUint32(b[:], v)
		return netip.AddrFrom4(b)
	}
	port := func(p classify.Ports) int {
		if !p.Set {
			return r.IntN(65536)
		}
		return int(p.Lo) + r.IntN(int(p.Hi)-int(p.Lo)+1)
	}
	src, dst := addr(rule.Src), addr(rule.Dst)
	switch rule.Proto {
	case 6:
		return packetline.MustBuild(fmt.Sprintf("tcp %v:%d > %v:%d [A]", src, port(rule.SPort), dst, port(rule.DPort)))
	case 17, -1:
		return packetline.MustBuild(fmt.Sprintf("udp %v:%d > %v:%d", src, port(rule.SPort), dst, port(rule.DPort)))
	}
	return packetline.MustBuild(fmt.Sprintf("ip proto %d %v > %v len 20", rule.Proto, src, dst))
}

// TestClassBench: the twin agrees about packets that are drawn from the rules of large sets.
func TestClassBench(t *testing.T) {
	packets := 2000
	sets := []string{"acl1_10k", "fw1_10k", "ipc1_10k"}
	if raceEnabled || testing.Short() {
		packets, sets = 100, sets[1:2]
	}
	for _, name := range sets {
		t.Run(name, func(t *testing.T) {
			rules := classBench(t, name)
			r := newRig(t, "a", "b")
			ids, err := r.cls.Replace(context.Background(), nil, rules)
			if err != nil {
				t.Fatal(err)
			}
			r.cli("classify default a drop")
			random := rand.New(rand.NewPCG(7, 8))
			for range packets {
				frame := meeting(random, &rules[random.IntN(len(rules))])
				g, want := goldenParse(frame), -1
				for i := range rules {
					if g.matches(&rules[i]) {
						want = int(ids[i])
						break
					}
				}
				if got := r.send("a", frame); got.rule != want || (got.out == "b") != (want >= 0 && rules[want].Action == classify.Pass) {
					t.Fatalf("%+v: %+v, want rule %d", g, got, want)
				}
			}
		})
	}
}
