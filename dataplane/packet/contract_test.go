package packet

import (
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// compile returns what the compiler says of this package when asked with flag.
func compile(t *testing.T, flag string) string {
	t.Helper()
	if testing.Short() || runtime.GOARCH != "amd64" {
		t.Skip("builds the package, for amd64")
	}
	out, err := exec.Command("go", "build", "-gcflags="+flag, ".").CombinedOutput()
	if err != nil {
		t.Skipf("no compiler to ask: %v\n%s", err, out)
	}
	return string(out)
}

// TestNoBoundsChecks: parsing needs none. A view needs one for itself, a vector some outside the loop, and a checksum one for the
// transport header. What errors quote and what is behind AH is rare.
func TestNoBoundsChecks(t *testing.T) {
	allowed := map[string]int{"view.go": 2, "checksum.go": 2, "vector.go": 3, "transportvector.go": 4, "segment.go": 1, "chain.go": 2, "quote.go": 4}
	found := map[string]int{}
	out := compile(t, "-d=ssa/check_bce")
	for _, m := range regexp.MustCompile(`(?m)^\./(\w+\.go):\d+:\d+: Found Is`).FindAllStringSubmatch(out, -1) {
		found[m[1]]++
	}
	if found["format.go"] == 0 {
		t.Skipf("the compiler does not say where it checks:\n%s", out)
	}
	delete(found, "format.go")
	delete(found, "frag.go") // few packets are fragments
	for file, n := range found {
		if n > allowed[file] {
			t.Errorf("%s has %d bounds checks, want at most %d:\n%s", file, n, allowed[file], out)
		}
	}
}

func TestInlining(t *testing.T) {
	out := compile(t, "-m")
	for _, f := range []string{"isTag", "vlan", "isExtension", "Addrs4", "Addrs6", "ICMPID", "transportBytes", "PseudoSum4", "add64", "fold", "addTail",
		"extensionSize", "ICMPClassOf", "ICMPInverse", "HighestSACK", "greCall", "option"} {
		if !strings.Contains(out, ": can inline "+f+"\n") {
			t.Errorf("%s no longer inlines", f)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	var metas [7]buffer.Meta
	var packets [7][]byte
	for i, line := range []string{
		"tcp " + at4 + "[S] partial len 99", "udp " + at6 + "ext hbh,frag vlan 1", "icmp " + to4, "udp " + at4 + "badsum",
		"sctp " + at6 + "data 00000004", "icmp " + to4 + "type 3 quote { udp 10.0.0.2:1 > 10.0.0.1:2 }", "ip proto 51 " + to6 + "data 110400000000000100000001",
	} {
		packets[i] = packetline.MustBuild(line)
	}
	if n := testing.AllocsPerRun(100, func() {
		for i, p := range packets {
			m := &metas[i]
			*m = buffer.Meta{}
			if parse(p, m) != FaultNone {
				continue
			}
			CompletePartial(p, m)
			ICMPID(p, m)
			Transport(p, m)
			Quote(p, m)
			BehindAH(p, m)
			if s, ok := SegmentOf(p, m); ok {
				TCPOptionsOf(s.Options)
				HighestSACK(s.Options, s.Ack)
			}
			if _, c, ok := SCTPOf(p, m); ok {
				for ok {
					_, ok = c.Next()
				}
			}
			if m.IsIP4 {
				Addrs4(p, m)
			} else {
				Addrs6(p, m)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
