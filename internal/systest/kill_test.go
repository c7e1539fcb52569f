package systest

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// Goals and ceilings: the ceilings are ten times as wide.
const (
	killGoal    = 100 * time.Millisecond // from kill -9 to the first ping that the kernel path lets be answered
	killCeiling = 10 * killGoal
)

// Killed under load, gvpp leaves nothing behind: the kernel path carries on, and gvpp can be started again at once.
func TestKilled(t *testing.T) {
	kills := 10
	if testing.Short() {
		kills = 2
	}
	killed(t, newSite(t, 1, 1), kills)
}

// More sockets take the kernel longer to release, but the host does not wait for that.
func TestKilledWithManyQueues(t *testing.T) {
	notShort(t, "TestKilled runs")
	killed(t, newSite(t, 4, 4), 5)
}

func killed(t *testing.T, s *site, kills int) {
	t.Helper()
	ok(t, s.dp.Bridge("br0", "left", "right"))
	s.answersWithin(startTimeout)
	loads := []*flood{
		startFlood(t, s.client, s.server, server4+":9000", 10_000, 1000),
		startFlood(t, s.server, s.client, client4+":9000", 10_000, 100),
	}
	var outages, gone, restarted []time.Duration
	for range kills {
		begin := time.Now()
		d := s.run()
		s.answersWithin(killCeiling)
		restarted = append(restarted, time.Since(begin))
		eventually(t, "gvpp carries the load", func() bool { return d.interfaces()["right"].Counters.Tx > 1000 })
		p := s.startPulse()
		begin = time.Now()
		d.kill()
		gone = append(gone, time.Since(begin))
		s.unattached("left", "right")
		s.answersWithin(killCeiling)
		outage := p.stop()
		outages = append(outages, outage)
		if outage > killCeiling {
			t.Errorf("the kernel path carries on after %v", outage)
		}
	}
	for _, f := range loads {
		f.stop()
		t.Logf("load: %d sent, %d arrived, over all kills", f.sent, f.got)
	}
	for _, list := range [][]time.Duration{outages, gone, restarted} {
		slices.Sort(list)
	}
	t.Logf("longest time without an answered ping over a kill, goal %v: %v", killGoal, outages)
	t.Logf("kill to the process's end: %v", gone)
	t.Logf("start to a ping through gvpp: %v", restarted)
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
