package reassembly_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/internal/oracle"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/reassembly"
)

func TestMain(m *testing.M) { os.Exit(netlab.Exclusive(m.Run)) }

// TestKernelOracle: the rules that TestTwin holds the node to are the kernel's: random pieces go through a namespace's
// connection tracking, and a packet comes out of it when the twin says so, piece by piece.
func TestKernelOracle(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not root: network namespaces need it")
	}
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skip("no program nft; install the Debian package nftables")
	}
	k, err := oracle.NewKernel(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()                //nolint:errcheck // not what is tested
	const rounds, pieces = 150, 60 // fewer than the kernel has memory for, and of one source than ipfrag_max_dist
	seed := rand.Uint64()
	agree, on := 0, 0
	for round := range rounds {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		twin := reassembly.NewTwin()
		story := ""
		for id := range pieces {
			ops := []byte{byte(r.IntN(255)), byte(r.Uint32()), byte(r.Uint32())}
			line, want := twin.Sees(id+1, ops)
			line = strings.NewReplacer("10.0.0.1", fmt.Sprintf("10.0.%d.1", round+1), "db8::1", fmt.Sprintf("db8:%x::1", round+1)).Replace(line)
			story += line + "\n"
			marks, err := k.Pass(packetline.MustBuild(line)[14:])
			if err != nil {
				t.Fatal(err)
			}
			if want {
				on++
			}
			if got := len(marks) > 0; got != want {
				t.Errorf("seed %d, round %d: the kernel lets it pass: %v; the twin: %v. The last piece of\n%s", seed, round, got, want, story)
				break
			}
			agree++
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("seed %d: agree %d of %d (%.2f %%), %d of them went on", seed, agree, rounds*pieces, 100*float64(agree)/(rounds*pieces), on)
}
