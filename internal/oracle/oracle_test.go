package oracle

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gvpp/gvpp/graph"
)

// wantPercent is how many of a campaign's packets both sides must agree about.
const wantPercent = 99.99

// packets is how many a campaign sends: less in a hurry, more on demand.
func packets(t testing.TB, usual int) int {
	t.Helper()
	if s := os.Getenv("GVPP_ORACLE_PACKETS"); s != "" {
		n, err := strconv.Atoi(s)
		ok(t, err)
		return n
	}
	if testing.Short() {
		return usual / 20
	}
	return usual
}

// newMatch makes a match whose result is the test's.
func newMatch(t *testing.T, limits Timeouts) *Match {
	t.Helper()
	needsRoot(t)
	m, err := NewMatch(limits)
	ok(t, err)
	t.Cleanup(func() { ok(t, m.Close()) })
	return m
}

// settle prints the result, and what differs, each with the shortest dialogue that shows it.
func settle(t *testing.T, m *Match) {
	t.Helper()
	result := m.Result()
	t.Logf("%s: %s; %d skipped", result, m.Classes(), m.Skipped)
	if m.Percent() < wantPercent {
		t.Errorf("%s: want %v %%", result, wantPercent)
	}
	for i, f := range m.Findings() {
		if i == 20 {
			t.Log("and others")
			break
		}
		shown, err := m.Minimise(f)
		ok(t, err)
		story, err := m.Story(f.Example)
		ok(t, err)
		if !shown {
			story = "    not shown again by the dialogue alone:\n" + story
		}
		t.Logf("kernel %s (%d dialogues, %d packets)\n%s", f.What, f.Dialogues, f.Packets, story)
	}
}

// seeds are the fixed one and a new one each time; GVPP_ORACLE_SEED gives one that has failed.
func seeds(t *testing.T) []uint64 {
	if s := os.Getenv("GVPP_ORACLE_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		ok(t, err)
		return []uint64{n}
	}
	return []uint64{1, rand.Uint64()}
}

// campaign sends generated dialogues.
func campaign(t *testing.T, n, tcpOfTen int) {
	for _, seed := range seeds(t) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			m := newMatch(t, NewTimeouts(nil))
			send(t, m, NewGenerator(seed, tcpOfTen), packets(t, n))
			settle(t, m)
		})
	}
}

func send(t *testing.T, m *Match, g Source, n int) {
	start := time.Now()
	for range n {
		ok(t, m.Send(g.Next()))
	}
	t.Logf("%d packets, %.0f a second", n, float64(n)/time.Since(start).Seconds())
}

func TestOracleTCP(t *testing.T) { campaign(t, 80_000, 10) }

func TestOracleOthers(t *testing.T) { campaign(t, 30_000, 0) }

func TestOracleMixed(t *testing.T) { campaign(t, 30_000, 5) }

// TestOracleSettings has settings of all kinds, and timeouts in any order of their lengths: which of two is the shorter one
// decides which of them runs.
func TestOracleSettings(t *testing.T) {
	for _, seed := range seeds(t) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			for range 5 {
				m := newMatch(t, NewTimeouts(r))
				s := AnySettings(r)
				t.Logf("%+v", s)
				ok(t, m.Set(s))
				send(t, m, NewGenerator(r.Uint64(), 7), packets(t, 8_000))
				settle(t, m)
			}
		})
	}
}

// TestOracleTime lets time go by within dialogues, on both sides' clocks: UDP becomes a stream, and a timeout that was not
// renewed is seen to run.
func TestOracleTime(t *testing.T) {
	for _, seed := range seeds(t) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			m := newMatch(t, NewTimeouts(nil))
			g := NewGenerator(seed, 4)
			g.Widen(1000)
			for i := range 4 {
				if i > 0 {
					time.Sleep(2500 * time.Millisecond)
				}
				send(t, m, g, packets(t, 6_000))
			}
			settle(t, m)
		})
	}
}

// TestOracleVectors has packets arrive in vectors, several of one session in one vector, its first ones too.
func TestOracleVectors(t *testing.T) {
	for _, seed := range seeds(t) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			m := newMatch(t, NewTimeouts(nil))
			b := Bundler{Source: NewGenerator(seed, 6)}
			r := rand.New(rand.NewPCG(seed, 2))
			for left := packets(t, 40_000); left > 0; {
				list := b.Next(1 + r.IntN(graph.VectorSize))
				ok(t, m.SendVector(list))
				left -= len(list)
			}
			settle(t, m)
		})
	}
}

// leastFragments are what fragments carry at least: what the smallest MTU of IPv4 leaves, 68 bytes, and the smallest piece
// there can be, which cuts through every header.
var leastFragments = []int{48, 8}

// behindAH is a seed with an SCTP dialogue behind AH whose chunks are in later fragments than its ports.
const behindAH = 1526844913971660642

// TestOracleFragments has the packets cut into fragments: the kernel tells one class of each whole datagram, and so must
// gvpp of all its pieces.
func TestOracleFragments(t *testing.T) {
	for _, seed := range append(seeds(t), behindAH) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			for i := range uint64(4) {
				m := newMatch(t, NewTimeouts(nil))
				g := NewGenerator(seed+i, 5)
				send(t, m, NewCutter(seed+i, leastFragments[i%2], g), packets(t, 5_000))
				settle(t, m)
			}
		})
	}
}
