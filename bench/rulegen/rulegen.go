// Package rulegen makes rule sets and headers for measuring and testing classifiers: random ones, the same for the same
// seed on every machine, and ClassBench's filter sets.
//
// Terms: a rule and a header are tuplemerge's; Match and TupleKey are the same for package tuple. Linear is the slow twin
// that all classifiers must agree with. IPv4 only.
package rulegen

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/gvpp/gvpp/bench/tuplemerge"
)

// Random makes n mixed rules: prefixes of 8 to 32 bits, longer ones more often, one side open in a third of the rules; TCP
// and UDP with open, single and ranges of ports, some with TCP flags; other protocols; none. Rules of no field at all do not
// occur.
func Random(n int, seed uint64) []tuplemerge.Rule {
	rnd := rand.New(rand.NewPCG(seed, 0x72756c65))
	rules := make([]tuplemerge.Rule, n)
	for i := range rules {
		rules[i] = random(rnd)
	}
	return rules
}

// lengths of random prefixes: as often as they stand here.
var lengths = []uint8{8, 12, 16, 16, 18, 20, 22, 23, 24, 24, 24, 24, 24, 26, 27, 28, 29, 30, 32, 32, 32, 32}

func random(rnd *rand.Rand) tuplemerge.Rule {
	r := tuplemerge.Rule{Proto: -1, SportHi: 65535, DportHi: 65535}
	open := rnd.IntN(6)
	if open != 0 {
		r.Src, r.SrcBits = prefix(rnd)
	}
	if open != 1 {
		r.Dst, r.DstBits = prefix(rnd)
	}
	switch p := rnd.IntN(10); {
	case p < 5:
		r.Proto = 6
	case p < 8:
		r.Proto = 17
	case p < 9:
		r.Proto = []int{1, 47, 50}[rnd.IntN(3)]
	}
	if r.Proto == 6 || r.Proto == 17 {
		randomPorts(rnd, &r)
	}
	return r
}

func prefix(rnd *rand.Rand) (uint32, uint8) {
	n := lengths[rnd.IntN(len(lengths))]
	return rnd.Uint32() & (^uint32(0) << (32 - n)), n
}

// services are the ports that single ports of rules are drawn from half of the time.
var services = []uint16{21, 22, 25, 53, 80, 110, 123, 143, 161, 443, 445, 993, 1433, 1521, 3306, 3389, 5060, 5432, 8080, 8443}

func randomPorts(rnd *rand.Rand, r *tuplemerge.Rule) {
	switch rnd.IntN(8) {
	case 0: // any
		return
	case 1, 2: // a range
		a, b := uint16(rnd.IntN(65536)), uint16(rnd.IntN(65536))
		r.DportLo, r.DportHi = min(a, b), max(a, b)
	case 3:
		r.DportLo, r.DportHi = 1024, 65535
	default:
		r.DportLo = services[rnd.IntN(len(services))]
		if rnd.IntN(2) == 0 {
			r.DportLo = uint16(rnd.IntN(65536))
		}
		r.DportHi = r.DportLo
	}
	r.Ports = true
	switch rnd.IntN(8) {
	case 0:
		r.SportLo, r.SportHi = 1024, 65535
	case 1:
		r.SportLo = uint16(rnd.IntN(65536))
		r.SportHi = r.SportLo
	}
	if r.Proto == 6 && rnd.IntN(8) == 0 {
		r.FlagsValue, r.FlagsMask = 0x02, 0x12 // S/SA
	}
}

// Headers makes n headers; the given share of them (0 to 1) is drawn from random rules, so that at least that rule matches,
// the others are random throughout.
func Headers(rules []tuplemerge.Rule, n int, fromRules float64, seed uint64) []tuplemerge.Key {
	rnd := rand.New(rand.NewPCG(seed, 0x68656164))
	keys := make([]tuplemerge.Key, n)
	for i := range keys {
		any := tuplemerge.Rule{Proto: -1, SportHi: 65535, DportHi: 65535}
		r := &any
		if len(rules) > 0 && rnd.Float64() < fromRules {
			r = &rules[rnd.IntN(len(rules))]
		}
		keys[i] = header(rnd, r)
	}
	return keys
}

// header makes one that the rule matches.
func header(rnd *rand.Rand, r *tuplemerge.Rule) tuplemerge.Key {
	address := func(a uint32, n uint8) uint32 { return a | rnd.Uint32()&uint32(1<<(32-n)-1) }
	port := func(lo, hi uint16) uint16 { return lo + uint16(rnd.IntN(int(hi)-int(lo)+1)) }
	k := tuplemerge.Key{Src: address(r.Src, r.SrcBits), Dst: address(r.Dst, r.DstBits), Proto: []uint8{6, 6, 6, 17, 17, 17, 17, 1}[rnd.IntN(8)]}
	if r.Proto >= 0 {
		k.Proto = uint8(r.Proto)
	} else if r.Ports {
		k.Proto = 6
	}
	if k.Ports = k.Proto == 6 || k.Proto == 17; k.Ports {
		k.Sport, k.Dport = port(r.SportLo, r.SportHi), port(r.DportLo, r.DportHi)
	}
	if k.Proto == 6 {
		k.Flags = uint8(rnd.IntN(256))&^r.FlagsMask | r.FlagsValue
	}
	return k
}

// ErrAbsent is that a filter set is not on this machine.
var ErrAbsent = errors.New("rulegen: no such filter set")

// ClassBenchSets are the names that ClassBench knows.
var ClassBenchSets = []string{"acl1_1k", "fw1_1k", "ipc1_1k", "acl1_10k", "fw1_10k", "ipc1_10k"}

// ClassBench reads a filter set: @src/len dst/len lo : hi lo : hi proto/mask flags/mask. Ports of rules that name no protocol
// with ports are left out; so is the last column, which names no TCP flags that a rule can have.
func ClassBench(dir, name string) ([]tuplemerge.Rule, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrAbsent, filepath.Join(dir, name))
	} else if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	var rules []tuplemerge.Rule
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		r, err := filter(in.Text())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		rules = append(rules, r)
	}
	return rules, in.Err()
}

func filter(line string) (tuplemerge.Rule, error) {
	r := tuplemerge.Rule{Proto: -1}
	var src, dst string
	var proto, mask int
	if _, err := fmt.Sscanf(line, "@%s %s %d : %d %d : %d %v/%v", &src, &dst, &r.SportLo, &r.SportHi, &r.DportLo, &r.DportHi, &proto, &mask); err != nil {
		return r, err
	}
	for _, p := range []struct {
		text string
		addr *uint32
		bits *uint8
	}{{src, &r.Src, &r.SrcBits}, {dst, &r.Dst, &r.DstBits}} {
		prefix, err := netip.ParsePrefix(p.text)
		if err != nil || !prefix.Addr().Is4() {
			return r, fmt.Errorf("%q is no IPv4 prefix", p.text)
		}
		a := prefix.Masked().Addr().As4()
		*p.addr, *p.bits = uint32(a[0])<<24|uint32(a[1])<<16|uint32(a[2])<<8|uint32(a[3]), uint8(prefix.Bits())
	}
	if mask != 0 {
		r.Proto = proto
	}
	if r.Ports = r.Proto == 6 || r.Proto == 17; !r.Ports {
		r.SportLo, r.SportHi, r.DportLo, r.DportHi = 0, 65535, 0, 65535
	}
	return r, nil
}
