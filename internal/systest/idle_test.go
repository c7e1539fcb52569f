package systest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Of one processor, while nothing comes: the ceiling is ten times the goal.
const (
	idleGoal    = 0.01
	idleCeiling = 10 * idleGoal
)

func TestIdle(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	ok(t, s.ping(3))
	time.Sleep(300 * time.Millisecond) // what the hosts' IPv6 announces at the start
	watch := 5 * time.Second
	if testing.Short() {
		watch = time.Second / 2
	}
	before, start := d.cpu(), time.Now()
	time.Sleep(watch)
	used := float64(d.cpu()-before) / float64(time.Since(start))
	if used > idleCeiling {
		t.Errorf("idle takes %.2f %% of a processor", 100*used)
	}
	t.Logf("idle takes %.3f %% of a processor, goal %.0f %%", 100*used, 100*idleGoal)
}

// cpu is the processor time that all threads have taken.
func (d *daemon) cpu() time.Duration {
	d.t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", d.cmd.Process.Pid))
	ok(d.t, err)
	var sum time.Duration
	for _, file := range tasks {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has just ended
		}
		var ns int64
		_, err = fmt.Sscan(string(text), &ns)
		ok(d.t, err)
		sum += time.Duration(ns)
	}
	return sum
}
