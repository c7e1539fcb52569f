package flowtrack_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// day is the time of day of a story's beginning.
var day = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// kept is a story whose sessions outlive it in a file; its dataplane begins at a time of day.
func kept(t testing.TB, file string, sessions int, at time.Time) *story {
	trk := flowtrack.New()
	trk.Sessions, trk.SaveFile = sessions, file
	var s *story
	trk.SetWall(func() time.Time {
		if s == nil {
			return at
		}
		return at.Add(s.now)
	})
	s = newStoryOf(t, trk)
	return s
}

// close ends a dataplane, which saves its sessions.
func (s *story) close() {
	s.t.Helper()
	if err := s.dp.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// sessions are all sessions, without their numbers, in an order that does not change.
func (s *story) sessions() (list []string) {
	s.trk.Each(func(x flowtrack.Session) bool {
		x.Flow = 0
		x.AgeSeconds, x.TimeoutLeft = float64(int(x.AgeSeconds*1000+0.5)), float64(int(x.TimeoutLeft*1000+0.5))
		list = append(list, fmt.Sprintf("%+v", x))
		return true
	})
	slices.Sort(list)
	return list
}

// crowdLines make a session of each kind and state.
var crowdLines = []string{
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]",
	"tcp 10.0.0.1:1001 > 10.0.0.3:443 [S] seq 1", "tcp 10.0.0.3:443 > 10.0.0.1:1001 [SA] seq 9 ack 2", "tcp 10.0.0.1:1001 > 10.0.0.3:443 [A] seq 2 ack 10",
	"tcp 10.0.0.2:1002 > 10.0.0.1:22 [S] seq 1", "tcp 10.0.0.1:22 > 10.0.0.2:1002 [SA] seq 9 ack 2", "tcp 10.0.0.2:1002 > 10.0.0.1:22 [A] seq 2 ack 10",
	"tcp 10.0.0.1:22 > 10.0.0.2:1002 [FA] seq 10 ack 2",
	"tcp [::2]:7 > [::1]:8 [S]", "tcp [::1]:8 > [::2]:7 [RA] ack 1",
	"tcp [::2]:7 > [::1]:9 [A]",
	"udp 10.0.0.1:5000 > 10.0.0.2:53", "udp 10.0.0.2:53 > 10.0.0.1:5000",
	"udp [::1]:6000 > [::2]:53",
	"icmp 10.0.0.1 > 10.0.0.2 type 8 id 7", "icmp 10.0.0.2 > 10.0.0.1 type 8 id 7",
	"icmpv6 ::1 > ::2 type 128 id 7", "icmpv6 ::2 > ::1 type 129 id 7",
	"gre 10.0.0.1 > 10.0.0.2",
}

func manyKinds(s *story) {
	for _, l := range crowdLines {
		s.sees(l)
		s.wait(100 * ms)
	}
}

// TestRestart: all that is known of sessions is known again after a restart, older by the time that it took.
func TestRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	s := kept(t, file, 100, day)
	if out := s.cli("show flowtrack summary"); !strings.Contains(out, "sessions are saved in "+file+" at the end\n") {
		t.Error(out)
	}
	manyKinds(s)
	stopped := s.now
	s.close()
	twin := kept(t, "", 100, day)
	manyKinds(twin)
	for _, away := range []time.Duration{0, 1500 * ms, 40 * time.Second, time.Hour, 10 * 24 * time.Hour} {
		twin := kept(t, "", 100, day)
		manyKinds(twin)
		again := kept(t, copied(t, file), 100, day.Add(stopped+away))
		for _, later := range []time.Duration{0, time.Hour, 3 * 24 * time.Hour} {
			again.wait(later) // the sweep removes sessions when their time has come
			twin.now = stopped + away + again.now
			twin.dp.Housekeep()
			if got, want := again.sessions(), twin.sessions(); !slices.Equal(got, want) {
				t.Errorf("after %v and %v:\n%s\nwant\n%s", away, later, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		if r := again.trk.SaveState(); r.Restored+r.Expired != 10 || r.LeftOut != 0 || r.Refused != "" {
			t.Errorf("after %v: %+v", away, r)
		}
	}
}

// copied is a copy of a file, for a dataplane that will replace it.
func copied(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, b)
}

func written(t testing.TB, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sessions")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestClockSetBack: no time has gone by then.
func TestClockSetBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	s := kept(t, file, 100, day)
	s.sees("udp 10.0.0.1:1 > 10.0.0.2:53")
	s.now += 10 * time.Second
	s.close()
	x := kept(t, file, 100, day.Add(-time.Hour)).only()
	if x.AgeSeconds != 10 || x.TimeoutLeft != 20 {
		t.Errorf("%+v", x)
	}
}

// TestConnectionsGoOn: after a restart a connection's packets are believed, however far its numbers have gone on; its end is seen,
// too, and from what is seen its windows are known again.
func TestConnectionsGoOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	s := kept(t, file, 100, day)
	for _, l := range []string{"ab [S] seq 1", "ba [SA] seq 9 ack 2", "ab [A] seq 2 ack 10"} {
		s.sees(l)
	}
	s.close()
	s = kept(t, file, 100, day.Add(time.Minute))
	for _, c := range []struct{ line, want string }{
		{"ab [PA] seq 5000000 ack 7000000 len 100", "0 orig established ESTABLISHED tcp_established 432000s assured"},
		{"ba [A] seq 7000000 ack 5000100", "0 reply established ESTABLISHED tcp_established 432000s assured"},
		{"ab [FA] seq 5000100 ack 7000000", "0 orig established FIN_WAIT tcp_fin_wait 120s assured"},
		{"ba [FA] seq 7000000 ack 5000101", "0 reply established LAST_ACK tcp_last_ack 30s assured"},
		{"ab [A] seq 5000101 ack 7000001", "0 orig established TIME_WAIT tcp_time_wait 120s assured"},
	} {
		if a := s.sees(c.line).String(); a != c.want {
			t.Errorf("%s: %s, want %s", c.line, a, c.want)
		}
	}
}

// TestInterfacesByName: numbers change, names do not; a session whose interface is gone stays.
func TestInterfacesByName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	s := kept(t, file, 100, day)
	s.sees("udp 10.0.0.1:1 > 10.0.0.2:53")
	s.close()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"b": "b", "c": ""} {
		s := kept(t, written(t, summed(bytes.Replace(b, []byte("\x01a"), []byte("\x01"+name), 1))), 100, day)
		if x := s.only(); x.Interface != want {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

// TestNoMoreThanFit: the table's size may have changed.
func TestNoMoreThanFit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	s := kept(t, file, 20_000, day)
	for i := range 20_000 {
		s.sees(line("udp 10.0.0.1:%d > 10.0.0.2:53", i))
	}
	s.close()
	for _, room := range []int{7, 20_000} {
		s = kept(t, copied(t, file), room, day)
		if r := s.trk.Summarize(); r.Sessions != room || int(r.Save.Restored) != room || int(r.Save.LeftOut) != 20_000-room {
			t.Errorf("%+v", r)
		}
	}
	if a := s.sees("udp 10.0.0.1:19999 > 10.0.0.2:53"); a.flow < 0 {
		t.Error(a)
	}
}

func TestSaveCommand(t *testing.T) {
	dir := t.TempDir()
	s := kept(t, "", 100, day)
	s.sees("ab [S]")
	file := filepath.Join(dir, "mine")
	for range 2 { // the second replaces the first
		if out := s.cli("flowtrack save " + file); !strings.HasPrefix(out, "1 sessions, ") || !strings.HasSuffix(out, file+"\n") {
			t.Error(out)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	foreign := filepath.Join(dir, "foreign")
	if err := os.WriteFile(foreign, []byte("dear diary"), 0o644); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"":                 "no file is named: give a path, or configure flowtrack { save { file PATH } }",
		foreign:            "is not overwritten: name another one",
		dir:                "no regular file",
		dir + "/no/where":  "no such file or directory",
		file + " and more": "unknown input",
	} {
		if err := s.dp.CLI().Run(context.Background(), "flowtrack save "+args, false, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("save %s: %v, want … %s …", args, err, want)
		}
	}
	if left, _ := filepath.Glob(dir + "/*"); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
	if kept(t, file, 100, day).only().Detail != "SYN_SENT" {
		t.Error("not what was saved")
	}
}

// TestSaveEvery: so often, and not more often.
func TestSaveEvery(t *testing.T) {
	trk := flowtrack.New()
	trk.SaveFile, trk.SaveEvery = filepath.Join(t.TempDir(), "sessions"), 3*time.Second
	s := newStoryOf(t, trk)
	saves, last := 0, time.Time{}
	trk.SetWall(func() time.Time { return day.Add(s.now) })
	for s.now < 31*time.Second {
		s.wait(100 * ms)
		if at := trk.SaveState().SavedAt; !at.Equal(last) {
			saves, last = saves+1, at
		}
	}
	if saves != 10 {
		t.Errorf("%d saves in 31 s", saves)
	}
	if err := os.Mkdir(trk.SaveFile+".new", 0o700); err != nil { // in the way
		t.Fatal(err)
	}
	if err := os.WriteFile(trk.SaveFile+".new/x", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.wait(4 * time.Second)
	if out := s.cli("show flowtrack summary"); !strings.Contains(out, "every 3 s and at the end; last ") || !strings.Contains(out, "the last time failed: flowtrack: save") {
		t.Error(out)
	}
	os.RemoveAll(trk.SaveFile + ".new")
}
