package oracle

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// wantPercent is how many of a campaign's packets both sides must agree about.
const wantPercent = 98

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
	t.Logf("%s, %d skipped", result, m.Skipped)
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
func campaign(t *testing.T, n, tcpOfTen int, anyOrder bool) {
	for _, seed := range seeds(t) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Logf("seed %d", seed)
			var r *rand.Rand
			if anyOrder {
				r = rand.New(rand.NewPCG(seed, 1))
			}
			m := newMatch(t, NewTimeouts(r))
			g := NewGenerator(seed, tcpOfTen)
			start := time.Now()
			for range packets(t, n) {
				ok(t, m.Send(g.Next()))
			}
			t.Logf("%.0f packets a second", float64(m.Compared)/time.Since(start).Seconds())
			settle(t, m)
		})
	}
}

func TestOracleTCP(t *testing.T) { campaign(t, 100_000, 10, false) }

// TestOracleTCPTimeouts has timeouts in any order of lengths.
func TestOracleTCPTimeouts(t *testing.T) { campaign(t, 50_000, 10, true) }

func TestOracleOthers(t *testing.T) { campaign(t, 50_000, 0, false) }

func TestOracleMixed(t *testing.T) { campaign(t, 50_000, 5, false) }
