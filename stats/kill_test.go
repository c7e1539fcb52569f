package stats_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/statsreader"
	"github.com/gvpp/gvpp/stats"
)

// kills is how often the writer is killed. A writer that sets in_progress for each change is found by every third.
const kills = 40

// TestKilledWriter kills a process that does nothing but change the structure, again and again. What it leaves can be read,
// and nobody waits for it.
func TestKilledWriter(t *testing.T) {
	if dir := os.Getenv("GVPP_STATS_WRITER"); dir != "" {
		writeForEver(t, dir)
	}
	epochs := uint64(0)
	for range kills {
		epochs += killOne(t)
	}
	if epochs < kills {
		t.Errorf("%d epochs in %d lives: the writers hardly wrote", epochs, kills)
	}
	t.Logf("%d writers killed within %d changes", kills, epochs/2)
}

// writeForEver is the child.
func writeForEver(t *testing.T, dir string) {
	s, path := serve(t, stats.MinSize)
	if err := os.Symlink(path, filepath.Join(dir, "socket")); err != nil {
		t.Fatal(err)
	}
	var fixed *stats.Counters
	var names *stats.Names
	change(t, s, func(c *stats.Change) { fixed, names = c.Combined("/if/rx", 3, 1, 1000), c.Names("/if/names", 8) })
	lists := map[int]*stats.Counters{}
	for i := 0; ; i++ {
		if err := churn(s, fixed, names, lists, i); err != nil {
			t.Fatal(err)
		}
	}
}

// killOne starts a writer, maps its segment, kills it, and reads. It returns the last epoch.
func killOne(t *testing.T) uint64 {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
	cmd.Env = append(os.Environ(), "GVPP_STATS_WRITER="+dir, "TMPDIR="+dir) // what it leaves goes with ours
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	var r *statsreader.Reader
	for end := time.Now().Add(20 * time.Second); r == nil; {
		got, err := statsreader.Connect(filepath.Join(dir, "socket"))
		if err == nil {
			r = got
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	defer r.Close()
	end := time.Now().Add(20 * time.Second)
	for until := r.Epoch() + uint64(rand.IntN(2000)); r.Epoch() < until; {
		if time.Now().After(end) {
			t.Fatalf("the writer stands still at epoch %d", r.Epoch())
		}
		if n := r.InProgress(); n != 0 {
			t.Fatalf("in_progress is %d", n)
		}
	}
	if err := cmd.Process.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); !killed(err) {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	if _, err := r.Dump(); err != nil {
		t.Fatalf("after the writer's death: %v", err)
	}
	return r.Epoch()
}

func killed(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ProcessState.String() == fmt.Sprint("signal: ", unix.SIGKILL)
}
