package systest

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// Goals and ceilings: the ceilings are ten times as wide.
const (
	killGoal    = 100 * time.Millisecond // from kill -9 to the first answered ping
	killCeiling = 10 * killGoal
)

// kills is how often a test kills gvpp.
func kills() int {
	if testing.Short() {
		return 2
	}
	return 10
}

// Killed under load, gvpp leaves nothing behind: the kernel path carries on, and gvpp can be started again at once.
func TestKilled(t *testing.T) {
	s := newSite(t, 1, 1)
	ok(t, s.dp.Bridge("br0", "left", "right"))
	s.answersWithin(startTimeout)
	loads := []*flood{
		startFlood(t, s.client, s.server, server4+":9000", 10_000, 1000),
		startFlood(t, s.server, s.client, client4+":9000", 10_000, 100),
	}
	var recovered, restarted, outages []time.Duration
	for range kills() {
		begin := time.Now()
		d := s.run()
		s.answersWithin(killCeiling)
		restarted = append(restarted, time.Since(begin))
		eventually(t, "gvpp carries the load", func() bool { return d.interfaces()["right"].Counters.Tx > 1000 })
		p := s.startPulse()
		begin = time.Now()
		d.kill()
		s.unattached("left", "right")
		s.answersWithin(killCeiling)
		took := time.Since(begin)
		outages = append(outages, p.stop())
		recovered = append(recovered, took)
		if took > killCeiling {
			t.Errorf("the kernel path carries on after %v", took)
		}
	}
	for _, f := range loads {
		f.stop()
		t.Logf("load: %d sent, %d arrived, over all kills", f.sent, f.got)
	}
	slices.Sort(recovered)
	slices.Sort(outages)
	t.Logf("kill to ping, goal %v: %v", killGoal, recovered)
	t.Logf("longest time without an answer: %v", outages)
	t.Logf("start to ping through gvpp: %v", restarted)
}

// SIGTERM and SIGINT end gvpp in order, under load too.
func TestSignals(t *testing.T) {
	s := newSite(t, 1, 1)
	ok(t, s.dp.Bridge("br0", "left", "right"))
	f := startFlood(t, s.client, s.server, server4+":9000", 5_000, 1000)
	defer f.stop()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		d := s.run()
		s.answersWithin(killCeiling)
		took := d.stop(sig, s.socket)
		s.unattached("left", "right")
		t.Logf("%v: ended after %v, ping answered after %v more", sig, took, s.answersWithin(killCeiling))
	}
}
